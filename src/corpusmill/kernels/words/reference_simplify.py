"""Simplified text in plain Python: oracle of kernels/words/simplify.py (on CPython 3.11, whose Unicode is 14.0)."""

from __future__ import annotations

import re
import unicodedata


def simplified(text: str, punctuation: str, separators: str) -> str:
    """Lower case; numbers as "0"; punctuation and runs of white space as one space; NFD without marks; stripped.

    A number is a run of decimal digits (Nd) with at most one of `separators` and another run of digits behind it.
    Marks are those of category Mn. A word of nothing but marks leaves the two spaces around it.

    >>> simplified("Çà et là: 1,234.5 fois!", ":!", ".,")
    'ca et la 0.0 fois'
    """
    text = text.lower()
    text = re.sub(rf"\d+(?:[{re.escape(separators)}]\d+)?", "0", text)
    text = text.translate(dict.fromkeys(map(ord, punctuation), " "))
    text = re.sub(r"\s+", " ", text.strip())
    text = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
    return text.strip()
