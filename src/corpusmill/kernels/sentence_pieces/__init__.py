"""SentencePiece's encoding, by scores and by merging."""
