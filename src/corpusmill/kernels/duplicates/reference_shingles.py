"""Shingles in plain Python: oracle of kernels/duplicates/shingles.py."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"\w+")
# Thai, Hangul and its parts, kana, Han: a text with one in five of them is cut by characters.
_UNSPACED = re.compile(
    "[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]"
)


def shingles(text: str, size: int) -> set[tuple[str, ...]]:
    """Runs of `size` words `\\w+` of the lower-cased text, or of its characters without white space; NFD.

    A text of fewer words is one shingle, one without any has none.

    >>> sorted(shingles("A b. C", 2))
    [('a', 'b'), ('b', 'c')]
    """
    text = text.lower()
    by_characters = len(_UNSPACED.findall(text)) * 5 > len(text)
    units = list("".join(text.split())) if by_characters else _WORD.findall(text)
    units = [unit if "\uac00" <= unit <= "\ud7a3" else unicodedata.normalize("NFD", unit) for unit in units]
    if not units:
        return set()
    return {tuple(units[i : i + size]) for i in range(max(1, len(units) - size + 1))}
