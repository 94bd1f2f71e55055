"""A phrase cut out of short lines, in any case, as Python's `re` with IGNORECASE finds it."""

from __future__ import annotations

from typing import Any

from corpusmill.kernels.bits import SPACE, address, peek8
from corpusmill.kernels.characters.classify import window
from corpusmill.kernels.characters.utf8 import decode, width
from corpusmill.kernels.lines.pieces import next_space, next_text
from corpusmill.machine_code.jit import inlined, kernel

ANYWHERE, PREFIX, SUFFIX = range(3)
WILDCARD = 0x2E  # in a phrase: any code point


@inlined
def _folded(point: Any) -> Any:
    """The ASCII letter that `re` takes a code point for."""
    if 0x41 <= point <= 0x5A:
        return point + 0x20
    if point == 0x130 or point == 0x131:
        return 0x69
    if point == 0x17F:
        return 0x73
    return 0x6B if point == 0x212A else point


@inlined
def _phrase_end(at: Any, end: Any, phrase: Any) -> Any:
    """Where `phrase` ends that begins at address `at`, or -1."""
    for letter in phrase:
        if at >= end or (letter != WILDCARD and _folded(decode(at)) != letter):
            return -1
        at += width(peek8(at))
    return at


@inlined
def _back(at: Any, start: Any, count: Any) -> Any:
    """The address so many code points before `at`, or -1 before `start`."""
    while count > 0:
        if at <= start:
            return -1
        at -= 1
        count -= peek8(at) & 0xC0 != 0x80
    return at


@kernel
def find_line_phrases(
    data: Any,
    masks: Any,
    blocks: Any,
    documents: Any,
    offsets: Any,
    starts: Any,
    ends: Any,
    phrase: Any,
    where: Any,
    most_words: Any,
    cuts: Any,
    cut_offsets: Any,
    kept: Any,
) -> Any:
    """Spans of `phrase` with the white space beside it in pieces of at most `most_words` words; returns their number.

    One code point of white space goes with it: that before it, or behind it where it is the prefix. `phrase` uint8 is
    in lower case. kept bool[pieces]: a short piece that is not empty and has nothing but white space left is not.
    cuts int64[count, 2] may have no rows: then they are only counted; cut_offsets int64[pieces + 1].
    """
    count = 0
    fill = len(cuts) > 0
    cut_offsets[0] = 0
    for document in range(len(documents) - 1):
        base, origin = blocks[document], documents[document]
        here, mask = address(data) + origin, address(masks)
        for piece in range(offsets[document], offsets[document + 1]):
            start, end = starts[piece] - origin, ends[piece] - origin
            kept[piece] = True
            words = 0
            at = next_text(mask, base, start, end)
            while at < end and words <= most_words:
                words += 1
                at = next_text(mask, base, next_space(mask, base, at, end), end)
            if words <= most_words and end > start:
                at = settled = start
                blank = True
                if where == SUFFIX:
                    at = _back(here + end, here + start, len(phrase)) - here
                    at = end if at < start else at
                while at < end:
                    stop = _phrase_end(here + at, here + end, phrase) - here
                    if stop < at or (where == SUFFIX and stop < end):
                        if where != ANYWHERE:
                            break
                        at += width(peek8(here + at))
                        continue
                    low = at
                    if where == PREFIX:
                        if stop < end and window(mask, base, SPACE, stop, 1):
                            stop += width(peek8(here + stop))
                    elif low > settled and window(mask, base, SPACE, low - 1, 1):
                        low = _back(here + low, here + settled, 1) - here
                    if fill:
                        cuts[count, 0], cuts[count, 1] = origin + low, origin + stop
                    count += 1
                    blank &= next_text(mask, base, settled, low) == low
                    at = settled = stop
                    if where != ANYWHERE:
                        break
                kept[piece] = not (blank and next_text(mask, base, settled, end) == end)
            cut_offsets[piece + 1] = count
    return count
