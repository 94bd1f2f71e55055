"""fastText classifiers: the file checked, the model in memory, training."""
