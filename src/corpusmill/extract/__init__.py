"""HTML to text, one file per extractor, in a child process with a deadline and limits."""
