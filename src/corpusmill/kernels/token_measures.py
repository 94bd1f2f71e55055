"""What is measured on tokens: joinable hashes, lengths in code points, and the kinds of their characters."""

from __future__ import annotations

from typing import Any

from corpusmill.kernels.bits import address, peek8
from corpusmill.kernels.jit import kernel
from corpusmill.kernels.modular import hash_of, power_of
from corpusmill.kernels.utf8 import decode, width


@kernel
def measure_tokens(
    data: Any, starts: Any, ends: Any, classes: Any, hashes: Any, powers: Any, lengths: Any, kinds: Any
) -> None:
    """Measure the tokens data[starts[i]:ends[i]], none of them empty.

    `classes` uint8[0x110000]: the bits of each code point. A token has bits 1, 8 and 32 if all its code points have
    them, bit 2 if any has, bit 4 if the first has, bit 16 if it is one code point that has it.
    """
    origin, table = address(data), address(classes)
    for token in range(len(starts)):
        at, end = origin + starts[token], origin + ends[token]
        hashes[token], powers[token] = hash_of(at, end), power_of(end - at)
        every, some, length = 0xFF, 0, 0
        first = peek8(table + decode(at)) & 4
        while at < end:
            bits = peek8(table + decode(at))
            every &= bits
            some |= bits
            length += 1
            at += width(peek8(at))
        lengths[token], kinds[token] = length, (every & (41 if length > 1 else 57)) | (some & 2) | first
