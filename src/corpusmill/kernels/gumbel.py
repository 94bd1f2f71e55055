"""Weights disturbed by noise that depends on a seed and an id alone: whoever draws, and when, draws the same."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from corpusmill.kernels.bits import address
from corpusmill.kernels.hashing import hash_bytes
from corpusmill.kernels.jit import inlined, kernel

_STEP = np.uint64(0x9E3779B97F4A7C15)  # SplitMix64
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_HALF = np.float64(0.5)


@inlined
def _scramble(state: Any) -> Any:
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    return state ^ (state >> np.uint64(31))


@kernel
def add_gumbel(values: Any, data: Any, offsets: Any, seed: Any, out: Any) -> None:
    """out[i] float64 = values[i] + a standard Gumbel variate of `seed` uint64 and the id data[offsets[i]:offsets[i+1]].

    The logarithms are the C library's, one at a time: NumPy's own differ between processors in the last bit.
    """
    key = _scramble((seed + np.uint64(1)) * _STEP)
    for i in range(len(values)):
        bits = _scramble(hash_bytes(address(data), offsets[i], offsets[i + 1], len(data)) ^ key)
        uniform = (np.float64(np.int64(bits >> np.uint64(11))) + _HALF) * 2.0**-53  # inside (0, 1)
        out[i] = values[i] - math.log(-math.log(uniform))
