"""Chunks of sentences, with what Penn Treebank rules can see around them."""

from __future__ import annotations

from typing import Any

from corpusmill.machine_code.jit import inlined, kernel

# A variant is LEFTS * what stands before a chunk + what stands behind it, both 0 where it cannot matter.
AT_EDGE, AT_SPACE = 2, 1  # the sentence starts or ends there; a U+0020 is there
LEFTS = 3


@inlined
def _closer_start(data: Any, start: Any, end: Any) -> Any:
    """Where the closing mark that ends in data[start:end] starts, one of `])}>"'»”’`; `end` where there is none."""
    byte = data[end - 1]
    if byte in (0x5D, 0x29, 0x7D, 0x3E, 0x22, 0x27):
        return end - 1
    if byte == 0xBB and end - start >= 2 and data[end - 2] == 0xC2:
        return end - 2
    if (byte in (0x9D, 0x99)) and end - start >= 3 and data[end - 2] == 0x80 and data[end - 3] == 0xE2:
        return end - 3
    return end


@kernel
def _without_closers(data: Any, start: Any, end: Any) -> Any:
    """The end of data[start:end] without the closing marks it ends in."""
    while end > start:
        before = _closer_start(data, start, end)
        if before == end:
            break
        end = before
    return end


@kernel
def find_sentence_chunks(
    data: Any, chunk_starts: Any, chunk_ends: Any, chunk_offsets: Any, sentences: Any, sentence_offsets: Any,
    starts: Any, ends: Any, variants: Any, offsets: Any,
) -> Any:  # fmt: skip
    """Cut chunks where sentences start, and join to one what only closing marks follow up to a sentence's end.

    chunk_offsets, sentence_offsets, offsets int64[n+1]: the first chunk, sentence and chunk found of each of n texts;
    `sentences` int64: where each starts, in bytes of `data`. There is room for a chunk a chunk and one a sentence.
    A chunk's variant says what stands before it if it starts with a quote (U+0022, U+0027), and behind it if it ends in
    U+0027, or is the last of its sentence and ends in a full stop and closing marks, or in a colon or comma.
    """
    found = 0
    offsets[0] = 0
    for text in range(len(chunk_offsets) - 1):
        sentence, last_sentence = sentence_offsets[text], sentence_offsets[text + 1]
        first = found  # chunk of the sentence
        for i in range(chunk_offsets[text], chunk_offsets[text + 1]):
            start, limit = chunk_starts[i], chunk_ends[i]
            while start < limit:
                end = limit
                while sentence < last_sentence and sentences[sentence] <= start:
                    sentence += 1
                if sentence < last_sentence and sentences[sentence] < end:
                    end = sentences[sentence]
                at_start = sentence > sentence_offsets[text] and sentences[sentence - 1] == start
                starts[found], ends[found] = start, end
                left = AT_EDGE if at_start else (AT_SPACE if start > 0 and data[start - 1] == 0x20 else 0)
                variants[found] = LEFTS * left if data[start] in (0x22, 0x27) else 0
                found += 1
                start = end
                is_last = start >= limit and (
                    i + 1 == chunk_offsets[text + 1]
                    or (sentence < last_sentence and sentences[sentence] <= chunk_starts[i + 1])
                )
                if start < limit or is_last:
                    joined = False
                    while (
                        found - 1 > first
                        and _without_closers(data, starts[found - 1], ends[found - 1]) == starts[found - 1]
                    ):
                        found -= 1
                        joined = True
                    ends[found - 1] = end
                    bare = _without_closers(data, starts[found - 1], end)
                    stopped = bare > starts[found - 1] and data[bare - 1] == 0x2E
                    if joined or stopped or data[end - 1] in (0x2C, 0x3A):
                        variants[found - 1] = variants[found - 1] // LEFTS * LEFTS + AT_EDGE
                    first = found
                elif data[end - 1] == 0x27 and data[end] == 0x20:
                    variants[found - 1] += AT_SPACE
        offsets[text + 1] = found
    return found
