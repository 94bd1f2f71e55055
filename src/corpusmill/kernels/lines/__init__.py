"""Lines, pieces and paragraphs of texts, and what is measured on them."""
