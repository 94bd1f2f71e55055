"""A word's pieces by merging: characters, and what is not parted, are its first symbols; of all neighbours that make a
piece those whose piece has the highest score are joined, the leftmost first, and again.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.bits import address, bit_at, peek8, peek32, poke32, set_bit_at
from corpusmill.kernels.byte_pairs.merges import SCRATCH_WORDS_PER_BYTE, Merges, merge_ids
from corpusmill.kernels.characters.utf8 import width
from corpusmill.kernels.sentence_pieces.normal import longest_verbatim
from corpusmill.kernels.sentence_pieces.trie import number_at, root, step
from corpusmill.machine_code.jit import inlined, kernel

_NOTHING = 0xFFFFFFFF  # the symbol of a character that is in no piece
_LEAST_ROOM = 64
BYTES_OF_SYMBOLS = 8 * SCRATCH_WORDS_PER_BYTE + 4 * 4


class Symbols(NamedTuple):
    """What words are made of; addresses, but for the numbers."""

    all: int  # a trie: characters, and what is not parted
    verbatim: int  # a trie of the latter; 0: nothing
    merges: Merges
    near: int  # `near_pairs`
    pieces: int  # symbols from this number on are no pieces
    unknown: int  # the id of these
    byte_ids: int  # uint32 [256]: what stands for them instead; 0: nothing


# A bit for two symbols that stand side by side in some piece, and some others: words are parted between those without.
_NEAR_BITS = 22
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@inlined
def _near_bit(left: Any, right: Any) -> Any:
    return np.int64((np.uint64(left) << np.uint64(32) | np.uint64(right)) * _FACTOR >> np.uint64(64 - _NEAR_BITS))


@kernel
def _fill_near(lefts: Any, rights: Any, bits: Any) -> None:
    for k in range(lefts.size):
        set_bit_at(address(bits), _near_bit(lefts[k], rights[k]))


def near_pairs(lefts: npt.NDArray[np.uint32], rights: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    """The bits of pairs of symbols."""
    bits = np.zeros(1 << _NEAR_BITS >> 3, np.uint8)
    _fill_near(lefts, rights, bits)
    return bits


@inlined
def _are_near(left: Any, right: Any, near: Any) -> Any:
    return bit_at(near, _near_bit(left, right))


@inlined
def _merge_parts(given: Any, size: Any, symbols: Any, scratch: Any, made: Any, places: Any) -> Any:
    """`merge_ids` of `size` symbols, part by part."""
    count = begin = 0
    for end in range(1, size + 1):
        if end < size and _are_near(peek32(given + 4 * end - 4), peek32(given + 4 * end), symbols.near):
            continue
        to = made + 4 * count
        if end - begin == 1:
            poke32(to, peek32(given + 4 * begin))
            poke32(places + 4 * count, begin)
            count += 1
        else:
            new = merge_ids(given + 4 * begin, end - begin, symbols.merges, scratch, to, places + 4 * count)
            for k in range(count, count + new):
                poke32(places + 4 * k, peek32(places + 4 * k) + begin)
            count += new
        begin = end
    return count


@kernel
def merged(at: Any, size: Any, symbols: Symbols, room: Any, scratch: Any, out: Any) -> Any:
    """Write the ids of `size` > 0 bytes to `out` (uint32); returns how many they are. `scratch`: BYTES_OF_SYMBOLS for
    each of `room` bytes.
    """
    room = max(room, _LEAST_ROOM)
    given = scratch + 8 * SCRATCH_WORDS_PER_BYTE * room
    starts, made, places = given + 4 * room, given + 8 * room, given + 12 * room
    count, here = np.int64(0), np.int64(0)
    while here < size:
        taken = np.int64(0)
        if symbols.verbatim:
            taken = longest_verbatim(at + here, at + size, symbols.verbatim)
        if not taken:
            taken = np.int64(width(peek8(at + here)))
        cell = root(symbols.all)
        for k in range(taken):
            cell = step(cell, peek8(at + here + k), symbols.all)
            if not cell:
                break
        number = number_at(cell)
        poke32(given + 4 * count, number if number >= 0 else _NOTHING)
        poke32(starts + 4 * count, here)
        count += 1
        here += taken
    count = _merge_parts(given, count, symbols, scratch, made, places)
    written, was_unknown = 0, False
    for k in range(count):
        number = peek32(made + 4 * k)
        is_unknown = number >= symbols.pieces
        if not is_unknown:
            poke32(out + 4 * written, number)
            written += 1
        elif symbols.byte_ids:
            char = at + peek32(starts + 4 * peek32(places + 4 * k))
            for b in range(width(peek8(char))):
                poke32(out + 4 * written, peek32(symbols.byte_ids + 4 * peek8(char + b)))
                written += 1
        elif not was_unknown:
            poke32(out + 4 * written, symbols.unknown)
            written += 1
        was_unknown = is_unknown
    return written
