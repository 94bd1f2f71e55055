"""Sentences by the marks that end them."""

from __future__ import annotations

from typing import Any

from corpusmill.kernels.bits import address, peek8
from corpusmill.kernels.jit import kernel
from corpusmill.kernels.utf8 import decode, width


@kernel
def find_sentences(data: Any, offsets: Any, marks: Any, starts: Any, ends: Any, firsts: Any) -> None:
    """Byte spans of the sentences of n texts, without white space around them; there is room for one a byte.

    `marks` uint8[0x110000]: bit 1 ends a sentence, bit 2 closes a quotation or bracket, bit 4 is white space, bit 8
    (with bit 1) ends a sentence whatever follows. A sentence ends behind a run of marks that end and the run of marks
    that close after it, where white space, the end of the text or nothing else is asked for. firsts int64[n+1].
    """
    origin, table = address(data), address(marks)
    found = 0
    firsts[0] = 0
    for text in range(len(offsets) - 1):
        at, end = origin + offsets[text], origin + offsets[text + 1]
        start = last = at  # of the sentence: its first byte, and where its last code point that is not white space ends
        inside = False
        run = alone = 0  # 1 in a run of marks that end, 2 in that of marks that close after it
        while at < end:
            mark = peek8(table + decode(at))
            if run and (mark & 4 or (alone and not mark & 3)):
                starts[found], ends[found] = start - origin, last - origin
                found += 1
                inside, run, alone = False, 0, 0
            after = at + width(peek8(at))
            if not mark & 4:
                if not inside:
                    inside, start = True, at
                last = after
                if mark & 1:
                    alone = (alone if run == 1 else 0) | (mark & 8)
                    run = 1
                elif mark & 2 and run:
                    run = 2
                else:
                    run = alone = 0
            at = after
        if inside:
            starts[found], ends[found] = start - origin, last - origin
            found += 1
        firsts[text + 1] = found
