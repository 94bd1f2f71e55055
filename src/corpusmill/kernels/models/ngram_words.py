"""Words of sentences to their numbers in a vocabulary, by open addressing over their bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, peek8
from corpusmill.kernels.hashes.hashing import hash_bytes
from corpusmill.machine_code.jit import inlined, kernel

_SPACE = 0x20


@kernel
def fill_word_slots(data: Any, offsets: Any, slots: Any) -> None:
    """Enter word i, `data[offsets[i] : offsets[i + 1]]`, as i + 1 into `slots` (int32, zeros, a power of two)."""
    last = np.uint64(len(slots) - 1)
    for word in range(len(offsets) - 1):
        slot = hash_bytes(address(data), offsets[word], offsets[word + 1], len(data)) & last
        while slots[slot] != 0:
            slot = (slot + np.uint64(1)) & last
        slots[slot] = word + 1


@inlined
def _same(left: Any, right: Any, length: Any) -> Any:
    for k in range(length):  # noqa: SIM110 - Numba compiles no generators
        if peek8(left + k) != peek8(right + k):
            return False
    return True


@kernel
def number_words(
    text: Any, begins: Any, data: Any, offsets: Any, slots: Any, unknown: Any, words: Any, ends: Any
) -> Any:
    """Numbers of the words of the sentences `text[begins[i] : begins[i + 1]]`, cut at spaces; returns how many.

    `words` has room for one word in two bytes and one more; sentence i ends before `words[ends[i + 1]]`.
    """
    last = np.uint64(len(slots) - 1)
    count = 0
    ends[0] = 0
    for sentence in range(len(begins) - 1):
        at, end = begins[sentence], begins[sentence + 1]
        while at < end:
            if text[at] == _SPACE:
                at += 1
                continue
            stop = at + 1
            while stop < end and text[stop] != _SPACE:
                stop += 1
            slot = hash_bytes(address(text), at, stop, len(text)) & last
            word = unknown
            while slots[slot] != 0:
                number = np.int64(slots[slot] - 1)
                start = offsets[number]
                if offsets[number + 1] - start == stop - at and _same(
                    address(data) + start, address(text) + at, stop - at
                ):
                    word = number
                    break
                slot = (slot + np.uint64(1)) & last
            words[count] = word
            count += 1
            at = stop
        ends[sentence + 1] = count
    return count
