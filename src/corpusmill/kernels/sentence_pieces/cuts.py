"""Where words of a text begin and end: at blanks, bytes that a model makes blanks of, and around newlines where no
piece has one with anything else.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from corpusmill.kernels.bits import equal64, low_bits, peek8
from corpusmill.kernels.bits import trailing_zeros as zeros
from corpusmill.machine_code.jit import inlined


class Blanks(NamedTuple):
    """The bytes that are blanks: where they lie, and their number; and whether newlines stand alone."""

    at: int
    number: int
    parts_lines: bool


_ONE = np.uint64(1)
_NEWLINE = np.uint8(0x0A)


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
def begins64(at: Any, stop: Any, blanks: Any) -> Any:
    """A bit for each of the 64 bytes from `at` < `stop` on where a word begins with its blanks, but for the first one;
    for `stop`, too.
    """
    mask = blanks64(at, stop, blanks)
    begins = mask & ~(mask << _ONE)
    if blanks.parts_lines:
        lines = equal64(at, _NEWLINE)
        begins |= lines ^ (lines << _ONE)
    begins &= ~_ONE
    if stop - at < 64:
        begins = (begins & low_bits(stop - at)) | _ONE << np.uint64(stop - at)
    return begins


@inlined
def next_begin(at: Any, stop: Any, blanks: Any) -> Any:
    """Where the next word begins with its blanks behind the one at `at` < `stop`; `stop` without one."""
    while at < stop:
        begins = begins64(at, stop, blanks)
        if begins:
            return at + zeros(begins)
        at += 63  # the last byte is looked at again, since what is behind it decides
    return stop
