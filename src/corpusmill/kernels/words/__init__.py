"""Words, tokens, chunks and sentences of texts, and what is counted on them."""
