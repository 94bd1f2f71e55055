"""The normalised words of a batch: text, spans, lengths and hashes, and the first word of every line."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import HIGH, PUNCTUATION, SPACE, address, peek8, popcount, trailing_zeros
from corpusmill.kernels.characters.classify import any_bit
from corpusmill.kernels.characters.tables import DELETED, Unicode
from corpusmill.kernels.hashes.hashing import hash_bytes
from corpusmill.kernels.words.normalise import lower_ascii, normalise_run, squeeze_ascii
from corpusmill.machine_code.jit import kernel

ONE, LAST = np.uint64(1), np.uint64(63)


@kernel
def count_runs(masks: Any, blocks: Any) -> Any:
    """Runs between white space (at least as many as words), non-ASCII bytes, and the most bytes of one document."""
    runs = high = longest = 0
    for document in range(len(blocks) - 1):
        before = np.uint64(0)
        for block in range(blocks[document], blocks[document + 1]):
            text = ~masks[block, SPACE]
            runs += popcount(text & ~(text << ONE | before))
            high += popcount(masks[block, HIGH])
            before = text >> LAST
        longest = max(longest, 64 * (blocks[document + 1] - blocks[document]))
    return runs, high, longest


@kernel
def find_runs(masks: Any, blocks: Any, documents: Any, document: Any, starts: Any, ends: Any) -> Any:
    """Fill the byte spans of the runs of one document; returns their number."""
    opened = closed = 0
    position = documents[document]
    before = np.uint64(0)
    for block in range(blocks[document], blocks[document + 1]):
        text = ~masks[block, SPACE]
        shifted = text << ONE | before
        bits = text & ~shifted
        while bits:
            starts[opened] = position + trailing_zeros(bits)
            opened += 1
            bits &= bits - ONE
        bits = shifted & ~text
        while bits:
            ends[closed] = position + trailing_zeros(bits)
            closed += 1
            bits &= bits - ONE
        before = text >> LAST
        position += 64
    if opened > closed:
        ends[closed] = documents[document + 1]
    return opened


@kernel
def find_words(
    data: Any,
    masks: Any,
    blocks: Any,
    documents: Any,
    tables: Unicode,
    line_offsets: Any,
    line_ends: Any,
    longest: Any,
    marks: Any,
    out: Any,
    starts: Any,
    ends: Any,
    lengths: Any,
    hashes: Any,
    offsets: Any,
    line_words: Any,
) -> Any:
    """Write the normalised text to `out` and fill the arrays per word; returns the numbers of bytes and words.

    `marks` uint32[2 * longest] is scratch. `offsets` int64[n+1]: first word of each document; `line_words`
    int64[lines+1]: first word of each line.
    """
    run_starts = np.empty(longest // 2 + 1, np.int64)
    run_ends = np.empty(longest // 2 + 1, np.int64)
    source, target = address(data), address(out)
    at = word = 0
    offsets[0] = 0
    for document in range(len(blocks) - 1):
        base, origin = blocks[document], documents[document]
        line, last_line = line_offsets[document], line_offsets[document + 1]
        first_word = word
        if line < last_line:
            line_words[line] = word
        for run in range(find_runs(masks, blocks, documents, document, run_starts, run_ends)):
            start, end = run_starts[run], run_ends[run]
            while line_ends[line] <= start:
                line += 1
                line_words[line] = word
            begin = at
            if word > first_word:
                out[at] = 0x20
                begin += 1
            if any_bit(address(masks), base, HIGH, start - origin, end - origin):
                stop, length = normalise_run(source, start, end, target, begin, tables, address(marks), longest)
                hashes[word] = hash_bytes(target, begin, stop, len(out))
            else:
                plain = True
                if any_bit(address(masks), base, PUNCTUATION, start - origin, end - origin):
                    while start < end and peek8(tables.ascii + peek8(source + end - 1)) == DELETED:
                        end -= 1
                    while start < end and peek8(tables.ascii + peek8(source + start)) == DELETED:
                        start += 1
                    plain = not any_bit(address(masks), base, PUNCTUATION, start - origin, end - origin)
                if plain:
                    stop = begin + end - start
                    hashes[word] = lower_ascii(source, start, end, len(data), target, begin)
                else:
                    stop = squeeze_ascii(source, start, end, target, begin, tables)
                    hashes[word] = hash_bytes(target, begin, stop, len(out))
                length = stop - begin
            if length:
                starts[word], ends[word], lengths[word] = begin, stop, length
                word += 1
                at = stop
        while line + 1 < last_line:
            line += 1
            line_words[line] = word
        offsets[document + 1] = word
    line_words[line_offsets[-1]] = word
    return at, word
