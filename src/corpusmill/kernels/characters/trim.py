"""White space at the ends of texts."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, borrowed, peek8
from corpusmill.machine_code.jit import inlined, kernel


@inlined
def _blank_ascii(byte: int) -> bool:
    return byte == 0x20 or 0x09 <= byte <= 0x0D or 0x1C <= byte <= 0x1F


@inlined
def _blank_above(code: int) -> bool:
    """As `str.isspace` of a code point from 0x80 on, in at most three bytes of UTF-8."""
    return (
        code == 0x85
        or code == 0xA0
        or code == 0x1680
        or 0x2000 <= code <= 0x200A
        or code == 0x2028
        or code == 0x2029
        or code == 0x202F
        or code == 0x205F
        or code == 0x3000
    )


@inlined
def _blank_bytes(at: int, end: int) -> int:
    """Bytes of the white space that begins `at`; 0: none does."""
    lead = peek8(at)
    if lead < 0x80:
        return 1 if _blank_ascii(lead) else 0
    if lead == 0xC2 and at + 1 < end:
        return 2 if _blank_above(peek8(at + 1)) else 0
    if 0xE1 <= lead <= 0xE3 and at + 2 < end:
        return 3 if _blank_above((lead & 0x0F) << 12 | (peek8(at + 1) & 0x3F) << 6 | (peek8(at + 2) & 0x3F)) else 0
    return 0


@kernel
def trim_spans(data: Any, offsets: Any, starts: Any, ends: Any) -> None:
    """Where each text of valid UTF-8 starts and ends without the white space around it, as `str.strip` sees it."""
    data = borrowed(data)
    base = address(data)
    for text in range(len(offsets) - 1):
        start, end = base + offsets[text], base + offsets[text + 1]
        while start < end:
            width = _blank_bytes(start, end)
            if width == 0:
                break
            start += width
        while end > start:
            last = end - 1
            while last > start and peek8(last) & 0xC0 == 0x80:
                last -= 1
            if _blank_bytes(last, end) == 0:
                break
            end = last
        starts[text], ends[text] = start - base, end - base


def trimmed(data: np.ndarray, offsets: np.ndarray) -> Any:
    """Starts and ends, int64, of the texts `data[offsets[i]:offsets[i + 1]]` without white space around them.

    >>> data = np.frombuffer(" a\\u3000b\\xa0 ".encode(), np.uint8)
    >>> [each.tolist() for each in trimmed(data, np.array([0, 8, 9]))]
    [[1, 9], [6, 9]]
    """
    starts, ends = np.empty(len(offsets) - 1, np.int64), np.empty(len(offsets) - 1, np.int64)
    trim_spans(data, offsets, starts, ends)
    return starts, ends
