"""Decode and encode one code point of UTF-8 that is known to be valid."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.jit import inlined, kernel
from corpusmill.kernels.tables import Unicode


@inlined
def width(lead: Any) -> Any:
    """Bytes of the code point whose first byte is `lead`."""
    return 1 + (lead >= 0xC0) + (lead >= 0xE0) + (lead >= 0xF0)


@kernel
def decode(data: Any, at: Any) -> Any:
    """The code point at byte `at`."""
    lead = np.int64(data[at])
    if lead < 0x80:
        return lead
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | (np.int64(data[at + 1]) & 0x3F)
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | (np.int64(data[at + 1]) & 0x3F) << 6 | (np.int64(data[at + 2]) & 0x3F)
    return (
        (lead & 0x07) << 18
        | (np.int64(data[at + 1]) & 0x3F) << 12
        | (np.int64(data[at + 2]) & 0x3F) << 6
        | (np.int64(data[at + 3]) & 0x3F)
    )


@kernel
def encode(point: Any, out: Any, at: Any) -> Any:
    """Write `point` at byte `at` of `out`; returns the byte after it."""
    if point < 0x80:
        out[at] = point
        return at + 1
    if point < 0x800:
        out[at] = 0xC0 | point >> 6
        out[at + 1] = 0x80 | point & 0x3F
        return at + 2
    if point < 0x10000:
        out[at] = 0xE0 | point >> 12
        out[at + 1] = 0x80 | point >> 6 & 0x3F
        out[at + 2] = 0x80 | point & 0x3F
        return at + 3
    out[at] = 0xF0 | point >> 18
    out[at + 1] = 0x80 | point >> 12 & 0x3F
    out[at + 2] = 0x80 | point >> 6 & 0x3F
    out[at + 3] = 0x80 | point & 0x3F
    return at + 4


@inlined
def class_of(point: Any, tables: Unicode) -> Any:
    """The class bits of a code point."""
    return tables.classes[tables.stage1[point >> 8], point & 0xFF]
