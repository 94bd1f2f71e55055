"""SHA-1 of many byte slices side by side: the leading 32 or 64 bits of each digest.

Slices with the same number of 64-byte blocks fill the lanes together. Everything is stored as [word, lane], and a whole
compression is one straight-line loop body over lanes, so that the compiler keeps the five state words and the sixteen
schedule words of all lanes in vector registers. Slices may overlap and are read where they lie, one block at a time, so
memory is bounded by one tile however long a slice is, and time is linear in the bytes of the slices.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.transpose import WIDTH, load_transposed
from corpusmill.machine_code.jit import inlined, kernel

LANES = 2 * WIDTH  # two vectors: their dependency chains overlap
TILE_SLICES = 4096  # slices that are sorted by their number of blocks at a time

_BUCKETS = 32  # slices of more blocks than this share one bucket
_SLACK = 128  # bytes that may be read past the end of the last slice
_INITIAL = np.array([0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0], np.uint32)
_K0, _K1, _K2, _K3 = (np.uint32(k) for k in (0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6))
_U1, _U2, _U5, _U27, _U30, _U31 = (np.uint32(n) for n in (1, 2, 5, 27, 30, 31))


@inlined
def _rotate(x: Any, bits: Any) -> Any:
    return np.uint32((x << np.uint32(bits)) | (x >> np.uint32(32 - bits)))


@inlined
def _choose4(a: Any, b: Any, c: Any, d: Any, e: Any, w0: Any, w1: Any, w2: Any, w3: Any) -> Any:
    e, b = np.uint32(np.uint32(e + _K0 + w0 + (d ^ (b & (c ^ d)))) + _rotate(a, 5)), _rotate(b, 30)
    d, a = np.uint32(np.uint32(d + _K0 + w1 + (c ^ (a & (b ^ c)))) + _rotate(e, 5)), _rotate(a, 30)
    c, e = np.uint32(np.uint32(c + _K0 + w2 + (b ^ (e & (a ^ b)))) + _rotate(d, 5)), _rotate(e, 30)
    b, d = np.uint32(np.uint32(b + _K0 + w3 + (a ^ (d & (e ^ a)))) + _rotate(c, 5)), _rotate(d, 30)
    return b, c, d, e, a


@inlined
def _parity4(a: Any, b: Any, c: Any, d: Any, e: Any, w0: Any, w1: Any, w2: Any, w3: Any, k: Any) -> Any:
    e, b = np.uint32(np.uint32(e + k + w0 + (b ^ c ^ d)) + _rotate(a, 5)), _rotate(b, 30)
    d, a = np.uint32(np.uint32(d + k + w1 + (a ^ b ^ c)) + _rotate(e, 5)), _rotate(a, 30)
    c, e = np.uint32(np.uint32(c + k + w2 + (e ^ a ^ b)) + _rotate(d, 5)), _rotate(e, 30)
    b, d = np.uint32(np.uint32(b + k + w3 + (d ^ e ^ a)) + _rotate(c, 5)), _rotate(d, 30)
    return b, c, d, e, a


@inlined
def _majority4(a: Any, b: Any, c: Any, d: Any, e: Any, w0: Any, w1: Any, w2: Any, w3: Any) -> Any:
    e, b = np.uint32(np.uint32(e + _K2 + w0 + ((b & c) | (d & (b | c)))) + _rotate(a, 5)), _rotate(b, 30)
    d, a = np.uint32(np.uint32(d + _K2 + w1 + ((a & b) | (c & (a | b)))) + _rotate(e, 5)), _rotate(a, 30)
    c, e = np.uint32(np.uint32(c + _K2 + w2 + ((e & a) | (b & (e | a)))) + _rotate(d, 5)), _rotate(e, 30)
    b, d = np.uint32(np.uint32(b + _K2 + w3 + ((d & e) | (a & (d | e)))) + _rotate(c, 5)), _rotate(d, 30)
    return b, c, d, e, a


@inlined
def _schedule4(
    w0: Any,
    w1: Any,
    w2: Any,
    w3: Any,
    w4: Any,
    w5: Any,
    w8: Any,
    w9: Any,
    w10: Any,
    w11: Any,
    w13: Any,
    w14: Any,
    w15: Any,
) -> Any:
    w0 = _rotate(w13 ^ w8 ^ w2 ^ w0, 1)
    w1 = _rotate(w14 ^ w9 ^ w3 ^ w1, 1)
    w2 = _rotate(w15 ^ w10 ^ w4 ^ w2, 1)
    w3 = _rotate(w0 ^ w11 ^ w5 ^ w3, 1)
    return w0, w1, w2, w3


@kernel
def _compress(state: Any, w: Any) -> None:
    """One block of all lanes: state uint32[5, LANES], w uint32[16, LANES]."""
    for lane in range(LANES):
        a, b, c, d, e = state[0, lane], state[1, lane], state[2, lane], state[3, lane], state[4, lane]
        w0, w1 = w[0, lane], w[1, lane]
        w2, w3 = w[2, lane], w[3, lane]
        w4, w5 = w[4, lane], w[5, lane]
        w6, w7 = w[6, lane], w[7, lane]
        w8, w9 = w[8, lane], w[9, lane]
        w10, w11 = w[10, lane], w[11, lane]
        w12, w13 = w[12, lane], w[13, lane]
        w14, w15 = w[14, lane], w[15, lane]
        a, b, c, d, e = _choose4(a, b, c, d, e, w0, w1, w2, w3)
        a, b, c, d, e = _choose4(a, b, c, d, e, w4, w5, w6, w7)
        a, b, c, d, e = _choose4(a, b, c, d, e, w8, w9, w10, w11)
        a, b, c, d, e = _choose4(a, b, c, d, e, w12, w13, w14, w15)
        w0, w1, w2, w3 = _schedule4(w0, w1, w2, w3, w4, w5, w8, w9, w10, w11, w13, w14, w15)
        a, b, c, d, e = _choose4(a, b, c, d, e, w0, w1, w2, w3)
        w4, w5, w6, w7 = _schedule4(w4, w5, w6, w7, w8, w9, w12, w13, w14, w15, w1, w2, w3)
        a, b, c, d, e = _parity4(a, b, c, d, e, w4, w5, w6, w7, _K1)
        w8, w9, w10, w11 = _schedule4(w8, w9, w10, w11, w12, w13, w0, w1, w2, w3, w5, w6, w7)
        a, b, c, d, e = _parity4(a, b, c, d, e, w8, w9, w10, w11, _K1)
        w12, w13, w14, w15 = _schedule4(w12, w13, w14, w15, w0, w1, w4, w5, w6, w7, w9, w10, w11)
        a, b, c, d, e = _parity4(a, b, c, d, e, w12, w13, w14, w15, _K1)
        w0, w1, w2, w3 = _schedule4(w0, w1, w2, w3, w4, w5, w8, w9, w10, w11, w13, w14, w15)
        a, b, c, d, e = _parity4(a, b, c, d, e, w0, w1, w2, w3, _K1)
        w4, w5, w6, w7 = _schedule4(w4, w5, w6, w7, w8, w9, w12, w13, w14, w15, w1, w2, w3)
        a, b, c, d, e = _parity4(a, b, c, d, e, w4, w5, w6, w7, _K1)
        w8, w9, w10, w11 = _schedule4(w8, w9, w10, w11, w12, w13, w0, w1, w2, w3, w5, w6, w7)
        a, b, c, d, e = _majority4(a, b, c, d, e, w8, w9, w10, w11)
        w12, w13, w14, w15 = _schedule4(w12, w13, w14, w15, w0, w1, w4, w5, w6, w7, w9, w10, w11)
        a, b, c, d, e = _majority4(a, b, c, d, e, w12, w13, w14, w15)
        w0, w1, w2, w3 = _schedule4(w0, w1, w2, w3, w4, w5, w8, w9, w10, w11, w13, w14, w15)
        a, b, c, d, e = _majority4(a, b, c, d, e, w0, w1, w2, w3)
        w4, w5, w6, w7 = _schedule4(w4, w5, w6, w7, w8, w9, w12, w13, w14, w15, w1, w2, w3)
        a, b, c, d, e = _majority4(a, b, c, d, e, w4, w5, w6, w7)
        w8, w9, w10, w11 = _schedule4(w8, w9, w10, w11, w12, w13, w0, w1, w2, w3, w5, w6, w7)
        a, b, c, d, e = _majority4(a, b, c, d, e, w8, w9, w10, w11)
        w12, w13, w14, w15 = _schedule4(w12, w13, w14, w15, w0, w1, w4, w5, w6, w7, w9, w10, w11)
        a, b, c, d, e = _parity4(a, b, c, d, e, w12, w13, w14, w15, _K3)
        w0, w1, w2, w3 = _schedule4(w0, w1, w2, w3, w4, w5, w8, w9, w10, w11, w13, w14, w15)
        a, b, c, d, e = _parity4(a, b, c, d, e, w0, w1, w2, w3, _K3)
        w4, w5, w6, w7 = _schedule4(w4, w5, w6, w7, w8, w9, w12, w13, w14, w15, w1, w2, w3)
        a, b, c, d, e = _parity4(a, b, c, d, e, w4, w5, w6, w7, _K3)
        w8, w9, w10, w11 = _schedule4(w8, w9, w10, w11, w12, w13, w0, w1, w2, w3, w5, w6, w7)
        a, b, c, d, e = _parity4(a, b, c, d, e, w8, w9, w10, w11, _K3)
        w12, w13, w14, w15 = _schedule4(w12, w13, w14, w15, w0, w1, w4, w5, w6, w7, w9, w10, w11)
        a, b, c, d, e = _parity4(a, b, c, d, e, w12, w13, w14, w15, _K3)
        state[0, lane] += a
        state[1, lane] += b
        state[2, lane] += c
        state[3, lane] += d
        state[4, lane] += e


@kernel
def _load(data: Any, base: Any, w: Any) -> None:
    """The 64 bytes from data[base[lane]] of every lane as big-endian words, transposed into w uint32[16, LANES]."""
    for lane in range(0, LANES, WIDTH):
        load_transposed(data.ctypes.data, base[lane:].ctypes.data, w[0, lane:].ctypes.data, np.uintp(LANES))


@kernel
def _pad(remaining: Any, w: Any) -> None:
    """Clear what lies past the end of each lane and set the closing bit; `remaining` bytes may be negative or > 64."""
    for t in range(16):
        for lane in range(LANES):
            count = np.int32(remaining[lane] - np.int32(4 * t))
            bits = np.uint32((count & np.int32(3)) << np.int32(3))
            word = w[t, lane]
            closed = np.uint32((word & ~(np.uint32(0xFFFFFFFF) >> bits)) | (np.uint32(0x80000000) >> bits))
            w[t, lane] = word if count >= 4 else (closed if count >= 0 else np.uint32(0))


@kernel
def _hash_group(data: Any, starts: Any, ends: Any, members: Any, out: Any) -> None:
    """Hash the slices `members` int64[LANES] (repeats allowed); write their first state words, byte-swapped."""
    state, w = np.empty((5, LANES), np.uint32), np.empty((16, LANES), np.uint32)
    base, lengths, blocks = np.empty(LANES, np.int64), np.empty(LANES, np.int64), np.empty(LANES, np.int64)
    remaining = np.empty(LANES, np.int32)
    for lane in range(LANES):
        base[lane] = starts[members[lane]]
        lengths[lane] = ends[members[lane]] - base[lane]
        blocks[lane] = (lengths[lane] + 8) // 64 + 1  # the closing bit and the length take nine bytes
        for i in range(5):
            state[i, lane] = _INITIAL[i]
    shortest, fewest, most = lengths.min(), blocks.min(), blocks.max()
    for k in range(most):
        _load(data, base, w)
        if 64 * (k + 1) > shortest:
            for lane in range(LANES):
                remaining[lane] = max(-64, min(64, lengths[lane] - 64 * k))
            _pad(remaining, w)
        if k + 1 >= fewest:
            for lane in range(LANES):
                if blocks[lane] == k + 1:
                    w[14, lane], w[15, lane] = np.uint32(lengths[lane] >> 29), np.uint32(lengths[lane] << 3)
        _compress(state, w)
        if k + 1 >= fewest:
            for lane in range(LANES):
                if blocks[lane] == k + 1:
                    for i in range(out.shape[1]):
                        x = state[i, lane]
                        out[members[lane], i] = (
                            (x >> np.uint32(24))
                            | ((x >> np.uint32(8)) & np.uint32(0xFF00))
                            | ((x << np.uint32(8)) & np.uint32(0xFF0000))
                            | (x << np.uint32(24))
                        )
        for lane in range(LANES):
            if blocks[lane] > k + 1:  # a finished lane reads its last block again: harmless and within bounds
                base[lane] += 64


@kernel
def _hash_tile(data: Any, starts: Any, ends: Any, out: Any) -> None:
    """Sort the slices by their number of blocks and hash them LANES at a time."""
    count = starts.size
    first = np.zeros(_BUCKETS + 2, np.int64)
    for i in range(count):
        first[min((ends[i] - starts[i] + 8) // 64, _BUCKETS) + 1] += 1
    for bucket in range(_BUCKETS):
        first[bucket + 1] += first[bucket]
    order = np.empty(count + LANES, np.int64)
    for i in range(count):
        bucket = min((ends[i] - starts[i] + 8) // 64, _BUCKETS)
        order[first[bucket]] = i
        first[bucket] += 1
    order[count:] = order[count - 1]
    for i in range(0, count, LANES):
        _hash_group(data, starts, ends, order[i : i + LANES], out)


@kernel
def leading_words(data: Any, starts: Any, ends: Any, out: Any) -> None:
    """out[i] = the first four bytes of SHA-1(data[starts[i]:ends[i]]), read as little-endian uint32.

    `data` uint8, `starts` and `ends` int64, `out` uint32. Slices may overlap and may be empty.

    >>> out = np.zeros(1, np.uint32)
    >>> leading_words(np.frombuffer(b"abc", np.uint8), np.array([0]), np.array([3]), out)
    >>> out.tobytes().hex()
    'a9993e36'
    """
    _leading(data, starts, ends, out.reshape(-1, 1))


@kernel
def leading_pairs(data: Any, starts: Any, ends: Any, out: Any) -> None:
    """The same of the first eight bytes, read as little-endian uint64: `out` is uint64.

    >>> out = np.zeros(1, np.uint64)
    >>> leading_pairs(np.frombuffer(b"abc", np.uint8), np.array([0]), np.array([3]), out)
    >>> out.tobytes().hex()
    'a9993e364706816a'
    """
    _leading(data, starts, ends, out.view(np.uint32).reshape(-1, 2))


@kernel
def _leading(data: Any, starts: Any, ends: Any, out: Any) -> None:
    for i in range(0, starts.size, TILE_SLICES):
        stop = min(i + TILE_SLICES, starts.size)
        tile_starts, tile_ends, tile_out = starts[i:stop], ends[i:stop], out[i:stop]
        lowest, highest = tile_starts.min(), tile_ends.max()
        if highest + _SLACK <= data.size:
            _hash_tile(data, tile_starts, tile_ends, tile_out)
        else:  # whole vectors would be read past the end: work on a copy with room behind it
            copy = np.zeros(highest - lowest + _SLACK, np.uint8)
            copy[: highest - lowest] = data[lowest:highest]
            _hash_tile(copy, tile_starts - lowest, tile_ends - lowest, tile_out)
