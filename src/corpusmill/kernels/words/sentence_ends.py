"""Sentences by the marks that end them."""

from __future__ import annotations

from typing import Any

from corpusmill.kernels.bits import address, peek8
from corpusmill.kernels.characters.utf8 import decode, width
from corpusmill.machine_code.jit import kernel


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
            if inside and not run:  # as nearly always: ASCII that ends nothing
                while at < end:
                    byte = peek8(at)
                    mark = peek8(table + byte)
                    if byte >= 0x80 or mark & 1:
                        break
                    at += 1
                    last = last if mark & 4 else at
                if at == end:
                    break
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


@kernel
def find_ruled_sentences(
    data: Any, texts: Any, chunk_starts: Any, chunk_ends: Any, offsets: Any, entries: Any, first_rows: Any, kinds: Any,
    places: Any, widths: Any, ends_sentence: Any, is_punctuation: Any, starts: Any, ends: Any, firsts: Any,
) -> Any:  # fmt: skip
    """Byte spans of sentences as spaCy's sentencizer finds them, without white space around them.

    A sentence begins with the first token and with each that is neither an end mark nor punctuation and comes behind an
    end mark of the sentence before. White space is such a token, but for one U+0020 behind a chunk.
    Rows stand for tokens: `kinds` uint8, `places` and `widths` int32 in bytes from the chunk's start; `ends_sentence`
    and `is_punctuation` are bits of kinds. `texts` int64[n+1]: bytes, `offsets` int64[n+1]: chunks, firsts int64[n+1]:
    sentences of each text. There is room for a sentence a token.
    """
    found = 0
    firsts[0] = 0
    for text in range(len(offsets) - 1):
        first, last = -1, -1  # of the sentence at hand, which is none before the first token
        pending = False  # an end mark was seen
        before = texts[text]
        for i in range(offsets[text], offsets[text + 1]):
            start = chunk_starts[i]
            spaces = start - before
            single = spaces == 1 and data[before] == 0x20 and i > offsets[text]
            begins = pending and spaces > 0 and not single  # white space begins the sentence
            pending = pending and not begins
            for row in range(first_rows[entries[i]], first_rows[entries[i] + 1]):
                kind = kinds[row]
                mark = kind & ends_sentence != 0
                if pending and not mark and not kind & is_punctuation:
                    begins, pending = True, False
                at = start + places[row]
                if first < 0:
                    first = at
                elif begins:
                    starts[found], ends[found] = first, last
                    found += 1
                    first = at
                begins = False
                last = at + widths[row]
                pending = pending or mark
            before = chunk_ends[i]
        if first >= 0:
            starts[found], ends[found] = first, last
            found += 1
        firsts[text + 1] = found
    return found
