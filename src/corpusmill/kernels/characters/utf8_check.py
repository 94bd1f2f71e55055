"""Which pages of a batch are UTF-8, and what else of their bytes says how they are to be decoded."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, borrowed, peek8, peek64
from corpusmill.machine_code.jit import inlined, kernel

# Columns of what is found of each page.
VALID, CONTINUATIONS, MEANINGLESS, STRANGE, ESCAPES, NULS = range(6)
COLUMNS = 6

_HIGH_BITS = np.uint64(0x8080808080808080)
# Added to eight bytes of ASCII, these set the high bit of those from U+0020, U+0009, U+000E and U+007F on.
_FROM_SPACE, _FROM_TAB, _FROM_SHIFT, _FROM_DELETE = (
    np.uint64((0x80 - first) * 0x0101010101010101) for first in (0x20, 0x09, 0x0E, 0x7F)
)


@inlined
def _trails(byte: int) -> bool:
    return byte & 0xC0 == 0x80


@inlined
def _wide(at: int, end: int) -> tuple[int, int]:
    """Bytes of the code point above ASCII that begins `at`, 0 where none does, and its number."""
    lead = peek8(at)
    if 0xC2 <= lead <= 0xDF and at + 1 < end and _trails(peek8(at + 1)):
        return 2, (lead & 0x1F) << 6 | peek8(at + 1) & 0x3F
    if lead & 0xF0 == 0xE0 and at + 2 < end and _trails(peek8(at + 1)) and _trails(peek8(at + 2)):
        code = (lead & 0x0F) << 12 | (peek8(at + 1) & 0x3F) << 6 | peek8(at + 2) & 0x3F
        return (3, code) if code >= 0x800 and not 0xD800 <= code <= 0xDFFF else (0, 0)
    if lead < 0xF0 or lead > 0xF4 or at + 3 >= end:
        return 0, 0
    if not (_trails(peek8(at + 1)) and _trails(peek8(at + 2)) and _trails(peek8(at + 3))):
        return 0, 0
    code = (lead & 0x07) << 18 | (peek8(at + 1) & 0x3F) << 12 | (peek8(at + 2) & 0x3F) << 6
    return (4, code) if 0x10000 <= code <= 0x10FFFF else (0, 0)


@inlined
def _check(at: int, end: int, row: np.ndarray) -> None:
    row[VALID] = 1
    while at < end:
        if at + 8 <= end:  # of ASCII eight bytes at once, unless one of them is a control that has no meaning
            word = peek64(at)
            parting = (word + _FROM_TAB) & ~(word + _FROM_SHIFT)
            if not (word | ~((word + _FROM_SPACE) | parting) | (word + _FROM_DELETE)) & _HIGH_BITS:
                at += 8
                continue
        byte = peek8(at)
        if byte < 0x80:
            if byte < 0x20 or byte == 0x7F:
                row[MEANINGLESS] += byte < 9 or byte > 13
                row[ESCAPES] += byte == 0x1B
                row[NULS] += byte == 0
            at += 1
            continue
        width, code = _wide(at, end)
        if width == 0:
            row[VALID] = 0
            return
        row[CONTINUATIONS] += width - 1
        wrong = code < 0xA0 or code == 0xFFFD
        row[MEANINGLESS] += wrong
        row[STRANGE] += wrong or 0xE000 <= code <= 0xF8FF
        at += width


@kernel
def _check_all(data: Any, offsets: Any, found: Any) -> None:
    data = borrowed(data)
    found = borrowed(found)
    start = address(data)
    for page in range(len(offsets) - 1):
        _check(start + offsets[page], start + offsets[page + 1], found[page])


def check_pages(data: np.ndarray, offsets: np.ndarray) -> Any:
    """int64 [n, COLUMNS] of the pages `data[offsets[i]:offsets[i + 1]]`.

    VALID: 1 where all of it is UTF-8, by Python's rule; elsewhere the counts are those before the first wrong byte.
    CONTINUATIONS: bytes of code points behind their first. MEANINGLESS: controls but those that part words, U+FFFD.
    STRANGE: those of them above ASCII, and code points for private use. ESCAPES, NULS: U+001B, U+0000.

    >>> check_pages(np.frombuffer("é<\\x01b".encode() + b"\\xff", np.uint8), np.array([0, 5, 6])).tolist()
    [[1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]]
    """
    found = np.zeros((len(offsets) - 1, COLUMNS), np.int64)
    _check_all(data, offsets, found)
    return found
