"""Signatures, filters and clusters by which duplicates are found."""
