"""HTML to blocks of text in one pass over its bytes, without a tree: time grows with the page alone.

Names, void and raw-text elements, implied end tags, scopes, foreign content and character references are those of the
HTML standard. What needs a tree is left out: text stays where it stands in the bytes (no foster parenting out of
tables), and formatting elements are closed where their end tag stands and never opened again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import borrowed
from corpusmill.kernels.html.bytes import begins
from corpusmill.kernels.html.elements import (
    ATTRIBUTES,
    element_number,
)
from corpusmill.kernels.html.end_tags import end_tag
from corpusmill.kernels.html.scan import after_comment, attributes, tag_name, text_end
from corpusmill.kernels.html.stack import (
    pop_to,
)
from corpusmill.kernels.html.start_tags import make_element, start_tag
from corpusmill.kernels.html.tables import (
    BASE,
    BLOCKS,
    CHILDREN,
    COUNTERS,
    E_STOP,
    ELEMENT,
    ELEMENTS,
    FOREIGN,
    HEIGHT,
    IN_COMMENT,
    IN_TAG,
    OVERFLOW,
    PLAIN_TEXT,
    SLOTS,
    SPANS,
    STACK_COLUMNS,
    STATE_CELLS,
    STEPS,
    TEXT,
    TOKENS,
    UNCLOSED,
    VALUES,
    Tables,
)
from corpusmill.kernels.html.text import add_text, break_block
from corpusmill.kernels.seek import seek
from corpusmill.machine_code.jit import inlined, kernel

_CDATA = np.frombuffer(b"<![cdata[", np.uint8)


@kernel
def count_brackets(data: np.ndarray) -> int:
    """Number of `<`."""
    found = 0
    for i in range(len(data)):
        found += data[i] == 0x3C
    return found


@inlined
def _markup(
    data: np.ndarray,
    position: int,
    max_tokens: int,
    t: Tables,
    s: np.ndarray,
    tally: np.ndarray,
    stack: np.ndarray,
    open_names: np.ndarray,
    values: np.ndarray,
) -> Any:
    """The tag, comment or declaration whose `<` is at `position`; where to go on."""
    size = len(data)
    following = data[position + 1]
    ends = following == 0x2F
    if ends:
        following = data[position + 2]
    if not 97 <= (following | 32) <= 122:
        if (
            data[position + 1] == 0x21
            and position + 3 < size
            and data[position + 2] == 0x2D
            and data[position + 3] == 0x2D
        ):
            after = after_comment(data, position + 4)
            if after < 0:
                s[UNCLOSED] = IN_COMMENT
                return size
            return after
        if following == 0x21 and stack[s[HEIGHT], FOREIGN] and begins(data, position, size, _CDATA):
            after = position + 9
            while True:
                after = seek(data, after, 0x5D)
                if after >= size or (after + 2 < size and data[after + 1] == 0x5D and data[after + 2] == 0x3E):
                    break
                after += 1
            add_text(data, position + 9, after, False, t, s, tally, stack)
            return min(after + 3, size)
        after = seek(data, position + 2, 0x3E)
        if after >= size:
            s[UNCLOSED] = IN_COMMENT
        return min(after + 1, size)
    name_hash, after = tag_name(data, position + (2 if ends else 1))
    name = element_number(name_hash)
    if name == 0:
        name = -np.int64(name_hash >> np.uint64(1)) - 1
    found, after, closed = attributes(data, after, values)
    if after < 0:
        s[UNCLOSED] = IN_TAG
        return size
    if ends:
        end_tag(t, s, tally, stack, open_names, name)
        return after
    return start_tag(
        data, position, after, name, name_hash, found, values, closed, max_tokens, t, s, tally, stack, open_names
    )


@inlined
def _scan(
    data: np.ndarray,
    max_tokens: int,
    t: Tables,
    s: np.ndarray,
    tally: np.ndarray,
    stack: np.ndarray,
    open_names: np.ndarray,
    values: np.ndarray,
) -> None:
    size = len(data)
    stack[0, :] = 0
    open_names[:] = 0
    tally[:] = 0
    s[HEIGHT] = s[OVERFLOW] = s[UNCLOSED] = s[PLAIN_TEXT] = s[STEPS] = 0
    page = s[ELEMENTS]
    stack[0, ELEMENT] = -1
    make_element(data, 0, 0, 0, values, 0, t, s, stack)
    stack[0, ELEMENT] = page
    stack[0, CHILDREN] = 0
    position = 0
    while position < size:
        end = size if s[PLAIN_TEXT] else text_end(data, position)
        if end > position:
            add_text(data, position, end, not s[PLAIN_TEXT], t, s, tally, stack)
        position = end
        if position < size:
            position = _markup(data, position, max_tokens, t, s, tally, stack, open_names, values)
    break_block(t, s, tally)
    pop_to(t, s, stack, open_names, 0)
    t.elements[page, E_STOP] = s[ELEMENTS]


@kernel
def _scan_all(
    data: Any,
    offsets: Any,
    max_tokens: int,
    tables: Tables,
    first: Any,
    ends: Any,
    steps: Any,
    state: Any,
    tally: Any,
    stack: Any,
    open_names: Any,
    values: Any,
) -> None:
    s = borrowed(state)
    data = borrowed(data)
    t = Tables(
        borrowed(tables.elements),
        borrowed(tables.tokens),
        borrowed(tables.values),
        borrowed(tables.blocks),
        borrowed(tables.counts),
        borrowed(tables.spans),
        borrowed(tables.text),
    )
    tally, stack, open_names, values = borrowed(tally), borrowed(stack), borrowed(open_names), borrowed(values)
    for page in range(len(offsets) - 1):
        s[BASE] = offsets[page]
        _scan(data[offsets[page] : offsets[page + 1]], max_tokens, t, s, tally, stack, open_names, values)
        ends[page] = s[UNCLOSED]
        steps[page] = s[STEPS]
        first[0, page + 1] = s[ELEMENTS]
        first[1, page + 1] = s[BLOCKS]
        first[2, page + 1] = s[SPANS]
        first[3, page + 1] = s[VALUES]
        first[4, page + 1] = s[TEXT]


def scan_pages(data: np.ndarray, offsets: np.ndarray, max_depth: int, max_tokens: int, tables: Tables) -> Any:
    """Fill `tables` from the pages `data[offsets[i]:offsets[i + 1]]` of UTF-8.

    `max_depth`: levels of the stack; elements below hang on the deepest one, and their text is there all the same.
    `max_tokens`: tokens of an element's class, id, role and itemprop. Returns int64 arrays: first element, block, span,
    attribute value and byte of text of each page ([5, n + 1]); how the page ends (n long; `CLOSED` …); levels of the
    stack that were looked at or closed (n long); and the number of tokens.
    """
    pages = len(offsets) - 1
    first = np.zeros((5, pages + 1), np.int64)
    ends = np.zeros(pages, np.int8)
    steps = np.zeros(pages, np.int64)
    state = np.zeros(STATE_CELLS, np.int64)
    tally = np.zeros(len(COUNTERS), np.int64)
    stack = np.zeros((max_depth + 1, STACK_COLUMNS), np.int64)
    open_names = np.zeros(SLOTS, np.int64)
    values = np.zeros((len(ATTRIBUTES), 2), np.int64)
    _scan_all(data, offsets, max_tokens, tables, first, ends, steps, state, tally, stack, open_names, values)
    return first, ends, steps, int(state[TOKENS])
