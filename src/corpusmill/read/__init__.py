"""Archives to pages: bytes in, batches of pages and counted losses out."""
