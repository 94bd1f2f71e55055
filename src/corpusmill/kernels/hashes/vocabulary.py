"""Numbers for the distinct values of each document, in order of first occurrence, by open addressing.

A table has at least twice as many slots as values, so that probes stay short whatever the text repeats.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.hashes.hashing import mix
from corpusmill.machine_code.jit import kernel


@kernel
def table_size(values: Any) -> Any:
    """The smallest power of two that is at least twice `values`."""
    size = 16
    while size < 2 * values:
        size *= 2
    return size


@kernel
def number_values(values: Any, count: Any, table: Any, ids: Any, distinct: Any, counts: Any) -> Any:
    """Number the first `count` of `values` (uint64); returns how many are distinct.

    ids[i] = number of values[i]; `distinct` and `counts` hold each value and how often it occurs, by number.
    `table` int32 is scratch of at least `table_size(count)`.
    """
    size = table_size(count)
    last = np.uint64(size - 1)
    table[:size] = 0
    known = 0
    for i in range(count):
        value = values[i]
        slot = mix(value) & last
        while True:
            number = table[slot]
            if number == 0:
                known += 1
                table[slot] = known
                distinct[known - 1] = value
                counts[known - 1] = 1
                ids[i] = known - 1
                break
            if distinct[number - 1] == value:
                counts[number - 1] += 1
                ids[i] = number - 1
                break
            slot = (slot + np.uint64(1)) & last
    return known
