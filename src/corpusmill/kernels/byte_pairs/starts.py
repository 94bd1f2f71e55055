"""Where pieces begin among 64 bytes, by masks: what `cuts.py` says character by character, for most of all text.

A bit stands for a byte, bit 0 for the first one, at which a piece begins. What masks do not tell (a mark within a word
of o200k, newlines parted by blanks, …) ends what is told: bits from there on are left out.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from corpusmill.kernels.bits import address, equal64, low_bits, peek8, text64
from corpusmill.kernels.bits import trailing_zeros as zeros
from corpusmill.kernels.byte_pairs.cuts import (  # fmt: skip
    GPT2,
    LETTER,
    LOWERED,
    NUMBER,
    O200K,
    RAISED,
    SPACE,
    contraction,
    piece_end,
)
from corpusmill.kernels.characters.utf8 import decode, width
from corpusmill.machine_code.jit import inlined, kernel

_ONE = np.uint64(1)
_TWO = np.uint64(2)
_THREE = np.uint64(3)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_APOSTROPHE, _SLASH = np.uint8(0x27), np.uint8(0x2F)
# A start is known by at most three bytes behind it: a blank of three bytes is the last one of several, or it is not.
MOST_STARTS = 64
_KNOWN = np.uint64((1 << 61) - 1)


@inlined
def _bit(place: Any) -> Any:
    return _ONE << np.uint64(place)


@inlined
def _set(mask: Any, bits: Any, kind: Any, which: Any) -> Any:
    """`mask` with `bits` where the kind of their character has the bit `which`."""
    return mask | (bits if kind & which else np.uint64(0))


@inlined
def _leads(ends: Any, trails: Any) -> Any:
    """The first bytes of the characters, of at most three, whose last bytes are `ends`."""
    ends = (ends & ~trails) | ((ends & trails) >> _ONE)
    return (ends & ~trails) | ((ends & trails) >> _ONE)


@inlined
def _behind(starts: Any, within: Any) -> Any:
    """The bits behind the runs of `within` that begin in `starts`."""
    return (starts + within) & ~within


class _Text(NamedTuple):
    """Which of 64 bytes are of a kind, none behind the end of the text: all bytes of a character are of its kind."""

    letter: Any
    number: Any
    white: Any
    newline: Any
    blank: Any  # U+0020
    other: Any  # no letter, number or white space
    high: Any  # above ASCII
    trails: Any  # not the first byte of a character
    raised: Any
    lowered: Any
    kinds: Any  # all that those above ASCII have


@inlined
def _text(at: Any, inside: Any, kinds: Any, is_cased: Any) -> Any:
    letter, upper, digit, white, newline, blank, high, trails = text64(at)
    letter, number, white, high = letter & inside, digit & inside, white & inside, high & inside
    raised, lowered = upper, letter & ~upper
    heads = high & ~trails
    seen = 0
    while heads:
        place = zeros(heads)
        heads &= heads - _ONE
        kind = peek8(kinds + decode(at + place))
        seen |= kind
        bits = (low_bits(width(peek8(at + place))) << np.uint64(place)) & inside
        letter = _set(letter, bits, kind, LETTER)
        number = _set(number, bits, kind, NUMBER)
        white = _set(white, bits, kind, SPACE)
        if is_cased:
            raised = _set(raised, bits, kind, RAISED)
            lowered = _set(lowered, bits, kind, LOWERED)
    other = inside & ~(letter | number | white)
    return _Text(letter, number, white, newline & inside, blank & inside, other, high, trails, raised, lowered, seen)


@inlined
def _others(text: Any) -> Any:
    return text.other & ~((text.other | text.blank) << _ONE)


@inlined
def _last_blanks(plain: Any, white: Any, left: Any, trails: Any) -> Any:
    """Of several blanks the last one stays for what follows."""
    ends = plain & ~(white >> _ONE)
    if left <= 64:
        ends &= ~_bit(left - 1)
    return _leads(ends, trails)


@inlined
def _gpt2(text: Any, left: Any) -> Any:
    return (
        _others(text)
        | (text.letter & ~((text.letter | text.blank) << _ONE))
        | (text.number & ~((text.number | text.blank) << _ONE))
        | (text.white & ~(text.white << _ONE))
        | _last_blanks(text.white, text.white, left, text.trails)
    )


@inlined
def _digits(text: Any, most: Any) -> Any:
    """Starts, and where they are not known: of digits above ASCII."""
    if most == 1:
        return text.number & ~text.trails, np.uint64(0)
    if most != 3:
        return np.uint64(0), text.number
    found = digits = text.number & ~(text.number << _ONE)
    whole = text.number & (text.number << _ONE) & (text.number << _TWO)
    digits = (digits << _THREE) & whole
    while digits:
        found |= digits
        digits = (digits << _THREE) & whole
    return found, text.number & text.high


@inlined
def _newer(at: Any, text: Any, left: Any, cut: Any) -> Any:
    """Starts as of CL100K and O200K, and where they are not known; but for the letter case of O200K."""
    behind_others = ((text.other << _ONE) & text.newline) + text.newline
    joined, newline = text.newline & ~behind_others, text.newline & behind_others
    white = text.white & ~joined
    plain = white & ~newline
    begins, unknown = _digits(text, cut.most_digits)
    rest = (newline << _ONE) & plain  # behind the last newline, or between two of them
    if rest and ((_behind(rest, plain) & newline) or plain >> np.uint64(63)):
        unknown |= rest
    if cut.blanks_end_whole and left <= 64 and white >> np.uint64(left - 1):
        unknown |= white & ~(white << _ONE)
    if joined and cut.family == O200K:
        unknown |= (joined << _ONE) & equal64(at, _SLASH)
    others = _others(text)
    single = _behind(others << _ONE, text.other & text.trails)  # behind the first of the others: a letter goes on
    begins |= others | (text.letter & ~((text.letter | plain) << _ONE) & ~single)
    begins |= rest | (white & ~(white << _ONE)) | _last_blanks(plain, white, left, text.trails)
    return begins, unknown


@inlined
def _cases(text: Any) -> Any:
    """Capitals behind small letters; and what is not known: those behind letters of no case, and marks."""
    capital, small = text.raised & ~text.lowered & text.letter, text.lowered & ~text.raised & text.letter
    either, marks = text.raised & text.lowered & text.letter, (text.raised | text.lowered) & ~text.letter & text.high
    return capital & (small << _ONE), (capital & (either << _ONE)) | marks


@inlined
def starts_from(at: Any, end: Any, kinds: Any, cut: Any) -> Any:
    """Bits of where pieces begin from `at` on, a start itself, to the `end` > `at` of the text, which is a start too
    where it is near; and all bits of the kinds of the characters above ASCII there. 64 bytes behind `end` may be read.
    """
    is_cased = cut.family == O200K
    left = end - at
    inside = low_bits(left) if left < 64 else _ALL
    text = _text(at, inside, kinds, is_cased)
    unknown = np.uint64(0)
    if cut.family == GPT2:
        begins = _gpt2(text, left) | _ONE
    else:
        begins, unknown = _newer(at, text, left, cut)
        begins |= _ONE
        if is_cased:
            raised, unsure = _cases(text)
            begins |= raised
            unknown |= unsure
    quotes = equal64(at, _APOSTROPHE) & (inside if left < 64 else _KNOWN)
    quotes &= text.letter << _ONE if is_cased else begins
    while quotes:
        place = zeros(quotes)
        quotes &= quotes - _ONE
        size = contraction(at + place, end, cut.family != GPT2)
        if size:
            behind = _bit(place + size)
            within = behind - _bit(place + (0 if is_cased else 1))
            begins = (begins & ~within) | behind
            if is_cased:
                quotes &= ~behind  # a contraction has none itself
    begins = (begins & inside) | _bit(left) if left < 64 else begins & _KNOWN
    return (begins & ((unknown & (~unknown + _ONE)) - _ONE)) | _ONE, text.kinds


@kernel
def cut_by_masks(data: Any, start: Any, end: Any, kinds: Any, cut: Any, ends: Any) -> Any:
    """See `cut_all`; with 64 bytes behind `end`."""
    base = address(data)
    at = base + start
    count = 0
    while at < base + end:
        begins, _ = starts_from(at, base + end, address(kinds), cut)
        begins &= begins - _ONE
        stop = at
        while begins:
            stop = at + zeros(begins)
            begins &= begins - _ONE
            ends[count] = stop - base
            count += 1
        if stop == at:
            stop = piece_end(at, base + end, address(kinds), cut)
            ends[count] = stop - base
            count += 1
        at = stop
    return count
