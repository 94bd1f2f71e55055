"""What an earlier document had, by a Bloom filter."""
