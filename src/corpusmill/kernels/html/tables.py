"""What the scan of HTML keeps while it runs: output tables with room for any page, a bounded stack, counters.

Room is taken by the number of `<`: every element, run of text and attribute of interest begins with one or lies behind
one (of text two: the TeX of an image and what stands behind the image), so no write needs a test (the tests run them
all with bounds checks on). Memory that is not written is never touched, and so costs nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from corpusmill.kernels.html.elements import words_of
from corpusmill.kernels.html.entities import MOST_BYTES_PER_BYTE

COUNTERS = words_of(
    "chars words link_chars link_words links emphasis_chars code_chars math_chars punctuation commas sentence_ends"
    " digits capitals separators non_ascii_chars unspaced_chars longest_word_chars line_breaks images controls tags"
)
(
    CHARS,
    WORDS,
    LINK_CHARS,
    LINK_WORDS,
    LINKS,
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
    LINE_BREAKS,
    IMAGES,
    CONTROLS,
    TAGS,
) = range(len(COUNTERS))

# Columns of the stack of open elements; a level is a row, level 0 the page.
(
    ELEMENT,
    NAME_CODE,
    KIND,
    OWN,
    INSIDE,
    FOREIGN,
    P_LEVEL,
    LI_LEVEL,
    DD_LEVEL,
    TABLE_LEVEL,
    CELL_LEVEL,
    BLOCK_LEVEL,
    PATH,
    LIST_DEPTH,
    CHILDREN,
) = range(15)
STACK_COLUMNS = 15

# Cells of the state.
(
    HEIGHT,
    OVERFLOW,
    ELEMENTS,
    BLOCKS,
    SPANS,
    TEXT,
    TOKENS,
    VALUES,
    OPEN,
    GAP,
    BREAKS,
    COMMITTED,
    FIRST_SPAN,
    WORD_CHARS,
    ENDING,
    BASE,
    UNCLOSED,
    PAGE_ELEMENT,
    BLOCK_APART,
    PLAIN_TEXT,
    STEPS,
    SPACE_AROUND,
) = range(22)
STATE_CELLS = 22

TEXT_MARGIN = 64  # bytes of text that may be written behind those that count
SLOTS = 256  # counters by which a search for an element that is not open ends at once
VALUES_PER_ELEMENT = 8

# Why the text of a page may end before the page does.
CLOSED, IN_TAG, IN_COMMENT, IN_RAW_TEXT = range(4)


# Columns of the output tables.
E_TAG, E_PARENT, E_STOP, E_FLAGS, E_PATH, E_DEPTH, E_ORDINAL, E_SOURCE, E_FIRST_TOKEN = range(9)
TOKEN_HASH, TOKEN_KIND = range(2)
VALUE_ELEMENT, VALUE_NAME, VALUE_START, VALUE_END = range(4)
BLOCK_ELEMENT, BLOCK_INNER, BLOCK_FLAGS, BLOCK_JOINED, BLOCK_DEPTH, BLOCK_START, BLOCK_END = range(7)
SPAN_BLOCK, SPAN_ELEMENT, SPAN_START, SPAN_END, SPAN_SOURCE_START, SPAN_SOURCE_END = range(6)


class Tables(NamedTuple):
    """Output of a batch, a row an entry; the first rows of each are filled, as many as the state says."""

    elements: Any  # int64 [n, 9], columns E_*
    tokens: Any  # int64 [n, 2], columns TOKEN_*
    values: Any  # int64 [n, 4], columns VALUE_*
    blocks: Any  # int64 [n, 7], columns BLOCK_*
    counts: Any  # int32 [n, counters]
    spans: Any  # int64 [n, 6], columns SPAN_*
    text: Any  # uint8


def tables_for(size: int, brackets: int, pages: int, max_tokens: int) -> Tables:
    """Room for pages of `size` bytes with `brackets` characters `<` in all."""
    elements, tokens, values, blocks, text = _rows(size, brackets, pages, max_tokens)
    return Tables(
        np.empty((elements, 9), np.int64),
        np.empty((tokens, 2), np.int64),
        np.empty((values, 4), np.int64),
        np.empty((blocks, 7), np.int64),
        np.empty((blocks, len(COUNTERS)), np.int32),
        np.empty((blocks, 6), np.int64),
        np.empty(text, np.uint8),
    )


def have_room(tables: Tables, size: int, brackets: int, pages: int, max_tokens: int) -> bool:
    """Whether `tables` are at least as long as `tables_for` makes them."""
    wanted = _rows(size, brackets, pages, max_tokens)
    parts = tables.elements, tables.tokens, tables.values, tables.blocks, tables.text
    return all(len(part) >= rows for part, rows in zip(parts, wanted, strict=True))


def _rows(size: int, brackets: int, pages: int, max_tokens: int) -> tuple[int, int, int, int, int]:
    """Of elements, tokens, values and blocks (as many as spans), and bytes of text."""
    rows = brackets + pages
    text = int(size * MOST_BYTES_PER_BYTE) + brackets + TEXT_MARGIN
    return rows, min(max_tokens * rows, size + rows), VALUES_PER_ELEMENT * rows, 2 * rows, text
