"""Trained things: n-gram language models, fastText classifiers, importance tables. Files, training, scoring."""
