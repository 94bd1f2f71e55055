"""Bloom filters over documents, paragraphs and n-grams: sized by their real rates, never overfull without a word."""
