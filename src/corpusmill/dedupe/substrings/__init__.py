"""Passages that occur more than once: every run of at least so many tokens, as spans of the texts that hold it."""
