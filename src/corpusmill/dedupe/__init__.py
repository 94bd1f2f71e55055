"""Exact, Bloom and MinHash deduplication: duplicates are recorded, never removed."""
