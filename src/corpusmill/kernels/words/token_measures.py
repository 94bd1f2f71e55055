"""What is measured on tokens: joinable hashes, lengths in code points, and the kinds of their characters.

A text has few different tokens: what was measured of a short one is looked up by its bytes in a table of fixed slots,
in which a new token takes the place of an old one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, peek8, peek64, poke64
from corpusmill.kernels.characters.utf8 import decode, width
from corpusmill.kernels.hashes.modular import hash_of, power_of
from corpusmill.kernels.words.word_keys import MOST_BYTES, has_key, mixed_key, word_key
from corpusmill.machine_code.jit import inlined, kernel

_SLOTS = 1 << 14  # of four words: the key, the hash, and length and kinds
_READ_BYTES = 16  # from the start of a token that has a key
_KIND_BITS, _KIND = np.uint64(8), np.uint64(0xFF)


@inlined
def _shape(at: Any, end: Any, table: Any) -> Any:
    """Length and kinds of a token, as length << 8 | kinds."""
    every, some, length = 0xFF, 0, 0
    first = peek8(table + decode(at)) & 4
    while at < end:
        bits = peek8(table + decode(at))
        every &= bits
        some |= bits
        length += 1
        at += width(peek8(at))
    return np.uint64(length << 8 | (every & (41 if length > 1 else 57)) | (some & 2) | first)


@kernel
def measure_tokens(
    data: Any, starts: Any, ends: Any, classes: Any, hashes: Any, powers: Any, lengths: Any, kinds: Any
) -> None:
    """Measure the tokens data[starts[i]:ends[i]], none of them empty.

    `classes` uint8[0x110000]: the bits of each code point. A token has bits 1, 8 and 32 if all its code points have
    them, bit 2 if any has, bit 4 if the first has, bit 16 if it is one code point that has it.
    """
    origin, table = address(data), address(classes)
    limit = origin + len(data) - _READ_BYTES
    known = np.zeros((_SLOTS, 4), np.uint64)
    for token in range(len(starts)):
        at, end = origin + starts[token], origin + ends[token]
        size = end - at
        powers[token] = power_of(size)
        if size <= MOST_BYTES and at <= limit:
            first, second = word_key(at, size)
            slot = address(known) + 32 * (mixed_key(first, second) & (_SLOTS - 1))
            if not has_key(slot, first, second):
                poke64(slot, first)
                poke64(slot + 8, second)
                poke64(slot + 16, hash_of(at, end))
                poke64(slot + 24, _shape(at, end, table))
            hashes[token], shape = peek64(slot + 16), peek64(slot + 24)
        else:
            hashes[token], shape = hash_of(at, end), _shape(at, end, table)
        lengths[token], kinds[token] = shape >> _KIND_BITS, shape & _KIND
