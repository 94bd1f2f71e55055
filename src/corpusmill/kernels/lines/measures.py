"""What is measured on the lines of texts: digits, counters such as "3,4k views", last characters."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.bits import SPACE, UPPER, WORD, address, peek8
from corpusmill.kernels.characters.categories import of_category
from corpusmill.kernels.characters.classify import any_bit, count_bits, window
from corpusmill.kernels.characters.utf8 import decode, width
from corpusmill.kernels.lines.pieces import text_end
from corpusmill.machine_code.jit import inlined, kernel

KELVIN = 0x212A  # k in lower case

# Of Unicode 14.0: digits of `str.isdigit` that are not of category Nd, as superscripts and digits in circles.
_OTHER_DIGITS = (
    (0xB2, 0xB3),
    (0xB9, 0xB9),
    (0x1369, 0x1371),
    (0x19DA, 0x19DA),
    (0x2070, 0x2070),
    (0x2074, 0x2079),
    (0x2080, 0x2089),
    (0x2460, 0x2468),
    (0x2474, 0x247C),
    (0x2488, 0x2490),
    (0x24EA, 0x24EA),
    (0x24F5, 0x24FD),
    (0x24FF, 0x24FF),
    (0x2776, 0x277E),
    (0x2780, 0x2788),
    (0x278A, 0x2792),
    (0x10A40, 0x10A43),
    (0x10E60, 0x10E68),
    (0x11052, 0x1105A),
    (0x1F100, 0x1F10A),
)


@functools.cache
def digit_table() -> npt.NDArray[np.bool_]:
    """[0x110000]: `str.isdigit` of each code point."""
    table = of_category("Nd").copy()
    for first, last in _OTHER_DIGITS:
        table[first : last + 1] = True
    return table


@kernel
def count_digits(data: Any, starts: Any, ends: Any, digits: Any, counts: Any) -> None:
    """counts int32 = code points of each piece that `digits` bool[0x110000] has."""
    for piece in range(len(starts)):
        count = 0
        at = starts[piece]
        while at < ends[piece]:
            byte = data[at]
            if byte < 0x80:
                count += 0x30 <= byte <= 0x39
                at += 1
            else:
                count += digits[decode(address(data) + at)]
                at += width(byte)
        counts[piece] = count


@kernel
def count_uppercase(masks: Any, blocks: Any, documents: Any, offsets: Any, starts: Any, ends: Any, counts: Any) -> None:
    """counts int32 = code points of each piece with `str.isupper()`."""
    for document in range(len(documents) - 1):
        base, origin = blocks[document], documents[document]
        for piece in range(offsets[document], offsets[document + 1]):
            start, end = starts[piece] - origin, ends[piece] - origin
            counts[piece] = count_bits(address(masks), base, UPPER, start, end)


@kernel
def find_last_chars(
    data: Any, masks: Any, blocks: Any, documents: Any, offsets: Any, starts: Any, ends: Any, found: Any, dots: Any
) -> None:
    """found int32 = the last code point of each piece that is no white space, -1 where there is none.

    dots int8 = how many full stops stand there in a row, at most 3.
    """
    for document in range(len(documents) - 1):
        base, origin = blocks[document], documents[document]
        for piece in range(offsets[document], offsets[document + 1]):
            start = starts[piece] - origin
            end = text_end(address(masks), base, start, ends[piece] - origin)
            found[piece] = -1
            dots[piece] = 0
            if end > start:
                at = origin + end - 1
                while data[at] & 0xC0 == 0x80:
                    at -= 1
                found[piece] = decode(address(data) + at)
                while dots[piece] < 3 and at >= origin + start and data[at] == 0x2E:
                    dots[piece] += 1
                    at -= 1


@inlined
def _lower(point: Any) -> Any:
    """Lower case of what can be an ASCII letter in lower case."""
    if 0x41 <= point <= 0x5A:
        return point + 0x20
    return 0x6B if point == KELVIN else point


@inlined
def _word_end(at: Any, end: Any, words: Any, offsets: Any) -> Any:
    """Where the first of `words` ends that begins at address `at`, in either case; `at` where none does."""
    for word in range(len(offsets) - 1):
        here = at
        letter = offsets[word]
        while letter < offsets[word + 1] and here < end and _lower(decode(here)) == words[letter]:
            here += width(peek8(here))
            letter += 1
        if letter == offsets[word + 1]:
            return here
    return at


@kernel
def find_counters(
    data: Any,
    masks: Any,
    blocks: Any,
    documents: Any,
    offsets: Any,
    starts: Any,
    ends: Any,
    digits: Any,
    words: Any,
    word_offsets: Any,
    found: Any,
) -> None:
    """found int8 = whether a piece is a number and one of `words`, with no other word around them.

    The number begins with a digit (`digits` bool[0x110000]), goes on with digits, commas and full stops, and may end in
    k, m or b; white space comes between it and the word. Case does not matter.
    """
    for document in range(len(documents) - 1):
        base, origin = blocks[document], documents[document]
        here, mask = address(data) + origin, address(masks)
        for piece in range(offsets[document], offsets[document + 1]):
            at, end = starts[piece] - origin, ends[piece] - origin
            found[piece] = 0
            while at < end and not window(mask, base, WORD, at, 1):
                at += 1
            if at == end or not digits[decode(here + at)]:
                continue
            while at < end and (peek8(here + at) in (0x2C, 0x2E) or digits[decode(here + at)]):
                at += width(peek8(here + at))
            if at < end and _lower(decode(here + at)) in (0x6B, 0x6D, 0x62):
                at += width(peek8(here + at))
            space = at
            while at < end and window(mask, base, SPACE, at, 1):
                at += 1
            if at in (space, end):
                continue
            stop = _word_end(here + at, here + end, words, word_offsets) - here
            found[piece] = stop > at and not any_bit(mask, base, WORD, stop, end)
