"""A fixed 64-bit hash of short byte strings: multiply and fold, eight bytes at a time.

Strings of equal length up to 8 bytes never collide; others by chance of 2⁻⁶⁴.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, peek8, peek64
from corpusmill.machine_code.jit import inlined, kernel

SPLITMIX_STEP = np.uint64(0x9E3779B97F4A7C15)
_SPLITMIX_FIRST, _SPLITMIX_SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
LENGTH_FACTOR = np.uint64(0x9FB21C651E98DF25)
CHUNK_FACTOR = np.uint64(0xD6E8FEB86659FD93)
LAST_FACTOR = np.uint64(0xA24BAED4963EE407)
HALF = np.uint64(32)
# Added to eight bytes without their high bits, the last two set it from `A` on and behind `Z`.
_HIGH_BITS, _FROM_A, _BEHIND_Z = (np.uint64(byte * 0x0101010101010101) for byte in (0x80, 0x80 - 0x41, 0x80 - 0x5B))


@inlined
def begin(length: Any) -> Any:
    return np.uint64(length) * LENGTH_FACTOR


@inlined
def absorb(state: Any, chunk: Any) -> Any:
    state = (state ^ chunk) * CHUNK_FACTOR
    return state ^ (state >> HALF)


@inlined
def finish(state: Any) -> Any:
    state = state * LAST_FACTOR
    return state ^ (state >> HALF)


@inlined
def load_tail(data: Any, start: Any, end: Any, limit: Any) -> Any:
    """The bytes `start`..`end` (1 to 8) behind the address `data` as a number; reads nothing from `limit` on."""
    missing = np.uint64(64 - 8 * (end - start))
    if start + 8 <= limit:
        return peek64(data + start) << missing >> missing
    if end >= 8:
        return peek64(data + end - 8) >> missing
    chunk = np.uint64(0)
    at = end
    while at > start:
        at -= 1
        chunk = chunk << np.uint64(8) | np.uint64(peek8(data + at))
    return chunk


@inlined
def hash_bytes(data: Any, start: Any, end: Any, limit: Any) -> Any:
    """The hash of the bytes `start`..`end` behind the address `data`, of which `limit` may be read."""
    state = begin(end - start)
    while end - start > 8:
        state = absorb(state, peek64(data + start))
        start += 8
    if start < end:
        state = absorb(state, load_tail(data, start, end, limit))
    return finish(state)


@inlined
def in_lower_case(chunk: Any) -> Any:
    """Eight bytes with the capitals of ASCII as small letters."""
    low = chunk & ~_HIGH_BITS
    capitals = (low + _FROM_A) & ~(low + _BEHIND_Z) & ~chunk & _HIGH_BITS
    return chunk | capitals >> np.uint64(2)


@inlined
def hash_in_lower_case(data: Any, start: Any, end: Any, limit: Any) -> Any:
    """`hash_bytes` of the bytes with the capitals of ASCII as small letters."""
    state = begin(end - start)
    while end - start > 8:
        state = absorb(state, in_lower_case(peek64(data + start)))
        start += 8
    if start < end:
        state = absorb(state, in_lower_case(load_tail(data, start, end, limit)))
    return finish(state)


@kernel
def hash_spans(data: Any, starts: Any, ends: Any, hashes: Any) -> None:
    """hashes[i] = the hash of `data[starts[i]:ends[i]]`."""
    for i in range(len(starts)):
        hashes[i] = hash_bytes(address(data), starts[i], ends[i], len(data))


@inlined
def mix(value: Any) -> Any:
    """A bijection of 64 bits whose low and high bits are both usable as table slots."""
    value = (value ^ (value >> HALF)) * CHUNK_FACTOR
    return value ^ (value >> HALF)


@inlined
def splitmix(state: Any) -> Any:
    """SplitMix64 of a state: a bijection of 64 bits in which every bit depends on every other."""
    state = (state ^ (state >> np.uint64(30))) * _SPLITMIX_FIRST
    state = (state ^ (state >> np.uint64(27))) * _SPLITMIX_SECOND
    return state ^ (state >> np.uint64(31))


@kernel
def splitmix_each(values: Any, added: Any, out: Any) -> None:
    """out[i] = SplitMix64 of values[i] + added, all uint64."""
    for i in range(len(values)):
        out[i] = splitmix(values[i] + added)
