"""What kinds of characters there are, as the words of the published filters are told apart by."""

from __future__ import annotations

import functools
from importlib import resources

import numpy as np
import numpy.typing as npt

from corpusmill.segment.tokens import ALPHABETIC, ALPHANUMERIC_FIRST, SYMBOL

_LETTERS = ("Lu", "Ll", "Lt", "Lm", "Lo")  # `str.isalpha`
_NUMBERS = ("Nd", "Nl", "No")  # with letters: `str.isalnum`


@functools.cache
def symbols() -> frozenset[str]:
    """datatrove 0.10.1's set of punctuation (PUNCTUATION_SET of utils/text.py; Gopher specification §4).

    It has control characters and full-width forms, and lacks the bullet and most quotes.

    >>> sorted({".", "»", "•", "a"} & symbols())
    ['.', '»']
    """
    lines = (resources.files("corpusmill.segment") / "data" / "symbols.txt").read_text("ascii").split()
    spans = [[int(point, 16) for point in line.split("..")] for line in lines]
    return frozenset(chr(point) for span in spans for point in range(span[0], span[-1] + 1))


@functools.cache
def character_kinds() -> npt.NDArray[np.uint8]:
    """[0x110000]: the bits of tokens.py that each code point has (Unicode 14.0)."""
    from corpusmill.kernels.categories import of_category

    letters = np.logical_or.reduce([of_category(name) for name in _LETTERS])
    numbers = np.logical_or.reduce([of_category(name) for name in _NUMBERS])
    kinds: npt.NDArray[np.uint8] = letters * np.uint8(ALPHABETIC) | (letters | numbers) * np.uint8(ALPHANUMERIC_FIRST)
    kinds[[ord(symbol) for symbol in symbols()]] |= SYMBOL
    return kinds
