"""Hashes of bytes and strings, ours and published ones."""
