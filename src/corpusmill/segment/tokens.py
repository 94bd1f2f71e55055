"""Tokens of a batch of texts, as all that counts words sees them: hashes, lengths and kinds, never strings.

The hash of a token is that of its UTF-8 as the digits of a number, modulo the prime 2⁶¹ - 1, so that the hash of two
tokens joined is `(left * power_of(right) + right) mod (2⁶¹ - 1)`: n-grams that are joined without a separator, as
datatrove's, are compared by what they spell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# Bits of Tokens.kinds
SYMBOL = 1  # all characters are in datatrove's set of punctuation (Gopher specification §4)
ALPHABETIC = 2  # some character is a letter (`str.isalpha`)
ALPHANUMERIC_FIRST = 4  # the first character is a letter or a digit (`str.isalnum`)
PUNCTUATION = 8  # all characters are punctuation (general category P)
SENTENCE_END = 16  # it is one character, which ends a sentence (characters.py)
EARLY_SYMBOL = 32  # all characters are in datatrove's set of punctuation as of 0.2.0


@dataclass(frozen=True)
class Tokens:
    """Tokens of n texts; those of text i are `offsets[i]:offsets[i + 1]`."""

    hashes: npt.NDArray[np.uint64]
    powers: npt.NDArray[np.uint64]  # the base to the number of the token's bytes, modulo 2⁶¹ - 1
    lengths: npt.NDArray[np.int32]  # code points
    kinds: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]  # [n+1]

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """Tokens of each text."""
        return np.diff(self.offsets)
