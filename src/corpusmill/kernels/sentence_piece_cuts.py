"""Where words of a text begin and end: at blanks, bytes that a model makes blanks of."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from corpusmill.kernels.bits import equal64, low_bits, peek8
from corpusmill.kernels.bits import trailing_zeros as zeros
from corpusmill.kernels.jit import inlined


class Blanks(NamedTuple):
    """The bytes that are blanks: where they lie, and their number."""

    at: int
    number: int


@inlined
def blanks64(at: Any, stop: Any, blanks: Any) -> Any:
    """A bit for each of the 64 bytes from `at` < `stop` on that is a blank, or behind `stop`."""
    mask = np.uint64(0)
    for k in range(blanks.number):
        mask |= equal64(at, np.uint8(peek8(blanks.at + k)))
    return mask | ~low_bits(stop - at) if stop - at < 64 else mask


@inlined
def first_blank(at: Any, stop: Any, blanks: Any) -> Any:
    """`stop` without one."""
    while at < stop:
        mask = blanks64(at, stop, blanks)
        if mask:
            return at + zeros(mask)
        at += 64
    return stop


@inlined
def first_other(at: Any, stop: Any, blanks: Any) -> Any:
    """`stop` without one that is no blank."""
    while at < stop:
        mask = ~blanks64(at, stop, blanks)
        if mask:
            return at + zeros(mask)
        at += 64
    return stop


@inlined
def next_word(at: Any, stop: Any, blanks: Any, joins: Any) -> Any:
    """Begin and end of the next word, both `stop` where there is none: with the blanks before, but for `joins`."""
    begin = first_other(at, stop, blanks)
    end = first_blank(begin, stop, blanks)
    return (begin if joins else at), end
