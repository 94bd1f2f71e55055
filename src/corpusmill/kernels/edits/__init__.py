"""Spans of texts taken out or replaced."""
