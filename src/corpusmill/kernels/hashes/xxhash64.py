"""XXH64 with seed 0 of byte spans, from the published description of the algorithm. Nothing past a span is read."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, peek8, peek32, peek64
from corpusmill.machine_code.jit import inlined, kernel

_P1, _P2 = np.uint64(0x9E3779B185EBCA87), np.uint64(0xC2B2AE3D27D4EB4F)
_P3, _P4 = np.uint64(0x165667B19E3779F9), np.uint64(0x85EBCA77C2B2AE63)
_P5 = np.uint64(0x27D4EB2F165667C5)
_U29, _U32, _U33 = np.uint64(29), np.uint64(32), np.uint64(33)
_FIRST, _SECOND, _FOURTH = (np.uint64(value % 2**64) for value in (int(_P1) + int(_P2), int(_P2), -int(_P1)))


@inlined
def _rotate(value: Any, bits: Any) -> Any:
    return value << np.uint64(bits) | value >> np.uint64(64 - bits)


@inlined
def _round(state: Any, chunk: Any) -> Any:
    return _rotate(state + chunk * _P2, 31) * _P1


@inlined
def _merge(state: Any, lane: Any) -> Any:
    return (state ^ _round(np.uint64(0), lane)) * _P1 + _P4


@inlined
def xxhash64(at: Any, end: Any) -> Any:
    """The hash of the bytes between two addresses."""
    length = np.uint64(end - at)
    if end - at >= 32:
        a, b, c, d = _FIRST, _SECOND, np.uint64(0), _FOURTH
        while end - at >= 32:
            a, b = _round(a, peek64(at)), _round(b, peek64(at + 8))
            c, d = _round(c, peek64(at + 16)), _round(d, peek64(at + 24))
            at += 32
        state = _rotate(a, 1) + _rotate(b, 7) + _rotate(c, 12) + _rotate(d, 18)
        state = _merge(_merge(_merge(_merge(state, a), b), c), d)
    else:
        state = _P5
    state += length
    while end - at >= 8:
        state = _rotate(state ^ _round(np.uint64(0), peek64(at)), 27) * _P1 + _P4
        at += 8
    if end - at >= 4:
        state = _rotate(state ^ np.uint64(peek32(at)) * _P1, 23) * _P2 + _P3
        at += 4
    while at < end:
        state = _rotate(state ^ np.uint64(peek8(at)) * _P5, 11) * _P1
        at += 1
    state = (state ^ state >> _U33) * _P2
    state = (state ^ state >> _U29) * _P3
    return state ^ state >> _U32


@kernel
def xxhash64_spans(data: Any, starts: Any, ends: Any, out: Any) -> None:
    """out[i] (uint64) = the hash of data[starts[i]:ends[i]].

    >>> out = np.zeros(1, np.uint64)
    >>> xxhash64_spans(np.frombuffer(b"abc", np.uint8), np.array([0]), np.array([3]), out)
    >>> hex(out[0])
    '0x44bc2cf5ad770999'
    """
    for i in range(starts.size):
        out[i] = xxhash64(address(data) + starts[i], address(data) + ends[i])
