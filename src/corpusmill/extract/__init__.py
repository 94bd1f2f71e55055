"""HTML to text, one file per extractor, in a child process with a deadline and limits.

Nothing is imported here: the child loads this package and must start fast.
"""
