"""Weights disturbed by noise that depends on a seed and an id alone: whoever draws, and when, draws the same."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from corpusmill.kernels.bits import address
from corpusmill.kernels.hashes.hashing import SPLITMIX_STEP, hash_bytes, splitmix
from corpusmill.machine_code.jit import kernel

_HALF = np.float64(0.5)


@kernel
def add_gumbel(values: Any, data: Any, offsets: Any, seed: Any, out: Any) -> None:
    """out[i] float64 = values[i] + a standard Gumbel variate of `seed` uint64 and the id data[offsets[i]:offsets[i+1]].

    The logarithms are the C library's, one at a time: NumPy's own differ between processors in the last bit.
    """
    key = splitmix((seed + np.uint64(1)) * SPLITMIX_STEP)
    for i in range(len(values)):
        bits = splitmix(hash_bytes(address(data), offsets[i], offsets[i + 1], len(data)) ^ key)
        uniform = (np.float64(np.int64(bits >> np.uint64(11))) + _HALF) * 2.0**-53  # inside (0, 1)
        out[i] = values[i] - math.log(-math.log(uniform))
