"""Trained things asked for rows of numbers or words: trees, n-gram models."""
