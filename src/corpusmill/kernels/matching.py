"""Occurrences of listed words and phrases."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.hashing import mix
from corpusmill.kernels.jit import inlined, kernel
from corpusmill.kernels.vocabulary import table_size


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
def find(table: Any, hashes: Any, value: Any) -> Any:
    """Index of `value` in `hashes`, or -1."""
    last = np.uint64(len(table) - 1)
    slot = mix(value) & last
    while table[slot] and hashes[table[slot] - 1] != value:
        slot = (slot + np.uint64(1)) & last
    return table[slot] - 1


@kernel
def count_members(values: Any, offsets: Any, table: Any, hashes: Any, counts: Any) -> None:
    """counts int64[n] = how many of each document's `values` are in the set."""
    for document in range(len(offsets) - 1):
        count = 0
        for i in range(offsets[document], offsets[document + 1]):
            count += find(table, hashes, values[i]) >= 0
        counts[document] = count


@kernel
def count_value(values: Any, offsets: Any, value: Any, counts: Any) -> None:
    """counts[i] = how often `value` occurs in values[offsets[i]:offsets[i + 1]]."""
    for row in range(len(offsets) - 1):
        count = 0
        for i in range(offsets[row], offsets[row + 1]):
            count += values[i] == value
        counts[row] = count


@inlined
def _equal(data: Any, at: Any, wanted: Any, first: Any, last: Any) -> Any:
    """Whether `data[at:]` begins with `wanted[first:last]`."""
    k = first
    while k < last and data[at + k - first] == wanted[k]:
        k += 1
    return k == last


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
    for document in range(len(offsets) - 1):
        count = 0
        stop = offsets[document + 1]
        for word in range(offsets[document], stop):
            group = find(table, first_hashes, hashes[word])
            if group < 0:
                continue
            for phrase in range(groups[group], groups[group + 1]):
                last = word + phrase_words[phrase] - 1
                first_byte = phrase_offsets[phrase]
                size = phrase_offsets[phrase + 1] - first_byte
                if last >= stop or ends[last] - starts[word] != size:
                    continue
                count += _equal(data, starts[word], phrases, first_byte, first_byte + size)
        counts[document] = count


@kernel
def count_joined(data: Any, starts: Any, ends: Any, offsets: Any, left: Any, right: Any, counts: Any) -> None:
    """counts int64[n] = how often a word that ends in the bytes `left` is followed by one that begins with `right`."""
    before, after = len(left), len(right)
    for document in range(len(offsets) - 1):
        count = 0
        for word in range(offsets[document], offsets[document + 1] - 1):
            end = ends[word]
            if (
                end - starts[word] >= before
                and data[end - 1] == left[before - 1]
                and ends[word + 1] - starts[word + 1] >= after
                and _equal(data, end - before, left, 0, before)
            ):
                count += _equal(data, starts[word + 1], right, 0, after)
        counts[document] = count
