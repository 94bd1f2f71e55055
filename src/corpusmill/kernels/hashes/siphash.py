"""CPython 3.11's `hash` of strings and pairs of strings under a fixed key, from UTF-8; sums of weights by hash bucket.

A string is hashed as CPython stores it: Latin-1, UTF-16LE or UTF-32LE units, whichever is the narrowest that holds all
of its characters; SipHash-1-3 of these bytes, read as signed, with -1 replaced by -2 (RedPajama-V2 §8).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, peek64
from corpusmill.kernels.hashes.hashing import load_tail
from corpusmill.machine_code.jit import inlined, kernel

_V0, _V1 = np.uint64(0x736F6D6570736575), np.uint64(0x646F72616E646F6D)
_V2, _V3 = np.uint64(0x6C7967656E657261), np.uint64(0x7465646279746573)
_P1, _P2 = np.uint64(11400714785074694791), np.uint64(14029467366897019727)
_P5 = np.uint64(2870177450012600261)
_PAIR = np.uint64(2 ^ 2870177450012600261 ^ 3527539)  # what a tuple of two adds at the end
_ONES, _ALL_ONES_PAIR = np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64(1546275796)
_TWO_BYTES, _FOUR_BYTES = 0xC4, 0xF0  # the least UTF-8 lead bytes of U+0100 and U+10000
_SIGN = np.uint64(1 << 63)
_SEEN = 8192  # slots for words seen lately: they stay in the nearer caches


def hash_key(seed: int) -> tuple[np.uint64, np.uint64]:
    """The key that CPython derives from PYTHONHASHSEED=`seed`: sixteen bytes of a linear congruential generator.

    >>> [hex(k) for k in hash_key(42)]
    ['0xdc504fd368cd90af', '0xb920bb9ffe99e9c1']
    """
    key, x = bytearray(), seed
    for _ in range(16):
        x = (x * 214013 + 2531011) % 2**32
        key.append(x >> 16 & 0xFF)
    return np.uint64(int.from_bytes(key[:8], "little")), np.uint64(int.from_bytes(key[8:], "little"))


@inlined
def _rotate(x: Any, bits: Any) -> Any:
    return (x << np.uint64(bits)) | (x >> np.uint64(64 - bits))


@inlined
def _round(v0: Any, v1: Any, v2: Any, v3: Any) -> Any:
    v0 += v1
    v2 += v3
    v1 = _rotate(v1, 13) ^ v0
    v3 = _rotate(v3, 16) ^ v2
    v0 = _rotate(v0, 32) + v3
    v2 += v1
    v3 = _rotate(v3, 21) ^ v0
    v1 = _rotate(v1, 17) ^ v2
    return v0, v1, _rotate(v2, 32), v3


@inlined
def _character(data: Any, at: Any) -> Any:
    """The code point at byte `at` of valid UTF-8, and the byte after it."""
    lead = np.uint32(data[at])
    size = 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    value = lead if size == 1 else lead & np.uint32(0xFF >> (size + 1))
    for i in range(1, size):
        value = np.uint32((value << np.uint32(6)) | (np.uint32(data[at + i]) & np.uint32(0x3F)))
    return value, at + size


@kernel
def string_hash(data: Any, start: Any, end: Any, k0: Any, k1: Any) -> Any:
    """`hash` of the string whose UTF-8 is data[start:end], as uint64 bits; `k0` and `k1` uint64 are the key."""
    if start == end:
        return np.uint64(0)
    v0, v1, v2, v3 = k0 ^ _V0, k1 ^ _V1, k0 ^ _V2, k1 ^ _V3
    highest = 0
    for at in range(start, end):
        highest = max(highest, data[at])
    if highest < 0x80:
        size = end - start
        at = start
        while end - at >= 8:
            word = peek64(address(data) + at)
            v0, v1, v2, v3 = _round(v0, v1, v2, v3 ^ word)
            v0 ^= word
            at += 8
        word = load_tail(address(data), at, end, len(data)) if at < end else np.uint64(0)
    else:
        width = 4 if highest >= _FOUR_BYTES else 2 if highest >= _TWO_BYTES else 1
        size = 0
        word = np.uint64(0)
        at = start
        while at < end:
            unit, at = _character(data, at)
            word |= np.uint64(unit) << np.uint64(8 * (size & 7))
            size += width
            if size & 7 == 0:
                v0, v1, v2, v3 = _round(v0, v1, v2, v3 ^ word)
                v0 ^= word
                word = np.uint64(0)
    word |= np.uint64(size & 0xFF) << np.uint64(56)
    v0, v1, v2, v3 = _round(v0, v1, v2, v3 ^ word)
    v0 ^= word
    v2 ^= np.uint64(0xFF)
    for _ in range(3):
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    value = v0 ^ v1 ^ v2 ^ v3
    return value - np.uint64(1) if value == _ONES else value


@inlined
def pair_hash(first: Any, second: Any) -> Any:
    """`hash` of a tuple of two elements with these hashes, all uint64 bits."""
    acc = _rotate(_P5 + first * _P2, 31) * _P1
    acc = _rotate(acc + second * _P2, 31) * _P1 + _PAIR
    return _ALL_ONES_PAIR if acc == _ONES else acc


@inlined
def _bucket(value: Any, buckets: Any) -> Any:
    """|value| mod buckets of a signed value in uint64 bits."""
    magnitude = ~value + np.uint64(1) if value & _SIGN else value
    return np.int64(magnitude % buckets)


@kernel
def string_hashes(data: Any, starts: Any, ends: Any, k0: Any, k1: Any, out: Any) -> None:
    """out[i] int64 = `hash` of the string whose UTF-8 is data[starts[i]:ends[i]]."""
    for i in range(starts.size):
        out[i] = np.int64(string_hash(data, starts[i], ends[i], k0, k1))


@kernel
def count_buckets(data: Any, starts: Any, ends: Any, offsets: Any, k0: Any, k1: Any, counts: Any) -> None:
    """Add the words and word bigrams of each document to counts int64[buckets].

    `starts` and `ends` are the words' byte spans in `data`, `offsets` int64[n+1] the first word of each document.
    """
    buckets = np.uint64(counts.size)
    for document in range(offsets.size - 1):
        previous = np.uint64(0)
        for i in range(offsets[document], offsets[document + 1]):
            value = string_hash(data, starts[i], ends[i], k0, k1)
            counts[_bucket(value, buckets)] += 1
            if i > offsets[document]:
                counts[_bucket(pair_hash(previous, value), buckets)] += 1
            previous = value


@inlined
def _add(sums: Any, lost: Any, weights: Any, bucket: Any) -> None:
    """Neumaier's summation of one row of weights: the result does not depend on the order of the words."""
    for j in range(sums.size):
        term = weights[bucket, j]
        total = sums[j] + term
        lost[j] += (sums[j] - total) + term if abs(sums[j]) >= abs(term) else (term - total) + sums[j]
        sums[j] = total


