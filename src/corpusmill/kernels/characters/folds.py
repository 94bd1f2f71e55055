"""Which characters make words, and what each is folded to: tables that kernels/words/folded_words.py is given.

Made of the interpreter's Unicode data, but only for what Unicode 14.0 has assigned: for those, case folding and
decomposition never change, so the tables are the same under any later version.
"""

from __future__ import annotations

import functools
import string
import unicodedata
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.characters.categories import of_category
from corpusmill.kernels.characters.tables import IS_SPACE, unicode_classes

PARTS, INSIDE, DROPPED, ALONE = range(4)  # ends a word; is in one; is as if it were not there; is a word by itself
POOLED = 1 << 31  # in `folds`: the lower bits are a place in `pool`, and above LENGTH_SHIFT a number of code points
LENGTH_SHIFT = 26
PLACE = (1 << LENGTH_SHIFT) - 1

ASCII_PARTS, ASCII_DROPPED = 0xFE, 0xFF

_LETTERS = ("Lu", "Ll", "Lt", "Lm", "Lo")
_NUMBERS = ("Nd", "Nl", "No")
_MARKS = ("Mn", "Mc", "Me")
_PUNCTUATION = ("Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po")
_DOTLESS_I, _TATWEEL = 0x131, 0x640
_UNSPACED = ((0xE00, 0xEFF), (0x3040, 0x30FF), (0x3130, 0x318F), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x3FFFF))


class Folds(NamedTuple):
    """By code point; `ascii` is both tables in one for the first 128: ASCII_PARTS, ASCII_DROPPED or the folded byte."""

    kinds: npt.NDArray[np.uint8]
    folds: npt.NDArray[np.uint32]
    pool: npt.NDArray[np.uint32]
    ascii: npt.NDArray[np.uint8]


@functools.cache
def letters_and_digits() -> Folds:
    """Words of letters and digits, without case, marks and compatibility forms.

    Marks, invisible format characters and the tatweel are dropped. Lao, Thai, kana and Han are written without spaces:
    each letter is a word.
    """
    kinds = np.zeros(0x110000, np.uint8)
    for name in (*_LETTERS, *_NUMBERS):
        kinds[of_category(name)] = INSIDE
    for name in (*_MARKS, "Cf"):
        kinds[of_category(name)] = DROPPED
    kinds[_TATWEEL] = DROPPED
    folded = {int(point): _folded(chr(point)) for point in np.flatnonzero(kinds == INSIDE)}
    for point, letters in folded.items():
        if not letters:
            kinds[point] = DROPPED
        elif any(low <= ord(letters[0]) <= high for low, high in _UNSPACED):
            kinds[point] = ALONE
    return _tables(kinds, folded)


@functools.cache
def without_punctuation() -> Folds:
    """Words between white space, in lower case, without punctuation: general category P and `string.punctuation`."""
    kinds = np.full(0x110000, INSIDE, np.uint8)
    for name in _PUNCTUATION:
        kinds[of_category(name)] = DROPPED
    kinds[[ord(mark) for mark in string.punctuation]] = DROPPED
    kinds[unicode_classes() & np.uint8(IS_SPACE) != 0] = PARTS
    cased = np.flatnonzero(of_category("Lu") | of_category("Lt") | of_category("Nl") | of_category("So"))
    return _tables(kinds, {int(point): chr(point).lower() for point in cased})


def _folded(letter: str) -> str:
    """Its letters and digits without case, marks and compatibility forms.

    >>> _folded("É"), _folded("ﬁ"), _folded("ß"), _folded("①")
    ('e', 'fi', 'ss', '1')
    """
    if ord(letter) == _DOTLESS_I:
        return "i"
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter).casefold()).casefold()
    return "".join(each for each in text if unicodedata.category(each)[0] in "LN")


def _tables(kinds: npt.NDArray[np.uint8], folded: dict[int, str]) -> Folds:
    folds = np.arange(0x110000, dtype=np.uint32)
    pool: list[int] = []
    for point, letters in folded.items():
        if len(letters) == 1:
            folds[point] = ord(letters)
        elif letters:
            folds[point] = POOLED | len(letters) << LENGTH_SHIFT | len(pool)
            pool += map(ord, letters)
    plain = folds[:128].astype(np.uint8)
    plain[kinds[:128] == PARTS] = ASCII_PARTS
    plain[kinds[:128] == DROPPED] = ASCII_DROPPED
    return Folds(kinds, folds, np.array([*pool, 0], np.uint32), plain)
