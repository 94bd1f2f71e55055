"""Occurrences of listed words and phrases."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, equal64, peek8, peek32, peek64, trailing_zeros
from corpusmill.kernels.hashes.hashing import mix
from corpusmill.kernels.hashes.vocabulary import table_size
from corpusmill.machine_code.jit import inlined, kernel


@kernel
def make_set(hashes: Any) -> Any:
    """An open-addressing table int32 over `hashes` (without repetitions): 1 + index, or 0 where a slot is free.

    At least eight slots a hash: most look-ups are misses and end at their first slot.
    """
    table = np.zeros(table_size(4 * len(hashes)), np.int32)
    last = np.uint64(len(table) - 1)
    for i in range(len(hashes)):
        slot = mix(hashes[i]) & last
        while table[slot]:
            slot = (slot + np.uint64(1)) & last
        table[slot] = i + 1
    return table


@inlined
def find(table: Any, last: Any, hashes: Any, value: Any) -> Any:
    """Index of `value` in the hashes, or -1; `table` and `hashes` are addresses, `last` the number of the last slot."""
    slot = mix(value) & last
    while True:
        index = peek32(table + 4 * np.int64(slot)) - 1
        if index < 0 or peek64(hashes + 8 * index) == value:
            return index
        slot = (slot + np.uint64(1)) & last


@kernel
def make_slots(hashes: Any) -> Any:
    """A table uint64 that holds each of the hashes at most three slots behind its own; for `count_members`."""
    size = table_size(2 * len(hashes))
    while True:
        slots = np.zeros(size + 3, np.uint64)
        placed = 0
        for i in range(len(hashes)):
            slot = np.int64(mix(hashes[i]) & np.uint64(size - 1))
            for near in range(slot, slot + 4):
                if slots[near] == 0:
                    slots[near] = hashes[i]
                    placed += 1
                    break
        if placed == len(hashes):
            return slots
        size *= 2


@kernel
def count_members(values: Any, offsets: Any, slots: Any, counts: Any) -> None:
    """counts int64[n] = how many of each document's `values` are in the set.

    All four slots are always compared: members and others come in no order, so a branch would be mispredicted.
    """
    last = np.uint64(len(slots) - 4)
    for document in range(len(offsets) - 1):
        count = 0
        for i in range(offsets[document], offsets[document + 1]):
            value = values[i]
            at = address(slots) + 8 * np.int64(mix(value) & last)
            count += (
                (peek64(at) == value)
                | (peek64(at + 8) == value)
                | (peek64(at + 16) == value)
                | (peek64(at + 24) == value)
            )
        counts[document] = count


@kernel
def sum_ranges(values: Any, offsets: Any, sums: Any) -> None:
    """sums int64[n] = sum of values[offsets[i]:offsets[i + 1]]."""
    for row in range(len(offsets) - 1):
        total = 0
        for i in range(offsets[row], offsets[row + 1]):
            total += values[i]
        sums[row] = total


@inlined
def _equal(one: Any, other: Any, size: Any) -> Any:
    """Whether the `size` bytes at two addresses are equal."""
    k = 0
    while k < size and peek8(one + k) == peek8(other + k):
        k += 1
    return k == size


@kernel
def count_phrases(
    data: Any,
    starts: Any,
    ends: Any,
    hashes: Any,
    offsets: Any,
    table: Any,
    first_hashes: Any,
    groups: Any,
    phrases: Any,
    phrase_offsets: Any,
    phrase_words: Any,
    counts: Any,
) -> None:
    """counts int64[n] = occurrences of listed phrases, overlapping ones included.

    Phrases are grouped by the hash of their first word: first_hashes[g] has those of groups[g]:groups[g + 1]. Phrase p
    is the bytes `phrases[phrase_offsets[p]:phrase_offsets[p + 1]]`: `phrase_words[p]` words, one space between them.
    """
    last_slot = np.uint64(len(table) - 1)
    for document in range(len(offsets) - 1):
        count = 0
        stop = offsets[document + 1]
        for word in range(offsets[document], stop):
            group = find(address(table), last_slot, address(first_hashes), hashes[word])
            if group < 0:
                continue
            for phrase in range(groups[group], groups[group + 1]):
                last = word + phrase_words[phrase] - 1
                first_byte = phrase_offsets[phrase]
                size = phrase_offsets[phrase + 1] - first_byte
                if last >= stop or ends[last] - starts[word] != size:
                    continue
                count += _equal(address(data) + starts[word], address(phrases) + first_byte, size)
        counts[document] = count


@kernel
def count_substring(data: Any, starts: Any, ends: Any, wanted: Any, counts: Any) -> None:
    """counts int64[n] = how often the bytes `wanted` occur in data[starts[i]:ends[i]], not overlapping.

    64 positions at a time are tested for the first, middle and last byte of `wanted`.
    """
    size, middle = len(wanted), len(wanted) // 2
    for row in range(len(starts)):
        count = 0
        at, last = starts[row], ends[row] - size
        while at <= last:
            here = address(data) + at
            if at + 64 + size <= len(data):
                bits = (
                    equal64(here, wanted[0])
                    & equal64(here + middle, wanted[middle])
                    & equal64(here + size - 1, wanted[size - 1])
                )
                if bits == 0:
                    at += 64
                    continue
                at += trailing_zeros(bits)
                if at > last:
                    break
                here = address(data) + at
            if _equal(here, address(wanted), size):
                count += 1
                at += size
            else:
                at += 1
        counts[row] = count