@kernel
def bucket_scores(
    data: Any, starts: Any, ends: Any, names: Any, offsets: Any, k0: Any, k1: Any, weights: Any, out: Any
) -> None:
    """out[d, j] float64 = the sum of weights[bucket, j] over the buckets of all words and word bigrams of document d.

    `starts` and `ends` are the words' byte spans in `data`, `names` uint64 tells words apart (equal words, equal
    names), `offsets` int64[n+1] the first word of each document, `weights` float64[buckets, targets]. Each word is
    hashed once for all targets, and words seen lately not even that: most words of a text are repeated. The sums are
    compensated: they differ from the exact ones by about one unit in the last place, however long the document.
    """
    buckets = np.uint64(weights.shape[0])
    sums, lost = np.empty(weights.shape[1]), np.empty(weights.shape[1])
    seen_names = np.zeros(_SEEN, np.uint64)
    seen_values = np.zeros(_SEEN, np.uint64)
    for empty in range(_SEEN):
        seen_names[empty] = np.uint64(empty + 1)  # a name that does not belong in this slot: nothing is seen yet
    for document in range(offsets.size - 1):
        sums[:] = 0.0
        lost[:] = 0.0
        previous = np.uint64(0)
        for i in range(offsets[document], offsets[document + 1]):
            slot: Any = np.int64(names[i] & np.uint64(_SEEN - 1))
            if seen_names[slot] == names[i]:
                value = seen_values[slot]
            else:
                value = string_hash(data, starts[i], ends[i], k0, k1)
                seen_names[slot], seen_values[slot] = names[i], value
            _add(sums, lost, weights, _bucket(value, buckets))
            if i > offsets[document]:
                _add(sums, lost, weights, _bucket(pair_hash(previous, value), buckets))
            previous = value
        for j in range(sums.size):
            out[document, j] = sums[j] + lost[j]
