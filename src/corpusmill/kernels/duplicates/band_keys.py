"""Keys of 128 bits for groups of 32-bit values: four multilinear hashes side by side.

A multilinear hash is the upper half of m_0 + Σ m_(i+1)·s_i mod 2^64 (Lemire and Kaser 2014, "Strongly universal string
hashing is fast"): over the draw of the 64-bit numbers m, two different lists of 32-bit values of equal length collide
with probability 2^-32, whatever the values. Four independent draws: 2^-128.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.machine_code.jit import kernel

LANES = 4
_HALF = np.uint64(32)
_UPPER = np.uint64(0xFFFFFFFF00000000)


@kernel
def band_rows(values: Any, present: Any, first: Any, factors: Any, starts: Any, out: Any) -> int:
    """Write a row (upper half of the key, lower half, number) per band of each present document; returns their count.

    values uint32[documents, at least bands·rows], of which band k has the columns k·rows … (k+1)·rows - 1;
    present bool[documents]; first uint64: number of the first document; factors uint64[rows, 4];
    starts uint64[bands, 4], the sums before the first value; out uint64[at least present·bands, 3].
    """
    filled = 0
    number = first
    for i in range(present.size):
        if present[i]:
            for band in range(starts.shape[0]):
                a, b, c, d = starts[band, 0], starts[band, 1], starts[band, 2], starts[band, 3]
                begin = band * factors.shape[0]
                for row in range(factors.shape[0]):
                    value = np.uint64(values[i, begin + row])
                    a += factors[row, 0] * value
                    b += factors[row, 1] * value
                    c += factors[row, 2] * value
                    d += factors[row, 3] * value
                out[filled, 0] = (a & _UPPER) | (b >> _HALF)
                out[filled, 1] = (c & _UPPER) | (d >> _HALF)
                out[filled, 2] = number
                filled += 1
        number += np.uint64(1)
    return filled
