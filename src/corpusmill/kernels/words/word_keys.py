"""Short words as two numbers, by which a table of what is known of words finds them without comparing bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import low_bits, peek64
from corpusmill.kernels.hashes.hashing import mix
from corpusmill.machine_code.jit import inlined

MOST_BYTES = 15  # of a word that is its key
SIZE_SHIFT = np.uint64(56)


@inlined
def word_key(at: Any, size: Any) -> Any:
    """Two numbers for the 1 to MOST_BYTES bytes at an address, behind which eight may be read; the second is not 0."""
    first, second = peek64(at), np.uint64(0)
    if size <= 8:
        first &= low_bits(8 * size)
    else:
        second = peek64(at + 8) & low_bits(8 * size - 64)
    return first, second | np.uint64(size) << SIZE_SHIFT


@inlined
def mixed_key(first: Any, second: Any) -> Any:
    """A number whose low bits depend on all of a key."""
    return np.int64(mix(first ^ mix(second)))


@inlined
def has_key(slot: Any, first: Any, second: Any) -> Any:
    """Whether the two words at an address are those of a key."""
    return (peek64(slot) ^ first) | (peek64(slot + 8) ^ second) == 0
