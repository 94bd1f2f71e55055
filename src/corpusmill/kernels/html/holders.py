"""The lists and quotes that a line of Markdown stands in: what they put before it, and what parts it from the last."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.html.elements import HEADING, KINDS, NUMBERS, START, words_of
from corpusmill.kernels.html.escapes import put_prefix
from corpusmill.kernels.html.formulas import Parsed, value_of
from corpusmill.machine_code.jit import inlined, kernel

LI, QUOTE, PRE, LISTING, XMP, OL = (NUMBERS[name] for name in words_of("li blockquote pre listing xmp ol"))

# Open lists and quotes are told apart as far as their marks fit in here; deeper ones have none.
PREFIX_BYTES = 40
MOST_OPEN = 600

# Cells of the state of a page.
DEPTH, SIZE, FENCE, FENCE_MARKS, HEAD, HEAD_BYTES, MARKED = range(7)
STATE = 7
# Columns of open lists and quotes: the element, the number of an item or 0, bytes of its prefix and of all up to it,
# and whether one up to it is an item.
OPEN_ELEMENT, OPEN_NUMBER, OPEN_WIDTH, OPEN_SIZE, OPEN_ITEM = range(5)
OPEN_COLUMNS = 5

_BLANK, _NEWLINE, _GREATER, _MINUS, _DOT, _BACKTICK = b" \n>-.`"


@kernel
def hold(p: Parsed, first: int, last: int, holder: np.ndarray) -> None:
    """Of each element of a page the innermost list item, quote, heading or preformatted element, -1: none."""
    for element in range(first, last):
        tag, parent = p.tag[element], p.parent[element]
        above = holder[parent] if parent >= 0 else -1
        holds = tag in (LI, QUOTE, PRE, LISTING, XMP) or KINDS[tag] & HEADING
        if above >= 0 and p.tag[above] in (PRE, LISTING, XMP):
            holds = False
        holder[element] = element if holds else above


@inlined
def put(out: np.ndarray, at: int, byte: int, times: int) -> int:
    for i in range(times):
        out[at + i] = byte
    return at + times


@kernel
def _put_number(out: np.ndarray, at: int, number: int) -> int:
    digits = 1
    power = np.int64(10)
    while number >= power:
        digits += 1
        power *= 10
    for i in range(digits):
        power //= 10
        out[at + i] = 48 + number // power % 10
    return at + digits


@kernel
def _number_of(p: Parsed, item: int, values: np.ndarray) -> Any:
    """The number of a list item; 0: it has a bullet."""
    parent = p.parent[item]
    if parent < 0 or p.tag[parent] != OL:
        return np.int64(0)
    start, stop = value_of(p, parent, START, values)
    number: Any = np.int64(0)
    for at in range(max(start, 0), max(stop, 0)):
        if not 48 <= p.source[at] <= 57:
            break
        number = min(number * 10 + p.source[at] - 48, np.int64(900_000_000))
    if start < 0 or stop <= start or not 48 <= p.source[start] <= 57:
        number = 1
    return max(number + p.ordinal[item] - 1, 1)


@kernel
def _reopen(
    p: Parsed,
    holder: np.ndarray,
    innermost: int,
    s: np.ndarray,
    open_: np.ndarray,
    prefix: np.ndarray,
    values: np.ndarray,
) -> Any:
    """Bring the open lists and quotes to those around `innermost`; how many of those before are still open."""
    depth = s[DEPTH]
    while depth > 0:
        element = open_[depth - 1, OPEN_ELEMENT]
        if element <= innermost < p.stop[element]:
            break
        depth -= 1
    kept = depth
    # From the inside out, the elements that are to be opened; an element is opened once in a page.
    waiting = 0
    element = innermost
    lowest = open_[depth - 1, OPEN_ELEMENT] if depth else -1
    while element > lowest:
        if p.tag[element] in (LI, QUOTE):
            waiting += 1
        parent = p.parent[element]
        element = holder[parent] if parent >= 0 else -1
    new_depth = min(depth + waiting, MOST_OPEN)
    element = innermost
    at = depth + waiting
    while element > lowest:
        if p.tag[element] in (LI, QUOTE):
            at -= 1
            if at < MOST_OPEN:
                open_[at, OPEN_ELEMENT] = element
        parent = p.parent[element]
        element = holder[parent] if parent >= 0 else -1
    size = open_[depth - 1, OPEN_SIZE] if depth else 0
    in_item = open_[depth - 1, OPEN_ITEM] if depth else 0
    for level in range(depth, new_depth):
        element = open_[level, OPEN_ELEMENT]
        width = 2
        number = np.int64(0)
        if p.tag[element] == LI:
            in_item = 1
            number = _number_of(p, element, values)
            if number > 0:
                power = np.int64(10)
                width = 3
                while number >= power:
                    width += 1
                    power *= 10
        if size + width > PREFIX_BYTES:
            width = 0
        for i in range(width):
            prefix[size + i] = _GREATER if p.tag[element] == QUOTE and i == 0 else _BLANK
        size += width
        open_[level, OPEN_NUMBER], open_[level, OPEN_WIDTH] = number, width
        open_[level, OPEN_SIZE], open_[level, OPEN_ITEM] = size, in_item
    s[DEPTH], s[SIZE] = new_depth, size
    return kept


@kernel
def close_fence(s: np.ndarray, prefix: np.ndarray, out: np.ndarray, at: int) -> int:
    if s[FENCE] >= 0:
        out[at] = _NEWLINE
        at = put_prefix(prefix, s[SIZE], out, at + 1)
        at = put(out, at, _BACKTICK, s[FENCE_MARKS])
        s[FENCE] = -1
    return at


@inlined
def trimmed(prefix: np.ndarray, size: int) -> int:
    while size > 0 and prefix[size - 1] == _BLANK:
        size -= 1
    return size


@kernel
def begin_line(
    p: Parsed,
    innermost: int,
    holder: np.ndarray,
    begun: bool,
    s: np.ndarray,
    open_: np.ndarray,
    prefix: np.ndarray,
    values: np.ndarray,
    out: np.ndarray,
    at: int,
) -> int:
    """Begin a line for what stands in `innermost`: what parts it from the line before, and the marks of lists."""
    at = close_fence(s, prefix, out, at)
    was_in_item = s[DEPTH] > 0 and open_[s[DEPTH] - 1, OPEN_ITEM]
    kept = _reopen(p, holder, innermost, s, open_, prefix, values)
    items = 0
    for level in range(kept, s[DEPTH]):
        items += p.tag[open_[level, OPEN_ELEMENT]] == LI
    common = open_[kept - 1, OPEN_SIZE] if kept else 0
    if begun:
        out[at] = _NEWLINE
        at += 1
        if not (items and was_in_item):
            at = put_prefix(prefix, trimmed(prefix, common), out, at)
            out[at] = _NEWLINE
            at += 1
    at = put_prefix(prefix, common, out, at)
    for level in range(kept, s[DEPTH]):
        width = open_[level, OPEN_WIDTH]
        if width == 0:
            continue
        number = open_[level, OPEN_NUMBER]
        if p.tag[open_[level, OPEN_ELEMENT]] == QUOTE:
            out[at] = _GREATER
            at += 1
        elif number > 0:
            at = _put_number(out, at, number)
            out[at] = _DOT
            at += 1
        else:
            out[at] = _MINUS
            at += 1
        out[at] = _BLANK
        at += 1
    return at


@kernel
def put_verbatim(
    text: np.ndarray, start: int, end: int, prefix: np.ndarray, size: int, out: np.ndarray, at: int
) -> int:
    """Write `text[start:end]` as it is, `prefix[:size]` before each line but the first; no blanks on empty lines."""
    short = trimmed(prefix, size)
    for position in range(start, end):
        byte = text[position]
        out[at] = byte
        at += 1
        if byte == _NEWLINE:
            empty = position + 1 == end or text[position + 1] == _NEWLINE
            at = put_prefix(prefix, short if empty else size, out, at)
    return at
