"""Where texts are cut before byte-level BPE merges what is between: the published ways, by hand instead of by regular
expression. reference.py, the plain oracle, has the expressions.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.bits import address, peek8
from corpusmill.kernels.characters.categories import of_category
from corpusmill.kernels.characters.utf8 import decode, width
from corpusmill.machine_code.jit import inlined, kernel

# Bits of a code point's kind. RAISED and LOWERED are what o200k takes for the first and the second part of a word.
LETTER, NUMBER, SPACE, NEWLINE, RAISED, LOWERED, UNSURE, COMPOSES = (1 << bit for bit in range(8))
_PLAIN = LETTER | NUMBER | SPACE
POINTS = 0x200000  # what four bytes can say that are no UTF-8 included: nothing outside is read
WHITE_SPACE = (*range(9, 14), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
_PICTOGRAPHS = slice(0x1F000, 0x1FB00)  # what is not assigned here yet will be a symbol, as all the rest is

GPT2, CL100K, O200K = range(3)  # families


class Cut(NamedTuple):
    """A way to cut: the family and where its members differ."""

    family: int
    most_digits: int = 3  # in one piece, of CL100K and O200K
    blanks_end_whole: bool = False  # blanks at the end of a text are one piece, whatever newlines are in them


@functools.cache
def cut_kinds() -> npt.NDArray[np.uint8]:
    """[POINTS]: the kind of each code point by Unicode 14; UNSURE: it was not assigned then.

    >>> [int(cut_kinds()[ord(c)]) for c in "aA1 !"] == [LETTER | LOWERED, LETTER | RAISED, NUMBER, SPACE, 0]
    True
    """
    found = np.full(POINTS, UNSURE, np.uint8)
    kinds = found[:0x110000]
    kinds[~of_category("Cn")] = 0
    kinds[_PICTOGRAPHS] &= ~np.uint8(UNSURE)
    for names, bits in (
        (("Lu", "Lt"), LETTER | RAISED),
        (("Ll",), LETTER | LOWERED),
        (("Lm", "Lo"), LETTER | RAISED | LOWERED),
        (("Mn", "Mc", "Me"), RAISED | LOWERED),
        (("Nd", "Nl", "No"), NUMBER),
    ):
        for name in names:
            kinds[of_category(name)] |= bits
    kinds[[*WHITE_SPACE]] |= SPACE
    kinds[[0x0A, 0x0D]] |= NEWLINE
    return found


@inlined
def _kind(at: Any, kinds: Any) -> Any:
    return peek8(kinds + decode(at))


@inlined
def _run(at: Any, end: Any, kinds: Any, mask: Any, wanted: Any) -> Any:
    """Behind the characters whose bits within `mask` are `wanted`."""
    while at < end and _kind(at, kinds) & mask == wanted:
        at += width(peek8(at))
    return at


@inlined
def _some(at: Any, end: Any, kinds: Any, bits: Any) -> Any:
    """Behind the characters that have one of the `bits`."""
    while at < end and _kind(at, kinds) & bits:
        at += width(peek8(at))
    return at


@inlined
def contraction(at: Any, end: Any, any_case: Any) -> Any:
    """Bytes of 's, 'd, 'm, 't, 'll, 've or 're at an address; 0 where there is none of them."""
    if end - at < 2 or peek8(at) != 0x27:
        return 0
    first = peek8(at + 1)
    second = peek8(at + 2) if end - at > 2 else 0
    if any_case:
        if first == 0xC5 and second == 0xBF:  # ſ is an s where case does not count
            return 3
        first |= 0x20
        second |= 0x20
    if first == 0x73 or first == 0x64 or first == 0x6D or first == 0x74:
        return 2
    if (first == 0x6C and second == 0x6C) or (second == 0x65 and (first == 0x76 or first == 0x72)):
        return 3
    return 0


@inlined
def _blanks(at: Any, end: Any, kinds: Any, by_line: Any, whole_at_end: Any) -> Any:
    """Behind blanks: of several before something else the last one stays for that; with `by_line`, behind the last
    newline among them, if there is one.
    """
    here = last = at
    line = 0
    while here < end:
        kind = _kind(here, kinds)
        if not kind & SPACE:
            break
        last = here
        here += width(peek8(here))
        if kind & NEWLINE:
            line = here
    if by_line and line and not (whole_at_end and here >= end):
        return line
    return here if here >= end or last == at else last


