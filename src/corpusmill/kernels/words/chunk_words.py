"""Words and signs of chunks (what stands between white space), by marks of each code point.

A chunk loses the signs at its start and its end, each a token, as is a run of full stops there; what is left is its
core. `_cut` says where a core is cut into pieces, `_ending` which endings are tokens of their own; the definition in
plain Python is reference_chunk_words.py.
"""

from __future__ import annotations

from typing import Any

from corpusmill.kernels.bits import LETTER as LETTERS
from corpusmill.kernels.bits import address, low_bits, peek8
from corpusmill.kernels.characters.classify import BLOCK, window
from corpusmill.kernels.characters.utf8 import decode, width
from corpusmill.machine_code.jit import inlined, kernel

# Bits of the marks of a code point.
BEFORE, BEHIND, LETTER, DIGIT, LOWER, UPPER, DASH, APOSTROPHE = (1 << bit for bit in range(8))

_DOT, _HYPHEN, _COLON, _SLASH = ord("."), ord("-"), ord(":"), ord("/")
_LESS, _MORE, _EQUALS, _PLUS, _STAR, _CARET = (ord(sign) for sign in "<>=+*^")
_D, _E, _L, _M, _N, _R, _S, _T, _V = (ord(letter) for letter in "delmnrstv")


@inlined
def _before(at: Any) -> Any:
    """Where the code point that ends at an address starts."""
    at -= 1
    while peek8(at) & 0xC0 == 0x80:
        at -= 1
    return at


@inlined
def _is_ending(at: Any, end: Any) -> Any:
    """1 for `s d m ll re ve` in any case, 2 for `t`, else 0."""
    first = peek8(at) | 0x20
    if end - at == 1:
        return 2 if first == _T else int(first in (_S, _D, _M))
    if end - at == 2:
        second = peek8(at + 1) | 0x20
        return int((first == _L and second == _L) or (second == _E and first in (_R, _V)))
    return 0


@inlined
def _ending(start: Any, end: Any) -> Any:
    """Where the ending of a piece starts that is a token of its own: `'s`, `'ll`, `n't` and the like; `end`: none."""
    for letters in range(1, 3):
        at = end - letters
        if at - start < 1:
            break
        if peek8(at - 1) == 0x27:
            sign = at - 1
        elif at - start >= 3 and peek8(at - 1) == 0x99 and peek8(at - 2) == 0x80 and peek8(at - 3) == 0xE2:
            sign = at - 3
        else:
            continue
        kind = _is_ending(at, end)
        if kind == 1 and sign > start:
            return sign
        if kind == 2 and sign - 1 > start and peek8(sign - 1) | 0x20 == _N:
            return sign - 1
    return end


@inlined
def _is_address(start: Any, last: Any, end: Any, table: Any) -> Any:
    """Whether a core looks like the name of a host, file or module, or a URL; `last`: its last code point."""
    before = peek8(table + decode(start))
    if not before & (LETTER | DIGIT):
        return False
    at = start + width(peek8(start))
    while at < last:
        point = peek8(at)
        after = at + width(point)
        if point == _DOT and before & (LETTER | DIGIT) and peek8(table + decode(after)) & LOWER:
            return True
        if point == _COLON and end - at >= 3 and peek8(at + 1) == _SLASH and peek8(at + 2) == _SLASH:
            return True
        before = peek8(table + decode(at))
        at = after
    return False


@inlined
def _cuts(point: Any, mark: Any, before: Any, after: Any, next_: Any) -> Any:
    """Whether a sign parts a core: by its code point and marks, and those of what stands before and after it."""
    if point < 0x80:
        if point == _DOT:
            return before & LOWER != 0 and after & UPPER != 0
        if point in (_COLON, _SLASH, _LESS, _MORE, _EQUALS):
            return before & (LETTER | DIGIT) != 0 and after & LETTER != 0
        if point in (_PLUS, _HYPHEN, _STAR, _CARET) and before & DIGIT and (after & DIGIT or next_ == _HYPHEN):
            return True
    return mark & DASH != 0 and before & (LETTER | DIGIT) != 0 and after & LETTER != 0


@inlined
def _peeled_end(start: Any, end: Any, table: Any) -> Any:
    """Where a chunk's core ends: before the signs and full stops at its end."""
    while end > start:
        at = _before(end)
        if peek8(at) == _DOT:
            first = at
            while first > start and peek8(first - 1) == _DOT:
                first -= 1
            if end - first == 1:
                if first == start:
                    break
                letter = _before(first)
                mark = peek8(table + decode(letter))
                alone = mark & UPPER if letter == start else peek8(letter - 1) == _DOT
                if mark & LETTER and alone:  # an abbreviation: `e.g.`, `J.`
                    break
            end = first
        elif peek8(table + decode(at)) & BEHIND:
            end = at
        else:
            break
    return end


