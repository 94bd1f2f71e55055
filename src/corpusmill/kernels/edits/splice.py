"""Texts with some of their spans replaced, and the replacements that keep some pieces of a text.

A replacement is a span of bytes of `data` and the bytes that stand there instead; those of document d are
`offsets[d]:offsets[d + 1]`, ascending and disjoint.
"""

from __future__ import annotations

from typing import Any

from corpusmill.kernels.bits import SPACE, address
from corpusmill.kernels.characters.classify import window
from corpusmill.machine_code.jit import inlined, kernel


@kernel
def splice(
    data: Any,
    documents: Any,
    offsets: Any,
    starts: Any,
    ends: Any,
    inserted: Any,
    inserted_offsets: Any,
    out: Any,
    sizes: Any,
) -> None:
    """Write the texts with their replacements, one behind the other; sizes int64[n+1]: where each begins in `out`.

    Replacement r inserts `inserted[inserted_offsets[r]:inserted_offsets[r + 1]]`.
    """
    size = 0
    sizes[0] = 0
    for document in range(len(documents) - 1):
        at = documents[document]
        for number in range(offsets[document], offsets[document + 1]):
            stop = starts[number]
            out[size : size + stop - at] = data[at:stop]
            size += stop - at
            first, last = inserted_offsets[number], inserted_offsets[number + 1]
            out[size : size + last - first] = inserted[first:last]
            size += last - first
            at = ends[number]
        stop = documents[document + 1]
        out[size : size + stop - at] = data[at:stop]
        size += stop - at
        sizes[document + 1] = size


@inlined
def _is_separator(data: Any, start: Any, end: Any, separator: Any, repeats: Any) -> Any:
    """Whether data[start:end] is `separator` so many times."""
    size = len(separator)
    if end - start != size * repeats:
        return False
    same = 0
    while same < end - start and data[start + same] == separator[same % size]:
        same += 1
    return same == end - start


@kernel
def join_pieces(
    data: Any,
    masks: Any,
    blocks: Any,
    documents: Any,
    offsets: Any,
    starts: Any,
    ends: Any,
    kept: Any,
    cuts: Any,
    cut_offsets: Any,
    separator: Any,
    strip: Any,
    out_starts: Any,
    out_ends: Any,
    out_repeats: Any,
    out_offsets: Any,
) -> Any:
    """Replacements that leave of each document its `kept` pieces without their cuts, `separator` between them.

    `strip`: white space at either end of the result goes too, as `str.strip` does. Each replacement inserts the
    separator `out_repeats` times; returns how many there are, at most pieces + cuts + documents.
    """
    count = 0
    out_offsets[0] = 0
    for document in range(len(documents) - 1):
        origin, end = documents[document], documents[document + 1]
        base = blocks[document]
        first, last = origin, end
        if strip:  # nothing before the first and behind the last byte that stays and is no white space
            first = last = end
            for piece in range(offsets[document], offsets[document + 1]):
                if not kept[piece]:
                    continue
                at = starts[piece]
                for cut in range(cut_offsets[piece], cut_offsets[piece + 1] + 1):
                    behind = cut == cut_offsets[piece + 1]
                    stop = ends[piece] if behind else cuts[cut, 0]
                    low, high = at, stop
                    while low < high and window(address(masks), base, SPACE, low - origin, 1):
                        low += 1
                    while low < high and window(address(masks), base, SPACE, high - 1 - origin, 1):
                        high -= 1
                    if low < high:
                        first, last = min(first, low), high
                    if not behind:
                        at = cuts[cut, 1]
        done = origin  # what stands before is settled
        repeats = 0
        begun = not strip
        any_piece = False
        for piece in range(offsets[document], offsets[document + 1]):
            if not kept[piece]:
                continue
            repeats += begun and any_piece
            any_piece = True
            at = starts[piece]
            for cut in range(cut_offsets[piece], cut_offsets[piece + 1] + 1):
                behind = cut == cut_offsets[piece + 1]
                low, high = max(at, first), min(ends[piece] if behind else cuts[cut, 0], last)
                if low < high:
                    begun = True
                    if (low > done or repeats) and not _is_separator(data, done, low, separator, repeats):
                        out_starts[count], out_ends[count], out_repeats[count] = done, low, repeats
                        count += 1
                    done, repeats = high, 0
                if not behind:
                    at = cuts[cut, 1]
        if strip:
            repeats = 0
        if (end > done or repeats) and not _is_separator(data, done, end, separator, repeats):
            out_starts[count], out_ends[count], out_repeats[count] = done, end, repeats
            count += 1
        out_offsets[document + 1] = count
    return count


@kernel
def compose(
    documents: Any,
    offsets: Any,
    starts: Any,
    ends: Any,
    lengths: Any,
    documents1: Any,
    offsets1: Any,
    starts1: Any,
    ends1: Any,
    lengths1: Any,
    documents2: Any,
    out: Any,
    out_offsets: Any,
) -> Any:
    """Two replacements of the same texts, one after the other, as one; returns how many spans it has.

    The first are spans of the texts at `documents`, the second of those at `documents1`, which the first made of them;
    `documents2`: where the last texts lie. Rows of out int64[first + second, 4]: the span in the first text, and that
    in the last text which stands there instead. Spans that meet become one.
    """
    count = 0
    out_offsets[0] = 0
    for document in range(len(documents) - 1):
        one, other = offsets[document], offsets1[document]
        origin, middle, last = documents[document], documents1[document], documents2[document]
        grown = grown1 = 0  # how much longer the texts have become so far by the first, by the second
        while one < offsets[document + 1] or other < offsets1[document + 1]:
            begin = documents1[document + 1] - middle
            if one < offsets[document + 1]:
                begin = min(begin, starts[one] - origin + grown)
            if other < offsets1[document + 1]:
                begin = min(begin, starts1[other] - middle)
            out[count, 0], out[count, 2] = origin + begin - grown, last + begin + grown1
            reach = begin
            while True:
                if one < offsets[document + 1] and starts[one] - origin + grown <= reach:
                    reach = max(reach, starts[one] - origin + grown + lengths[one])
                    grown += lengths[one] - (ends[one] - starts[one])
                    one += 1
                elif other < offsets1[document + 1] and starts1[other] - middle <= reach:
                    reach = max(reach, ends1[other] - middle)
                    grown1 += lengths1[other] - (ends1[other] - starts1[other])
                    other += 1
                else:
                    break
            out[count, 1], out[count, 3] = origin + reach - grown, last + reach + grown1
            count += 1
        out_offsets[document + 1] = count
    return count
