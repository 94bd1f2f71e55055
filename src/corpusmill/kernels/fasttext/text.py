"""What a fastText classifier is given of a text: CCNet deletes line feeds, RedPajama-V2 joins lines with one space."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import peek8, peek64, poke8, poke64
from corpusmill.kernels.characters.tables import IS_SPACE, Unicode
from corpusmill.kernels.characters.utf8 import class_of, decode, width
from corpusmill.machine_code.jit import kernel

_ONES = np.uint64(0x0101010101010101)
_LINE_FEEDS = np.uint64(0x0A0A0A0A0A0A0A0A)
_HIGH = np.uint64(0x8080808080808080)
_ABOVE_1E = np.uint64(0x6161616161616161)  # added to a byte below 128, it sets the highest bit from 0x1F on


@kernel
def without_line_feeds(start: Any, end: Any, out: Any) -> Any:
    """Copy the bytes between two addresses, less U+000A, to the address `out`; returns where the copy ends.

    Up to 7 bytes behind the copy are overwritten.
    """
    while start + 8 <= end:
        chunk = peek64(start)
        zeros = chunk ^ _LINE_FEEDS
        if (zeros - _ONES) & ~zeros & _HIGH == 0:
            poke64(out, chunk)
            start += 8
            out += 8
            continue
        for i in range(8):
            byte = peek8(start + i)
            poke8(out, byte)
            out += byte != 0x0A
        start += 8
    while start < end:
        byte = peek8(start)
        poke8(out, byte)
        out += byte != 0x0A
        start += 1
    return out


@kernel
def joined_lines(start: Any, end: Any, tables: Unicode, out: Any) -> Any:
    r"""Copy what `" ".join(text.splitlines()).strip()` has of tokens to the address `out`; returns where the copy ends.

    Separators of fastText stay as they are: `\r\n` where Python gives one space makes no difference to it.
    """
    while start < end and class_of(decode(start), tables) & IS_SPACE:
        start += width(peek8(start))
    while start < end:
        last = end - 1
        while last > start and peek8(last) & 0xC0 == 0x80:
            last -= 1
        if not class_of(decode(last), tables) & IS_SPACE:
            break
        end = last
    while start < end:
        if start + 8 <= end:
            chunk = peek64(start)
            if chunk & _HIGH == 0 and (chunk + _ABOVE_1E) & _HIGH == _HIGH:
                poke64(out, chunk)
                start += 8
                out += 8
                continue
        byte = peek8(start)
        size = 1
        if 0x1C <= byte <= 0x1E:
            byte = 0x20
        elif byte == 0xC2 and start + 1 < end and peek8(start + 1) == 0x85:
            byte, size = 0x20, 2
        elif byte == 0xE2 and start + 2 < end and peek8(start + 1) == 0x80 and peek8(start + 2) | 1 == 0xA9:
            byte, size = 0x20, 3
        poke8(out, byte)
        out += 1
        start += size
    return out
