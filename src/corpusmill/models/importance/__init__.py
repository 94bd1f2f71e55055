"""Count tables of hashed words and bigrams: how much more a text is like a target corpus than like the crawl (DSIR)."""
