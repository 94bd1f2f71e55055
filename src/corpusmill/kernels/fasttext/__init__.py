"""fastText classifiers: their words and vectors, labels of texts, training."""
