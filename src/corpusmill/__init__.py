"""corpusmill: from web crawls to training-ready tokens."""
