"""The Unicode 14.0 properties that word boundaries are found by (UAX #29), made by tools/make_word_break_tables.py."""

from __future__ import annotations

import functools
from importlib import resources
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

OTHER, CR, LF, NEWLINE, EXTEND, FORMAT, ZWJ = range(7)
LETTER, HEBREW, NUMERIC, KATAKANA, EXTEND_NUM_LET = range(7, 12)
REGIONAL, SPACE, SINGLE_QUOTE, DOUBLE_QUOTE, MID_NUM_LET, MID_LETTER, MID_NUM = range(12, 19)
CLASS = 0x1F  # the bits of a class
PICTOGRAPHIC, WHITE_SPACE = 0x20, 0x40


class WordBreak(NamedTuple):
    """Addresses of a two-stage table."""

    stage1: int  # uint16: block of each c >> 8
    classes: int  # uint8 [block, c & 255]: class, PICTOGRAPHIC, WHITE_SPACE
    latin: int  # uint8: of c < 256


@functools.cache
def _arrays() -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
    path = resources.files("corpusmill.kernels.characters") / "data" / "word_break14.npz"
    with path.open("rb") as file, np.load(file) as shipped:
        return np.ascontiguousarray(shipped["stage1"]), np.ascontiguousarray(shipped["classes"])


def word_break_tables() -> WordBreak:
    """The tables, which stay in memory as long as the process."""
    stage1, classes = _arrays()
    return WordBreak(stage1.ctypes.data, classes.ctypes.data, classes.ctypes.data + int(stage1[0]) * 256)


def kind_of(point: int) -> int:
    """Class and bits of one code point.

    >>> kind_of(ord("a")) == LETTER, kind_of(0x0A) == LF | WHITE_SPACE
    (True, True)
    """
    stage1, classes = _arrays()
    return int(classes[stage1[point >> 8], point & 255])