@inlined
def _gpt2(at: Any, end: Any, kinds: Any) -> Any:
    size = contraction(at, end, False)
    if size:
        return at + size
    start = at + (peek8(at) == 0x20)
    kind = _kind(start, kinds) & _PLAIN if start < end else SPACE
    if kind != SPACE:
        return _run(start, end, kinds, _PLAIN, kind)
    return _blanks(at, end, kinds, False, False)


@inlined
def _digits(at: Any, end: Any, kinds: Any, most: Any) -> Any:
    while most > 0 and at < end and _kind(at, kinds) & NUMBER:
        at += width(peek8(at))
        most -= 1
    return at


@inlined
def _others(at: Any, end: Any, kinds: Any, with_slash: Any) -> Any:
    """Behind what is no letter, number or blank, maybe with a blank before it, and the newlines that follow; 0 where
    there is none.
    """
    start = at + (peek8(at) == 0x20)
    stop = _run(start, end, kinds, _PLAIN, 0)
    if stop == start:
        return 0
    while stop < end and (peek8(stop) == 0x0A or peek8(stop) == 0x0D or (with_slash and peek8(stop) == 0x2F)):
        stop += 1
    return stop


@inlined
def _cl100k(at: Any, end: Any, kinds: Any, most_digits: Any, blanks_end_whole: Any) -> Any:
    size = contraction(at, end, True)
    if size:
        return at + size
    kind = _kind(at, kinds)
    if kind & NUMBER:
        return _digits(at, end, kinds, most_digits)
    start = at if kind & (LETTER | NEWLINE) else at + width(peek8(at))
    stop = _some(start, end, kinds, LETTER)
    if stop > start:
        return stop
    stop = _others(at, end, kinds, False)
    return stop if stop else _blanks(at, end, kinds, True, blanks_end_whole)


@inlined
def _two_part_word(at: Any, end: Any, kinds: Any) -> Any:
    """Behind RAISED*LOWERED+, 0 where there is none: the first part leaves the second its last character, at least."""
    last = 0
    while at < end:
        kind = _kind(at, kinds)
        if not kind & RAISED:
            break
        at += width(peek8(at))
        if kind & LOWERED:
            last = at
    stop = _some(at, end, kinds, LOWERED)
    return stop if stop > at else last


@inlined
def _o200k_word(at: Any, end: Any, kinds: Any) -> Any:
    """0 where no word begins. One character that is no letter, number or newline may stand before it: a mark, too,
    which is part of words otherwise, so both are tried.
    """
    kind = _kind(at, kinds)
    behind = at if kind & (LETTER | NUMBER | NEWLINE) else at + width(peek8(at))
    stop = _two_part_word(behind, end, kinds)
    if not stop and behind > at:
        stop = _two_part_word(at, end, kinds)
    if not stop:
        stop = _some(behind, end, kinds, RAISED)
        if stop == behind:
            return 0  # were `at` a mark, it would have been a word of two parts
    return stop


@inlined
def _o200k(at: Any, end: Any, kinds: Any, most_digits: Any, blanks_end_whole: Any) -> Any:
    stop = _o200k_word(at, end, kinds)
    if stop:
        return stop + contraction(stop, end, True)
    if _kind(at, kinds) & NUMBER:
        return _digits(at, end, kinds, most_digits)
    stop = _others(at, end, kinds, True)
    return stop if stop else _blanks(at, end, kinds, True, blanks_end_whole)


@inlined
def piece_end(at: Any, end: Any, kinds: Any, cut: Any) -> Any:
    """The address behind the piece that begins at `at` < `end`. `kinds`: where `cut_kinds` lie."""
    if cut.family == GPT2:
        stop = _gpt2(at, end, kinds)
    elif cut.family == CL100K:
        stop = _cl100k(at, end, kinds, cut.most_digits, cut.blanks_end_whole)
    else:
        stop = _o200k(at, end, kinds, cut.most_digits, cut.blanks_end_whole)
    return min(stop, end)  # a broken character may say that it is longer than the text


@kernel
def cut_all(data: Any, start: Any, end: Any, kinds: Any, cut: Any, ends: Any) -> Any:
    """Fill `ends` with where the pieces of data[start:end] end; returns their number. data has 8 bytes behind `end`."""
    base = address(data)
    at = base + start
    count = 0
    while at < base + end:
        at = piece_end(at, base + end, address(kinds), cut)
        ends[count] = at - base
        count += 1
    return count
