"""Where the value of an attribute stands (WHATWG HTML §13.2.5.34 to §13.2.5.38)."""

from __future__ import annotations

import numpy as np

from corpusmill.kernels.html.bytes import blank
from corpusmill.kernels.seek import seek
from corpusmill.machine_code.jit import inlined


@inlined
def attribute_value(data: np.ndarray, position: int) -> tuple[int, int, int]:
    """Start and end of the value behind the name that ends at `position`, equal where it has none, and what is behind.

    A quoted value that no quote ends goes on to the end of the page.
    """
    size = len(data)
    while position < size and blank(data[position]):
        position += 1
    start = stop = position
    if position < size and data[position] == 0x3D:
        position += 1
        while position < size and blank(data[position]):
            position += 1
        if position < size and (data[position] == 0x22 or data[position] == 0x27):
            start = position + 1
            stop = seek(data, start, data[position])
            position = stop + 1
        else:
            start = position
            while position < size and not blank(data[position]) and data[position] != 0x3E:
                position += 1
            stop = position
    return start, stop, position
