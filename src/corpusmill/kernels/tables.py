"""Unicode 14.0 tables (CPython 3.11's `str`, `re` and `unicodedata`), made by tools/make_unicode_tables.py."""

from __future__ import annotations

import functools
from importlib import resources
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

# Bits of a code point's class.
IS_SPACE, IS_WORD, IS_UPPER, IS_LOWER, IS_NUMERIC, IS_CASED, IS_IGNORABLE, IS_MAPPED = (1 << bit for bit in range(8))

CAPITAL_SIGMA, SIGMA, FINAL_SIGMA = 0x3A3, 0x3C3, 0x3C2


class Unicode(NamedTuple):
    """Two-stage tables; `pool[record_starts[r]:record_ends[r]]` is NFD(lower(c)), r the record of c; 0: c itself."""

    stage1: npt.NDArray[np.uint16]  # block of each c >> 8
    classes: npt.NDArray[np.uint8]  # [block, c & 255]: IS_LOWER counts title case, IS_NUMERIC looks at NFD(lower(c))
    records: npt.NDArray[np.uint16]  # [block, c & 255]
    record_starts: npt.NDArray[np.int32]
    record_ends: npt.NDArray[np.int32]
    pool: npt.NDArray[np.uint32]  # code points
    pool_classes: npt.NDArray[np.uint8]  # their canonical combining classes


@functools.cache
def unicode_tables() -> Unicode:
    path = resources.files("corpusmill.kernels") / "data" / "unicode14.npz"
    with path.open("rb") as file, np.load(file) as arrays:
        return Unicode(*(np.ascontiguousarray(arrays[name]) for name in Unicode._fields))
