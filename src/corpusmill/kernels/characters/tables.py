"""Unicode 14.0 tables (CPython 3.11's `str`, `re` and `unicodedata`), made by tools/make_unicode_tables.py."""

from __future__ import annotations

import functools
import string
from importlib import resources
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

# Bits of a code point's class.
IS_SPACE, IS_WORD, IS_UPPER, IS_LOWER, IS_NUMERIC, IS_CASED, IS_IGNORABLE, IS_MAPPED = (1 << bit for bit in range(8))

CLASS_SHIFT = 24
DELETED = 0xFF  # in `ascii`: no byte of ASCII
CAPITAL_SIGMA, SIGMA, FINAL_SIGMA = 0x3A3, 0x3C3, 0x3C2


class Unicode(NamedTuple):
    """Addresses of two-stage tables; pool[record_starts[r]:record_ends[r]] is NFD(lower(c)), r the record of c."""

    stage1: int  # uint16: block of each c >> 8
    classes: int  # uint8 [block, c & 255]: IS_LOWER counts title case, IS_NUMERIC looks at NFD(lower(c))
    records: int  # uint16 [block, c & 255]: 0: c itself
    record_starts: int  # int32
    record_ends: int  # int32
    pool: int  # uint32: code points, with their canonical combining classes above CLASS_SHIFT
    ascii: int  # uint8: lower case of each ASCII byte, DELETED for punctuation


@functools.cache
def _arrays() -> dict[str, npt.NDArray[np.generic]]:
    path = resources.files("corpusmill.kernels.characters") / "data" / "unicode14.npz"
    with path.open("rb") as file, np.load(file) as shipped:
        arrays = {name: np.ascontiguousarray(shipped[name]) for name in shipped.files}
    arrays["pool"] = arrays["pool"] | arrays.pop("pool_classes").astype(np.uint32) << np.uint32(CLASS_SHIFT)
    ascii_bytes = [DELETED if chr(byte) in string.punctuation else ord(chr(byte).lower()) for byte in range(128)]
    arrays["ascii"] = np.array(ascii_bytes, np.uint8)
    return arrays


def unicode_classes() -> npt.NDArray[np.uint8]:
    """[0x110000]: the class bits of each code point."""
    arrays = _arrays()
    found: npt.NDArray[np.uint8] = arrays["classes"].reshape(-1, 256)[arrays["stage1"]].reshape(-1).view(np.uint8)
    return found


def unicode_tables() -> Unicode:
    """The tables, which stay in memory as long as the process."""
    return Unicode(**{name: array.ctypes.data for name, array in _arrays().items()})
