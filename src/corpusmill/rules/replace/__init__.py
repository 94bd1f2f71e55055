"""Replacements of spans of whole texts, by the names that `replace = […]` of an edit lists."""
