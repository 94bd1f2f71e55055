"""The slow plain oracles of the hashing kernels: hashlib and NumPy, one document at a time, as the references do it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

_MASK = 0xFFFFFFFFFFFFFFFF
_MERSENNE = np.uint64(2**61 - 1)
_LOW = np.uint64(0xFFFFFFFF)


def sha1_signature(
    words: Sequence[str], a: npt.NDArray[np.uint64], b: npt.NDArray[np.uint64], ngram_words: int = 13
) -> npt.NDArray[np.uint32] | None:
    """RedPajama-V2 §11: SHA-1 of each distinct n-gram, all permutations, the minimum; None if there is no n-gram."""
    if len(words) < ngram_words:
        return None
    ngrams = {" ".join(words[i : i + ngram_words]) for i in range(len(words) - ngram_words + 1)}
    hashes = [int.from_bytes(hashlib.sha1(ngram.encode()).digest()[:4], "little") for ngram in ngrams]
    values = np.array(hashes, np.uint64)[:, None] * a + b  # wraps at 2^64, as the reference does
    least: npt.NDArray[np.uint64] = ((values % _MERSENNE) & _LOW).min(axis=0)
    return least.astype(np.uint32)


def rolling_signature(
    hashes: Sequence[int], ngram_words: int, multiplier: int, a: Sequence[int], b: Sequence[int]
) -> list[int] | None:
    """Our own signature from word hashes, with plain integers and no rolling; None if there is no n-gram."""
    if len(hashes) < ngram_words:
        return None
    mixed = []
    for i in range(len(hashes) - ngram_words + 1):
        x = 0
        for word in hashes[i : i + ngram_words]:
            x = (x * multiplier + word) & _MASK
        x = (x ^ (x >> 33)) * 0xFF51AFD7ED558CCD & _MASK
        x = (x ^ (x >> 33)) * 0xC4CEB9FE1A85EC53 & _MASK
        mixed.append(x ^ (x >> 33))
    return [min((p * x + q) & _MASK for x in mixed) >> 32 for p, q in zip(a, b, strict=True)]


def _rotate(x: int, bits: int) -> int:
    return ((x << bits) | (x >> (64 - bits))) & _MASK


def siphash13(data: bytes, k0: int, k1: int) -> int:
    """SipHash-1-3 of `data`: one round per 8-byte word, three at the end; unsigned 64 bits."""
    v0, v1 = k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D
    v2, v3 = k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573

    def mix(v0: int, v1: int, v2: int, v3: int) -> tuple[int, int, int, int]:
        v0 = (v0 + v1) & _MASK
        v1 = _rotate(v1, 13) ^ v0
        v0 = _rotate(v0, 32)
        v2 = (v2 + v3) & _MASK
        v3 = _rotate(v3, 16) ^ v2
        v0 = (v0 + v3) & _MASK
        v3 = _rotate(v3, 21) ^ v0
        v2 = (v2 + v1) & _MASK
        v1 = _rotate(v1, 17) ^ v2
        return v0, v1, _rotate(v2, 32), v3

    whole = len(data) // 8 * 8
    last = (len(data) & 0xFF) << 56 | int.from_bytes(data[whole:], "little")
    for m in [*(int.from_bytes(data[i : i + 8], "little") for i in range(0, whole, 8)), last]:
        v3 ^= m
        v0, v1, v2, v3 = mix(v0, v1, v2, v3)
        v0 ^= m
    v2 ^= 0xFF
    for _ in range(3):
        v0, v1, v2, v3 = mix(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


def xxhash64(data: bytes) -> int:
    """XXH64 with seed 0."""
    p1, p2, p3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
    p4, p5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5

    def number(start: int, size: int) -> int:
        return int.from_bytes(data[start : start + size], "little")

    def turned(lane: int, chunk: int) -> int:
        return _rotate((lane + chunk * p2) & _MASK, 31) * p1 & _MASK

    at, state = 0, p5
    if len(data) >= 32:
        lanes = [(p1 + p2) & _MASK, p2, 0, -p1 & _MASK]
        while at + 32 <= len(data):
            lanes = [turned(lane, number(at + 8 * k, 8)) for k, lane in enumerate(lanes)]
            at += 32
        state = sum(_rotate(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18), strict=True)) & _MASK
        for lane in lanes:
            state = ((state ^ turned(0, lane)) * p1 + p4) & _MASK
    state = (state + len(data)) & _MASK
    while at + 8 <= len(data):
        state = (_rotate(state ^ turned(0, number(at, 8)), 27) * p1 + p4) & _MASK
        at += 8
    if at + 4 <= len(data):
        state = (_rotate(state ^ number(at, 4) * p1 & _MASK, 23) * p2 + p3) & _MASK
        at += 4
    for byte in data[at:]:
        state = _rotate(state ^ byte * p5 & _MASK, 11) * p1 & _MASK
    state = (state ^ state >> 33) * p2 & _MASK
    state = (state ^ state >> 29) * p3 & _MASK
    return state ^ state >> 32


def storage(word: str) -> bytes:
    """CPython's internal storage of a string: the narrowest of Latin-1, UTF-16LE and UTF-32LE units."""
    highest = max(map(ord, word), default=0)
    return word.encode("latin-1" if highest <= 0xFF else "utf-16-le" if highest <= 0xFFFF else "utf-32-le")


def string_hash(word: str, k0: int, k1: int) -> int:
    """CPython 3.11 `hash(word)` under the hash key k0, k1; signed."""
    if not word:
        return 0
    value = siphash13(storage(word), k0, k1)
    value -= (value >> 63) << 64
    return -2 if value == -1 else value


def tuple_hash(hashes: Sequence[int]) -> int:
    """CPython `hash` of a tuple whose elements have `hashes`; signed."""
    acc = 2870177450012600261
    for item in hashes:
        acc = (acc + (item & _MASK) * 14029467366897019727) & _MASK
        acc = _rotate(acc, 31) * 11400714785074694791 & _MASK
    acc = (acc + (len(hashes) ^ 2870177450012600261 ^ 3527539)) & _MASK
    if acc == _MASK:
        return 1546275796
    return acc - ((acc >> 63) << 64)


def bucket_counts(words: Sequence[str], buckets: int, k0: int, k1: int) -> npt.NDArray[np.int64]:
    """RedPajama-V2 §8: counts of all words and word bigrams over `buckets` hash buckets."""
    hashes = [string_hash(word, k0, k1) for word in words]
    counts = np.zeros(buckets, np.int64)
    for value in [*hashes, *(tuple_hash(pair) for pair in pairwise(hashes))]:
        counts[abs(value) % buckets] += 1
    return counts