@inlined
def _sign_end(at: Any, end: Any) -> Any:
    """Where the token ends that starts with a sign: a run of full stops is one."""
    if peek8(at) != _DOT:
        return at + width(peek8(at))
    while at < end and peek8(at) == _DOT:
        at += 1
    return at


@inlined
def _peels(end: Any, table: Any) -> Any:
    """Whether the sign of ASCII before `end` is a token of its own, with two letters or more before it."""
    sign = peek8(end - 1)
    return (sign | peek8(end - 2)) < 0x80 and (sign == _DOT or peek8(table + sign) & BEHIND != 0)


@kernel
def find_words(
    data: Any, masks: Any, blocks: Any, documents: Any, chunk_starts: Any, chunk_ends: Any, chunks: Any, marks: Any,
    starts: Any, ends: Any, offsets: Any,
) -> None:  # fmt: skip
    """Byte spans of the tokens of n texts; offsets int64[n+1] = first token of each; there is room for one a byte.

    `chunks` int64[n+1] = first chunk of each text; `marks` uint8[0x110000]: the bits of each code point.
    """
    origin, table, bits = address(data), address(marks), address(masks)
    count = 0
    offsets[0] = 0
    for text in range(len(offsets) - 1):
        for chunk in range(chunks[text], chunks[text + 1]):
            first, size = chunk_starts[chunk] - documents[text], chunk_ends[chunk] - chunk_starts[chunk]
            at, stop = origin + chunk_starts[chunk], origin + chunk_ends[chunk]
            if size <= BLOCK:
                letters = window(bits, blocks[text], LETTERS, first, size)
                if letters == low_bits(size) or (size > 2 and letters == low_bits(size - 1) and _peels(stop, table)):
                    end = chunk_ends[chunk] - (letters != low_bits(size))
                    starts[count], ends[count] = chunk_starts[chunk], end
                    count += 1
                    if end < chunk_ends[chunk]:
                        starts[count], ends[count] = end, end + 1
                        count += 1
                    continue
            while at < stop:
                dots = peek8(at) == _DOT and at + 1 < stop and peek8(at + 1) == _DOT
                if not dots and not peek8(table + decode(at)) & BEFORE:
                    break
                after = _sign_end(at, stop)
                starts[count], ends[count] = at - origin, after - origin
                count += 1
                at = after
            end = _peeled_end(at, stop, table)
            if end > at:
                count = _find_pieces(origin, at, end, table, starts, ends, count)
                at = end
            while at < stop:
                after = _sign_end(at, stop)
                starts[count], ends[count] = at - origin, after - origin
                count += 1
                at = after
        offsets[text + 1] = count


@kernel
def _find_pieces(origin: Any, start: Any, end: Any, table: Any, starts: Any, ends: Any, count: Any) -> Any:
    """Add the tokens of a core; returns how many there are then."""
    last = _before(end)
    cuts = start < last and not _is_address(start, last, end, table)
    before = peek8(table + decode(start))
    at = start + width(peek8(start))
    letters = 1  # code points of the piece so far
    lower = before & LOWER  # of its first
    while cuts and at < last:
        point = decode(at)
        mark = peek8(table + point)
        after = at + width(peek8(at))
        if point == _HYPHEN:
            while after < last and peek8(after) == _HYPHEN:
                after += 1
        next_ = decode(after)
        next_mark = peek8(table + next_)
        if _cuts(point, mark, before, next_mark, next_):
            cut = _ending(start, at)
            if cut < at:
                starts[count], ends[count] = start - origin, cut - origin
                count += 1
                start = cut
            starts[count], ends[count] = start - origin, at - origin
            starts[count + 1], ends[count + 1] = at - origin, after - origin
            count += 2
            start, letters, lower = after, 0, next_mark & LOWER
            before = mark
            at = after
            continue
        after = at + width(peek8(at))
        elides = mark & APOSTROPHE and 0 < letters <= 2 and lower and before & LOWER and next_mark & LETTER
        if elides and not _is_ending(after, end):
            starts[count], ends[count] = start - origin, after - origin
            count += 1
            start, letters, lower = after, -1, next_mark & LOWER
        letters += 1
        before = mark
        at = after
    cut = _ending(start, end)
    if cut < end:
        starts[count], ends[count] = start - origin, cut - origin
        count += 1
        start = cut
    starts[count], ends[count] = start - origin, end - origin
    return count + 1
