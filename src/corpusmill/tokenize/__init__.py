"""Text to ragged token arrays."""
