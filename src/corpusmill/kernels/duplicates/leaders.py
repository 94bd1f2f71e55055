"""Sets led by the first similar one: greedy clusters in a given order, by exact similarity.

A leader is found through the hashes that two similar sets must share: in any one order of all hashes, of two sets of at
least J one of the first n - ⌈J·n⌉ + 1 of each, n being its size, is in both (prefix filtering, Bayardo and others 2007,
"Scaling up all pairs similarity search"). With the rarest first, what thousands of pages of a site have in common does
not make them be compared. No similar leader is missed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.hashes.hashing import mix
from corpusmill.machine_code.jit import inlined, kernel

NOT_SIMILAR = -1.0
_NONE = -1
_FEW = 8  # sets, among which what is rare need not be known
_HALF, _PLACE = 32, 0xFFFFFFFF


@inlined
def _needed(minimum: Any, size: Any) -> Any:
    """Elements that a set of `size` shares at least with one as similar as `minimum`; lenient by rounding."""
    return max(1, int(np.ceil(minimum * size - 1e-9)))


@kernel
def similarity(one: Any, other: Any, minimum: Any, contained: Any) -> Any:
    """Of two ascending sets: their Jaccard index, or the part of `one` that `other` contains; below `minimum`: -1."""
    least = (
        _needed(minimum, one.size)
        if contained
        else int(np.ceil(minimum / (1 + minimum) * (one.size + other.size) - 1e-9))
    )
    i = k = shared = 0
    while i < one.size and k < other.size:
        if shared + min(one.size - i, other.size - k) < least:
            return NOT_SIMILAR
        left, right = one[i], other[k]
        shared += left == right
        i += left <= right
        k += right <= left
    found = shared / one.size if contained else shared / (one.size + other.size - shared)
    return found if found >= minimum else NOT_SIMILAR


@inlined
def _slot(heads: Any, keys: Any, key: Any) -> Any:
    """Where `key` is, or would be, in an open-addressing table of a power of two; head -1: free."""
    slots = np.uint64(keys.size - 1)
    slot = mix(key) & slots
    while heads[slot] != _NONE and keys[slot] != key:
        slot = (slot + np.uint64(1)) & slots
    return slot


@kernel
def _count(hashes: Any, starts: Any, ends: Any, first: Any, last: Any) -> Any:
    """How many of the sets first … last - 1 have a hash, about: one counter may serve several hashes."""
    counters = 16
    while counters < np.sum(ends[first:last] - starts[first:last]):
        counters *= 2
    counts = np.zeros(counters, np.int32)
    for i in range(first, last):
        for k in range(starts[i], ends[i]):
            counts[mix(hashes[k]) & np.uint64(counters - 1)] += 1
    return counts


@kernel
def _by_rarity(own: Any, counts: Any, order: Any) -> None:
    """order[:own.size]: the places of the hashes, the rarest first, equals ascending."""
    for k in range(own.size):
        count = np.int64(counts[mix(own[k]) & np.uint64(counts.size - 1)])
        order[k] = count << _HALF | k
    order[: own.size].sort()
    for k in range(own.size):
        order[k] &= _PLACE


@kernel
def lead(
    hashes: Any, starts: Any, ends: Any, groups: Any, minimum: Any, contained: Any, leaders: Any, similarities: Any
) -> None:
    """leaders[i]: the set that leads set i, itself where none before it does; similarities[i]: to its leader.

    Set i is hashes[starts[i]:ends[i]], uint64 ascending. groups int64[g+1]: sets groups[k] … groups[k+1] - 1 are
    compared, in this order: a set follows the most similar leader of at least `minimum`, the earliest of equals, or
    leads itself.
    """
    for group in range(groups.size - 1):
        first, last = groups[group], groups[group + 1]
        indexed = longest = 0
        for i in range(first, last):
            leaders[i], similarities[i] = i, 1.0
            size = ends[i] - starts[i]
            longest = max(longest, size)
            indexed += size if contained else size - _needed(minimum, size) + 1
        if last - first < 2:
            continue
        order = np.arange(longest)
        ranked = last - first > _FEW
        counts = _count(hashes, starts, ends, first, last) if ranked else np.zeros(1, np.int32)
        slots = 16
        while slots < 2 * indexed:
            slots *= 2
        keys, heads = np.empty(slots, np.uint64), np.full(slots, _NONE, np.int64)
        owners, following = np.empty(indexed, np.int64), np.empty(indexed, np.int64)
        seen = np.full(last - first, _NONE, np.int64)
        filled = 0
        for i in range(first, last):
            own = hashes[starts[i] : ends[i]]
            prefix = own.size - _needed(minimum, own.size) + 1
            if ranked:
                _by_rarity(own, counts, order)
            best, best_similarity = _NONE, NOT_SIMILAR
            for k in range(prefix):
                entry = heads[_slot(heads, keys, own[order[k]])]
                while entry != _NONE:
                    other = owners[entry]
                    if seen[other - first] != i:
                        seen[other - first] = i
                        found = similarity(own, hashes[starts[other] : ends[other]], minimum, contained)
                        if found > best_similarity or (found == best_similarity and found >= 0 and other < best):
                            best, best_similarity = other, found
                    entry = following[entry]
            if best != _NONE:
                leaders[i], similarities[i] = best, best_similarity
                continue
            for k in range(own.size if contained else prefix):
                key = own[order[k]]
                slot = _slot(heads, keys, key)
                keys[slot] = key
                owners[filled], following[filled] = i, heads[slot]
                heads[slot] = filled
                filled += 1
