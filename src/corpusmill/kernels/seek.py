"""Where a byte next occurs, eight bytes at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, peek64, trailing_zeros
from corpusmill.machine_code.jit import kernel

_ONES, _HIGH_BITS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)


@kernel
def seek(data: np.ndarray, position: int, byte: int) -> Any:
    """Where `byte` next occurs from `position`; the length of `data` where it does not."""
    size = len(data)
    wanted = np.uint64(byte) * _ONES
    at = address(data)
    while position + 8 <= size:
        differs = peek64(at + position) ^ wanted
        equal = (differs - _ONES) & ~differs & _HIGH_BITS  # its lowest bit marks the first equal byte
        if equal:
            return position + (np.int64(trailing_zeros(equal)) >> 3)
        position += 8
    while position < size and data[np.uint64(position)] != byte:  # unsigned: no test for an index from the end
        position += 1
    return position
