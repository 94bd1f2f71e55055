"""Pieces of bytes brought into another order."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.machine_code.jit import kernel


@kernel
def gather_bytes(data: Any, starts: Any, lengths: Any, out: Any) -> None:
    """out uint8 = data[starts[i] : starts[i] + lengths[i]] for each i in turn; pieces may overlap or repeat.

    Raises ValueError where a piece does not lie in `data`, or `out` has another length than all of them.
    """
    at = 0
    for i in range(len(starts)):
        start, length = starts[i], lengths[i]
        if start < 0 or length < 0 or start + length > len(data) or at + length > len(out):
            raise ValueError("a piece lies outside of its array")
        out[at : at + length] = data[start : start + length]
        at += length
    if at != len(out):
        raise ValueError("the pieces do not fill what they are gathered into")


def gathered(data: Any, starts: Any, lengths: Any) -> Any:
    """The pieces as one array of bytes.

    >>> bytes(gathered(np.frombuffer(b"abcdef", np.uint8), np.array([4, 0, 4]), np.array([2, 3, 1])))
    b'efabce'
    """
    out = np.empty(int(lengths.sum()), np.uint8)
    gather_bytes(data, starts, lengths, out)
    return out
