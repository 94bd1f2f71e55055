"""Runs of text of HTML into blocks: where one begins, where it ends, and what parts it from the last."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.html.bytes import blank
from corpusmill.kernels.html.elements import (
    APART,
    IN_CODE,
    IN_EMPHASIS,
    IN_LINK,
    IN_MATH,
    IN_VERBATIM,
)
from corpusmill.kernels.html.runs import put_run
from corpusmill.kernels.html.tables import (
    BASE,
    BLOCK_APART,
    BLOCK_DEPTH,
    BLOCK_ELEMENT,
    BLOCK_END,
    BLOCK_FLAGS,
    BLOCK_INNER,
    BLOCK_JOINED,
    BLOCK_LEVEL,
    BLOCK_START,
    BLOCKS,
    BREAKS,
    CAPITALS,
    CHARS,
    CODE_CHARS,
    COMMAS,
    COMMITTED,
    DIGITS,
    ELEMENT,
    EMPHASIS_CHARS,
    ENDING,
    FIRST_SPAN,
    GAP,
    HEIGHT,
    INSIDE,
    LINK_CHARS,
    LINK_WORDS,
    LIST_DEPTH,
    LONGEST_WORD,
    MATH_CHARS,
    NON_ASCII,
    OPEN,
    PUNCTUATION,
    SENTENCE_ENDS,
    SEPARATORS,
    SPACE_AROUND,
    SPAN_BLOCK,
    SPAN_ELEMENT,
    SPAN_END,
    SPAN_SOURCE_END,
    SPAN_SOURCE_START,
    SPAN_START,
    SPANS,
    TEXT,
    UNSPACED,
    WORD_CHARS,
    WORDS,
    Tables,
)
from corpusmill.machine_code.jit import inlined, kernel

_TEXT_COUNTERS = (
    CHARS,
    WORDS,
    LINK_CHARS,
    LINK_WORDS,
    EMPHASIS_CHARS,
    CODE_CHARS,
    MATH_CHARS,
    PUNCTUATION,
    COMMAS,
    SENTENCE_ENDS,
    DIGITS,
    CAPITALS,
    SEPARATORS,
    NON_ASCII,
    UNSPACED,
    LONGEST_WORD,
)


@inlined
def end_word(s: np.ndarray, tally: np.ndarray) -> None:
    """What follows begins another word; a sentence ends here where the last character ends one."""
    if s[ENDING]:
        tally[SENTENCE_ENDS] += 1
    s[WORD_CHARS] = s[ENDING] = 0


@kernel
def end_block(t: Tables, s: np.ndarray, tally: np.ndarray) -> None:
    """End the open block, if any; it vanishes where it has no word."""
    if not s[OPEN]:
        return
    s[OPEN] = 0
    block = s[BLOCKS]
    start = t.blocks[block, BLOCK_START]
    if tally[WORDS] > 0:
        end = s[TEXT]
        while end > start and blank(t.text[end - 1]):
            end -= 1
        tally[CHARS] -= s[TEXT] - end
        tally[LINK_CHARS] = min(tally[LINK_CHARS], tally[CHARS])  # white space at the end of a link counts no more
        s[TEXT] = end
        span = s[SPANS] - 1
        while span >= s[FIRST_SPAN] and t.spans[span, SPAN_END] > end:
            t.spans[span, SPAN_END] = end
            t.spans[span, SPAN_START] = min(t.spans[span, SPAN_START], end)
            span -= 1
        end_word(s, tally)
        t.blocks[block, BLOCK_END] = end
        for counter in range(len(tally)):
            t.counts[block, counter] = tally[counter]
            tally[counter] = 0
        s[SPACE_AROUND] = s[BLOCK_APART] != 0 and t.blocks[block, BLOCK_JOINED] >= 2  # without it, the rest is parted
        s[BLOCKS] = block + 1
        s[COMMITTED] = 1
    else:
        s[TEXT] = start
        s[SPANS] = s[FIRST_SPAN]
        s[SPACE_AROUND] = t.blocks[block, BLOCK_JOINED] == 3
        if t.blocks[block, BLOCK_JOINED] == 2:
            s[GAP] = 1
        for counter in _TEXT_COUNTERS:
            tally[counter] = 0
        s[WORD_CHARS] = s[ENDING] = 0


@kernel
def break_block(t: Tables, s: np.ndarray, tally: np.ndarray) -> None:
    """What follows stands in another block and on another line."""
    end_block(t, s, tally)
    s[COMMITTED] = s[SPACE_AROUND] = 0
    s[GAP] = 0
    s[BREAKS] = 0


@kernel
def _begin_block(t: Tables, s: np.ndarray, stack: np.ndarray) -> None:
    level = s[HEIGHT]
    outer = stack[level, BLOCK_LEVEL]
    block = s[BLOCKS]
    t.blocks[block, BLOCK_ELEMENT] = stack[outer, ELEMENT]
    t.blocks[block, BLOCK_INNER] = stack[level, ELEMENT]
    t.blocks[block, BLOCK_FLAGS] = stack[outer, INSIDE] | (stack[level, INSIDE] & (APART | IN_VERBATIM))
    t.blocks[block, BLOCK_DEPTH] = stack[level, LIST_DEPTH]
    t.blocks[block, BLOCK_JOINED] = 0 if not s[COMMITTED] else (2 if s[GAP] or s[BREAKS] else 1 + 2 * s[SPACE_AROUND])
    t.blocks[block, BLOCK_START] = s[TEXT]
    s[OPEN] = 1
    s[GAP] = s[BREAKS] = s[WORD_CHARS] = s[ENDING] = s[SPACE_AROUND] = 0
    s[BLOCK_APART] = stack[level, INSIDE] & APART
    s[FIRST_SPAN] = s[SPANS]


@kernel
def add_text(
    data: np.ndarray, position: int, stop: int, decode: bool, t: Tables, s: np.ndarray, tally: np.ndarray, stack: Any
) -> None:
    """The run of text `data[position:stop]` at the top of the stack."""
    flags = stack[s[HEIGHT], INSIDE]
    verbatim = flags & IN_VERBATIM != 0
    other = s[OPEN] and flags & APART != s[BLOCK_APART]
    parted = s[OPEN] and s[BREAKS] >= 2 and not verbatim
    start = position
    if other or parted or not s[OPEN]:
        while start < stop and blank(data[start]):
            start += 1
        if start > position:
            if verbatim:  # the first line keeps its indentation
                while start > position and data[start - 1] != 10 and data[start - 1] != 13:
                    start -= 1
            if start >= stop:
                s[GAP] = 1
                return
        if other:
            end_block(t, s, tally)
        elif parted:
            break_block(t, s, tally)
        if start > position and not verbatim:
            s[GAP] = 1
        _begin_block(t, s, stack)
    span = s[SPANS]
    begun = s[TEXT]
    chars = tally[CHARS]
    words = put_run(data, start, stop, decode, verbatim, t, s, tally)
    chars = tally[CHARS] - chars
    if chars == 0:
        return
    if flags & IN_LINK:
        tally[LINK_CHARS] += chars
        tally[LINK_WORDS] += words
    if flags & IN_EMPHASIS:
        tally[EMPHASIS_CHARS] += chars
    if flags & IN_CODE:
        tally[CODE_CHARS] += chars
    if flags & IN_MATH:
        tally[MATH_CHARS] += chars
    if not verbatim and (t.text[begun] == 32 or t.text[begun] == 10):
        begun += 1  # the gap belongs to neither run
    t.spans[span, SPAN_BLOCK] = s[BLOCKS]
    t.spans[span, SPAN_ELEMENT] = stack[s[HEIGHT], ELEMENT]
    t.spans[span, SPAN_START] = begun
    t.spans[span, SPAN_END] = s[TEXT]
    t.spans[span, SPAN_SOURCE_START] = s[BASE] + start
    t.spans[span, SPAN_SOURCE_END] = s[BASE] + stop
    s[SPANS] = span + 1
