"""Text to ragged token arrays: tokenizers, their training, and the pair of files that holds the tokens."""
