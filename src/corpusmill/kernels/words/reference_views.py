r"""The views in plain Python, as RedPajama-V2 §4 words them: oracle of the kernels, baseline of the benchmarks.

Exact only where the interpreter has Unicode 14.0 (CPython 3.11).

>>> normalise("Don't  PANIC\n")
'dont panic'
"""

from __future__ import annotations

import re
import string
import unicodedata

_DELETE_PUNCTUATION = str.maketrans("", "", string.punctuation)
_WHITE_SPACE = re.compile(r"\s+")
_TOKENS = re.compile(r"\w+|[^\w\s]+")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")


def normalise(text: str) -> str:
    """ASCII punctuation deleted, lower case, white space stripped and collapsed, NFD."""
    text = text.translate(_DELETE_PUNCTUATION).lower().strip()
    return unicodedata.normalize("NFD", _WHITE_SPACE.sub(" ", text))


def words(text: str) -> list[str]:
    """The words of the normalised text."""
    return normalise(text).split()


def raw_words(text: str) -> list[str]:
    """Runs of word characters and runs of characters that are neither these nor white space."""
    return _TOKENS.findall(text)


def lines(text: str) -> list[tuple[int, int]]:
    """Spans in code points; only U+000A ends a line and belongs to it."""
    return [match.span() for match in _LINES.finditer(text)]


def ngrams(words: list[str], n: int) -> list[tuple[str, ...]]:
    """All windows of `n` words."""
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
