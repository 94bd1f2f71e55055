"""Words of a text as a SentencePiece model wants them: characters replaced by its map, blanks by the mark."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from corpusmill.kernels.bits import low_bits, peek8, peek16, peek32, peek64, poke8, poke16, poke64
from corpusmill.kernels.characters.utf8 import width
from corpusmill.kernels.sentence_pieces.trie import number_at, root, step
from corpusmill.machine_code.jit import inlined, kernel

MARK_BYTES = 3
_MARK_LOW, _MARK_HIGH = 0x96E2, 0x81  # U+2581 in UTF-8, its first two bytes as one number
_MOST_FOUND = 32  # replacements that begin at one place: of more the package does not know the longest
_HIGH_BITS, _ONES, _LEAST = (np.uint64(byte * 0x0101010101010101) for byte in (0x80, 0x01, 0x21))
NO_ROOM, UNSURE = -1, -2


class Normal(NamedTuple):
    """Addresses of the trie of what stays as it is, of the map's units and of its strings; and how blanks are kept."""

    verbatim: int  # 0: nothing
    units: int
    last_unit: int  # the number of units less one
    strings: int
    joins_blanks: bool  # blanks within and at the ends of words are left out
    parts_marks: bool  # no piece has two marks
    keeps_ascii: bool  # words of ASCII's printed characters are not changed


@inlined
def _base(place: Any, unit: Any) -> Any:
    return place ^ ((unit >> 10) << ((unit & 0x200) >> 6))


@inlined
def _replaced(at: Any, end: Any, normal: Any) -> Any:
    """Bytes of the longest that is replaced, 0 where nothing is, and the place of the string that comes instead."""
    base = _base(np.int64(0), peek32(normal.units))
    size, string = np.int64(0), np.int64(0)
    here, left = at, _MOST_FOUND
    while here < end and left:
        byte = peek8(here)
        place = base ^ byte
        if place > normal.last_unit or not byte:
            break
        unit = peek32(normal.units + 4 * place)
        if unit & 0x800000FF != byte:
            break
        base = _base(place, unit)
        here += 1
        if unit & 0x100:
            size, string = here - at, peek32(normal.units + 4 * base) & 0x7FFFFFFF
            left -= 1
    return size, string


@inlined
def longest_verbatim(at: Any, end: Any, cells: Any) -> Any:
    """Bytes of the longest that stays as it is; 0: nothing does."""
    cell = root(cells)
    size = np.int64(0)
    here = at
    while here < end:
        cell = step(cell, peek8(here), cells)
        here += 1
        if not cell:
            break
        if number_at(cell) >= 0:
            size = here - at
    return size


@inlined
def _is_mark(at: Any) -> Any:
    return peek16(at) == _MARK_LOW and peek8(at + 2) == _MARK_HIGH


@inlined
def _is_printed(at: Any, size: Any) -> Any:
    """Whether all bytes are those of ASCII's printed characters, none of them a blank."""
    k = 0
    while k < size:
        eight = peek64(at + k)
        left = size - k
        if left < 8:
            eight = (eight & low_bits(8 * left)) | (_LEAST & ~low_bits(8 * left))
        if (eight | (eight - _LEAST) | (eight + _ONES)) & _HIGH_BITS:
            return False
        k += 8
    return True


@inlined
def _poke_mark(to: Any) -> Any:
    poke16(to, _MARK_LOW)
    poke8(to + 2, _MARK_HIGH)
    return to + MARK_BYTES


@kernel
def normalise(at: Any, size: Any, has_blank: Any, normal: Normal, out: Any, room: Any) -> Any:
    """Write `size` bytes at an address to the address `out`, of which each blank is a mark; returns how many bytes are
    there. `has_blank`: as if a blank stood before.

    NO_ROOM where there is none for them within `room`, behind which eight bytes more may be written; UNSURE where there
    is a mark in the text, or one at the end that words to come would have to be seen with.
    """
    end = at + size
    to, stop = out, out + room - MARK_BYTES
    if has_blank and stop >= to:
        to = _poke_mark(to)
    if normal.keeps_ascii:
        first = not normal.joins_blanks and peek8(at) == 0x20 and size > 1
        if _is_printed(at + first, size - first) and to + size <= stop:
            if first:
                to = _poke_mark(to)
            for k in range(first, size, 8):
                poke64(to + k - first, peek64(at + k))
            return to + size - first - out
    after_blank = normal.joins_blanks
    is_blank = True  # all of it
    while at < end:
        source, count, taken, stays = at, np.int64(0), np.int64(0), False
        if normal.verbatim:
            taken = longest_verbatim(at, end, normal.verbatim)
            count, stays = taken, taken > 0
            for k in range(taken - MARK_BYTES + 1):
                if _is_mark(at + k):
                    return UNSURE
        if not taken:
            taken, string = _replaced(at, end, normal)
            if taken:
                source = normal.strings + string
                while peek8(source + count):
                    count += 1
            else:
                taken = count = np.int64(width(peek8(at)))
                if taken == MARK_BYTES and _is_mark(at):
                    return UNSURE
        at += taken
        if after_blank:
            while count and peek8(source) == 0x20:
                source += 1
                count -= 1
        if count:
            after_blank = normal.joins_blanks and peek8(source + count - 1) == 0x20
        is_blank = is_blank and count == 1 and taken == 1 and not stays and peek8(source) == 0x20
        for k in range(count):
            if to > stop:
                return NO_ROOM
            byte = peek8(source + k)
            if byte == 0x20:
                to = _poke_mark(to)
            else:
                poke8(to, byte)
                to += 1
    if normal.joins_blanks:
        while to > out and _ends_in_mark(to, out):
            to -= MARK_BYTES
    elif not normal.parts_marks and not is_blank and _ends_in_mark(to, out):
        return UNSURE
    return to - out


@inlined
def _ends_in_mark(to: Any, out: Any) -> Any:
    return to - out >= MARK_BYTES and _is_mark(to - MARK_BYTES)
