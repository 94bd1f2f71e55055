"""Decimal rounding equal to Python's `round(x, digits)`: half to even on the exact binary value.

x·10ⁿ is formed together with its rounding error (10ⁿ = 2ⁿ·5ⁿ has few significant bits, so the products of the split x
are exact); both decide where x lies between two neighbours, and integer / 10ⁿ is the correctly rounded quotient.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.machine_code.jit import kernel

_SPLIT = 134217729.0  # 2²⁷ + 1: Veltkamp's splitting into two halves of 26 bits


@kernel
def _round(values: Any, scale: Any, limit: Any, out: Any) -> Any:
    """Returns how many values are too large for this method; they are copied."""
    large = 0
    for i in range(len(values)):
        value = values[i]
        if not abs(value) < limit:
            out[i] = value
            large += math.isfinite(value)
            continue
        magnitude = abs(value)
        spread = magnitude * _SPLIT
        upper = spread - (spread - magnitude)
        product = magnitude * scale
        error = (upper * scale - product) + (magnitude - upper) * scale
        whole = math.floor(product)
        above = product - whole - 0.5
        if above > 0 or (above == 0 and (error > 0 or (error == 0 and whole % 2 == 1))):
            whole += 1
        out[i] = math.copysign(whole / scale, value)
    return large


def round_decimals(values: npt.NDArray[np.float64], digits: int = 8) -> npt.NDArray[np.float64]:
    """`round(x, digits)` of every value, 0 ≤ digits ≤ 8; infinities and NaN stay.

    >>> round_decimals(np.array([1 / 512, 2 / 3])).tolist()
    [0.00195312, 0.66666667]
    """
    values = np.ascontiguousarray(values, np.float64)
    out = np.empty_like(values)
    limit = 2.0**52 / 10**digits
    if _round(values, float(10**digits), limit, out):
        for i in np.flatnonzero(np.isfinite(values) & (np.abs(values) >= limit)):
            out[i] = round(float(values[i]), digits)
    return out
