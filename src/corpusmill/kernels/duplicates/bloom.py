"""A blocked Bloom filter: every key sets its bits inside one block of 512 bits, so it costs one cache line.

A key is two uint64: the upper one chooses the block, the lower one the bits within it, 9 bits of it a probe. From the
eighth probe on, bits come from SplitMix64 of the lower half. Probes are independent of each other and may coincide.
A filter is uint64[blocks, 8], of fewer than 2³² blocks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, peek64, poke64, popcount, prefetch
from corpusmill.kernels.hashes.hashing import SPLITMIX_STEP, splitmix
from corpusmill.machine_code.jit import inlined, kernel

BLOCK_BITS, BLOCK_WORDS, BLOCK_BYTES = 512, 8, 64
PROBE_BITS = 9
PROBES_A_DRAW = 7  # 64 bits hold seven probes of nine
MOST_BLOCKS = 2**32 - 1
AHEAD = 16  # keys whose blocks are asked for before they are needed

_HALF, _LOW_HALF = np.uint64(32), np.uint64(0xFFFFFFFF)
_ONE, _IN_WORD, _SHIFT = np.uint64(1), np.uint64(63), np.uint64(PROBE_BITS)
_WORD = np.uint64(7)
_SIX = np.uint64(6)


@inlined
def block_of(upper: Any, blocks: Any) -> Any:
    """upper · blocks / 2⁶⁴, rounded down: every block has the same share of the keys."""
    low = (upper & _LOW_HALF) * blocks >> _HALF
    return ((upper >> _HALF) * blocks + low) >> _HALF


@inlined
def _place(filter_: Any, upper: Any, blocks: Any) -> Any:
    return filter_ + np.int64(block_of(upper, blocks)) * BLOCK_BYTES


@inlined
def _holds(block: Any, lower: Any, probes: Any) -> Any:
    """Whether all bits of a key are set in the block at an address."""
    draw, state = lower, lower
    for probe in range(probes):
        if probe and probe % PROBES_A_DRAW == 0:
            state += SPLITMIX_STEP
            draw = splitmix(state)
        if not peek64(block + 8 * np.int64(draw >> _SIX & _WORD)) >> (draw & _IN_WORD) & _ONE:
            return False
        draw >>= _SHIFT
    return True


@inlined
def _set(block: Any, lower: Any, probes: Any) -> Any:
    """Set the bits of a key; whether one of them was clear."""
    draw, state, new = lower, lower, False
    for probe in range(probes):
        if probe and probe % PROBES_A_DRAW == 0:
            state += SPLITMIX_STEP
            draw = splitmix(state)
        word = block + 8 * np.int64(draw >> _SIX & _WORD)
        before, bit = peek64(word), _ONE << (draw & _IN_WORD)
        new |= before & bit == 0
        poke64(word, before | bit)
        draw >>= _SHIFT
    return new


@kernel
def test_keys(filter_: Any, probes: Any, keys: Any, seen: Any) -> None:
    """seen[i] = whether the filter holds keys[i] (or takes it for one that it holds)."""
    blocks, bits = np.uint64(filter_.shape[0]), address(filter_)
    for i in range(keys.shape[0]):
        if i + AHEAD < keys.shape[0]:
            prefetch(_place(bits, keys[i + AHEAD, 0], blocks))
        seen[i] = _holds(_place(bits, keys[i, 0], blocks), keys[i, 1], probes)


@kernel
def add_keys(filter_: Any, probes: Any, keys: Any, seen: Any) -> Any:
    """Add the keys in their order; seen[i] = whether keys[i] was there already. Returns how many were not."""
    blocks, bits = np.uint64(filter_.shape[0]), address(filter_)
    added = 0
    for i in range(keys.shape[0]):
        if i + AHEAD < keys.shape[0]:
            prefetch(_place(bits, keys[i + AHEAD, 0], blocks))
        new = _set(_place(bits, keys[i, 0], blocks), keys[i, 1], probes)
        seen[i] = not new
        added += new
    return added


@kernel
def add_groups(filter_: Any, probes: Any, keys: Any, offsets: Any, limit: Any, held: Any, repeated: Any) -> Any:
    """Add the keys of those groups of which at most the part `limit` was there before any of the group was added.

    Group g has keys[offsets[g]:offsets[g + 1]]; held[g] = how many of them were there; repeated[g] = whether the group
    was left out: an empty one is not. Returns how many keys were new.
    """
    blocks, bits = np.uint64(filter_.shape[0]), address(filter_)
    added = 0
    for group in range(len(offsets) - 1):
        start, end = offsets[group], offsets[group + 1]
        found = 0
        for i in range(start, end):
            if i + AHEAD < keys.shape[0]:
                prefetch(_place(bits, keys[i + AHEAD, 0], blocks))
            found += _holds(_place(bits, keys[i, 0], blocks), keys[i, 1], probes)
        held[group] = found
        repeated[group] = end > start and found / (end - start) > limit
        if not repeated[group]:
            for i in range(start, end):
                added += _set(_place(bits, keys[i, 0], blocks), keys[i, 1], probes)
    return added


@kernel
def count_fills(filter_: Any, counts: Any) -> None:
    """counts[n] = blocks with n bits set; counts int64[513], overwritten."""
    counts[:] = 0
    for block in range(filter_.shape[0]):
        ones = 0
        for word in range(BLOCK_WORDS):
            ones += popcount(filter_[block, word])
        counts[ones] += 1
