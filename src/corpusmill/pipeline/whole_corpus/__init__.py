"""Recipes that look at the whole corpus before its documents stand: repeated paragraphs, perplexity percentiles.

Each input is extracted once (`extracted/`), its paragraphs are held against those of its group, language and perplexity
are measured on what is left (`identified/`), and only then is it cut into documents by language and bucket.
"""
