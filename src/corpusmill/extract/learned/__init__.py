"""Main content by a trained model: features of blocks, two stages of trees, and the choice of a page's blocks."""
