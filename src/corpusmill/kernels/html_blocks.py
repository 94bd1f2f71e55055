"""HTML to blocks of text in one pass over its bytes, without a tree: time grows with the page alone.

Names, void and raw-text elements, implied end tags, scopes, foreign content and character references are those of the
HTML standard. What needs a tree is left out: text stays where it stands in the bytes (no foster parenting out of
tables), and formatting elements are closed where their end tag stands and never opened again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import borrowed
from corpusmill.kernels.html_bytes import lower, seek
from corpusmill.kernels.html_classes import add_tokens, hides
from corpusmill.kernels.html_elements import (
    ALT,
    ALTTEXT,
    ARIA_HIDDEN,
    ATOMIC,
    ATTRIBUTES,
    BLOCK,
    BREAKOUT,
    CLASS,
    CONTENT,
    CONTROL,
    ENCODING,
    FLAGS,
    HEADING,
    HIDDEN,
    HREF,
    ID,
    IN_ARIA_HIDDEN,
    IN_FALLBACK,
    IN_HIDDEN,
    IN_LINK,
    IN_MATH_SOURCE,
    IN_TITLE,
    IN_VERBATIM,
    ITEMPROP,
    KINDS,
    NUMBERS,
    ROLE,
    SCOPE,
    SKIPPED,
    STYLE,
    TYPE,
    element_number,
    words_of,
)
from corpusmill.kernels.html_scan import after_comment, attributes, raw_end, script_end, tag_name, text_end
from corpusmill.kernels.html_stack import (
    DIR,
    DL,
    LI,
    MENU,
    OL,
    TABLE,
    UL,
    A,
    P,
    find,
    find_heading,
    level_for_start,
    pop_to,
    push,
    remove,
)
from corpusmill.kernels.html_tables import (
    BASE,
    BLOCKS,
    BREAKS,
    CHARS,
    CHILDREN,
    CONTROLS,
    COUNTERS,
    E_DEPTH,
    E_FIRST_TOKEN,
    E_FLAGS,
    E_ORDINAL,
    E_PARENT,
    E_PATH,
    E_SOURCE,
    E_STOP,
    E_TAG,
    ELEMENT,
    ELEMENTS,
    FOREIGN,
    GAP,
    HEIGHT,
    IMAGES,
    IN_COMMENT,
    IN_RAW_TEXT,
    IN_TAG,
    INSIDE,
    KIND,
    LINE_BREAKS,
    LINKS,
    NAME_CODE,
    OPEN,
    OVERFLOW,
    P_LEVEL,
    PATH,
    PLAIN_TEXT,
    SLOTS,
    SPACE_AROUND,
    SPANS,
    STACK_COLUMNS,
    STATE_CELLS,
    STEPS,
    TABLE_LEVEL,
    TAGS,
    TEXT,
    TOKENS,
    UNCLOSED,
    VALUES,
    Tables,
)
from corpusmill.kernels.html_tags import FORMATTING, IGNORED, RAW, SPECIAL, TABLE_PART, VOID
from corpusmill.kernels.html_text import add_text, break_block, end_block, end_word
from corpusmill.kernels.html_values import (
    ANNOTATION,
    IMG,
    MATH,
    SCRIPT,
    has_words,
    is_formula,
    keep,
    keep_values,
    names_tex,
)
from corpusmill.kernels.jit import inlined, kernel

BR, IMAGE, TITLE, PLAINTEXT, PRE, LISTING, TEXTAREA, NOBR = (
    NUMBERS[name] for name in words_of("br image title plaintext pre listing textarea nobr")
)
_MATH_TYPE = np.frombuffer(b"math/tex", np.uint8)
_LINKED_DATA = np.frombuffer(b"application/ld+json", np.uint8)
_FALSE = np.frombuffer(b"false", np.uint8)


@kernel
def count_brackets(data: np.ndarray) -> int:
    """Number of `<`."""
    found = 0
    for i in range(len(data)):
        found += data[i] == 0x3C
    return found


@inlined
def _begins(data: np.ndarray, start: int, stop: int, word: np.ndarray) -> bool:
    at = 0
    while at < len(word) and start + at < stop and lower(data[start + at]) == word[at]:
        at += 1
    return at == len(word)


@inlined
def _make_element(
    data: np.ndarray,
    source: int,
    name: int,
    found: int,
    values: np.ndarray,
    max_tokens: int,
    t: Tables,
    s: np.ndarray,
    stack: np.ndarray,
) -> Any:
    """A row of the elements; returns what its text is inside of by the element and its attributes."""
    element = s[ELEMENTS]
    level = s[HEIGHT]
    own = FLAGS[name] if name > 0 else np.int64(0)
    if stack[level, FOREIGN]:
        own &= ~IN_TITLE  # a title in SVG is one of the picture
    if found:
        if name == A and found >> HREF & 1:
            own |= IN_LINK
        if found >> HIDDEN & 1 or (found >> STYLE & 1 and hides(data, values[STYLE, 0], values[STYLE, 1])):
            own |= IN_HIDDEN
        if found >> ARIA_HIDDEN & 1 and not _begins(data, values[ARIA_HIDDEN, 0], values[ARIA_HIDDEN, 1], _FALSE):
            own |= IN_ARIA_HIDDEN
        if (
            name == ANNOTATION
            and found >> ENCODING & 1
            and not names_tex(data, values[ENCODING, 0], values[ENCODING, 1])
        ):
            own |= IN_FALLBACK
    t.elements[element, E_TAG] = max(name, 0)
    t.elements[element, E_PARENT] = stack[level, ELEMENT]
    t.elements[element, E_STOP] = element + 1
    t.elements[element, E_FLAGS] = stack[level, INSIDE] | own
    t.elements[element, E_PATH] = (stack[level, PATH] ^ name) * np.int64(0x5851F42D4C957F2D)
    t.elements[element, E_PATH] ^= t.elements[element, E_PATH] >> 29
    t.elements[element, E_DEPTH] = level
    stack[level, CHILDREN] += 1
    t.elements[element, E_ORDINAL] = stack[level, CHILDREN]
    t.elements[element, E_SOURCE] = s[BASE] + source
    t.elements[element, E_FIRST_TOKEN] = s[TOKENS]
    s[ELEMENTS] = element + 1
    if found:
        room = max_tokens
        for kind, number in ((0, CLASS), (2, ID), (4, ROLE), (6, ITEMPROP)):
            if found >> number & 1 and room > 0:
                room -= add_tokens(data, values[number, 0], values[number, 1], kind, room, t, s)
        keep_values(t, s, name, found, values)
    return own


@kernel
def _close(t: Tables, s: np.ndarray, tally: np.ndarray, stack: np.ndarray, open_names: np.ndarray, target: int) -> None:
    if s[HEIGHT] > target and pop_to(t, s, stack, open_names, target):
        break_block(t, s, tally)


@kernel
def _line_break(t: Tables, s: np.ndarray, tally: np.ndarray, stack: np.ndarray) -> None:
    tally[LINE_BREAKS] += 1
    if s[OPEN] and stack[s[HEIGHT], INSIDE] & IN_VERBATIM:
        t.text[s[TEXT]] = 10
        s[TEXT] += 1
        tally[CHARS] += 1
        end_word(s, tally)
    else:
        s[BREAKS] += 1


@inlined
def _end_tag(t: Tables, s: np.ndarray, tally: np.ndarray, stack: np.ndarray, open_names: np.ndarray, name: int) -> None:
    kind = KINDS[name] if name > 0 else np.int64(0)
    height = s[HEIGHT]
    foreign = stack[height, FOREIGN] != 0
    if kind & IGNORED:
        break_block(t, s, tally)
        return
    if name == BR:
        _line_break(t, s, tally, stack)
        return
    if kind & VOID and not foreign:
        return
    if s[OVERFLOW] > 0:
        s[OVERFLOW] -= 1
        if kind & BLOCK:
            break_block(t, s, tally)
        return
    if kind & BLOCK and not (stack[height, NAME_CODE] == name and not stack[height, KIND] & BLOCK):  # SVG has a title
        break_block(t, s, tally)
    if open_names[name & (SLOTS - 1)] == 0 and not kind & HEADING:
        return
    if name == P:
        found = stack[height, P_LEVEL]
    elif kind & HEADING:
        found = find_heading(s, stack, height)
    elif kind & TABLE_PART or name == TABLE:
        found = find(s, stack, height, name, 0)
        if found < stack[height, TABLE_LEVEL]:
            found = 0
    elif name == LI:
        while height > 0 and stack[height, NAME_CODE] != LI:
            above = stack[height, NAME_CODE]
            if stack[height, KIND] & SCOPE or above in (UL, OL, MENU, DIR, DL):
                break
            s[STEPS] += 1
            height -= 1
        found = height if stack[height, NAME_CODE] == LI else 0
    elif kind & (FORMATTING | SPECIAL) or foreign:
        found = find(s, stack, height, name, SCOPE)
    else:
        found = find(s, stack, height, name, SPECIAL)
    if found == 0:
        return
    if kind & FORMATTING and not foreign:
        remove(t, s, stack, open_names, found)
    else:
        _close(t, s, tally, stack, open_names, found - 1)


@kernel
def _raw(
    data: np.ndarray,
    position: int,
    name: int,
    name_hash: np.uint64,
    kind: Any,
    own: Any,
    found: int,
    values: np.ndarray,
    t: Tables,
    s: np.ndarray,
    tally: np.ndarray,
    stack: np.ndarray,
    open_names: np.ndarray,
) -> Any:
    """The content of a raw-text element whose start tag ends at `position`; where it is over."""
    end = script_end(data, position, name_hash) if name == SCRIPT else raw_end(data, position, name_hash)
    if end < 0:
        s[UNCLOSED] = IN_RAW_TEXT
        end = len(data)
    formula = False
    if name == SCRIPT and found >> TYPE & 1:
        formula = _begins(data, values[TYPE, 0], values[TYPE, 1], _MATH_TYPE)
        if _begins(data, values[TYPE, 0], values[TYPE, 1], _LINKED_DATA):
            keep(t, s, CONTENT, position, end)
    if kind & SKIPPED and not formula:
        return end
    if formula:
        own |= IN_MATH_SOURCE | IN_VERBATIM
    height = s[HEIGHT]
    push(t, s, stack, open_names, name, kind, own)
    if s[HEIGHT] > height:
        start = position
        if name == TEXTAREA and start < end and data[start] == 10:
            start += 1
        add_text(data, start, end, name in (TITLE, TEXTAREA), t, s, tally, stack)
        if formula:
            end_block(t, s, tally)
        pop_to(t, s, stack, open_names, height)
    else:
        s[OVERFLOW] -= 1
    if kind & BLOCK:
        break_block(t, s, tally)
    return end


@kernel
def _formula(
    data: np.ndarray,
    start: int,
    stop: int,
    own: Any,
    atomic: bool,
    t: Tables,
    s: np.ndarray,
    tally: np.ndarray,
    stack: np.ndarray,
    open_names: np.ndarray,
) -> None:
    """The TeX `data[start:stop]` of the element made last, as a block of its own; `atomic`: it parts words."""
    end_block(t, s, tally)
    height, blocks = s[HEIGHT], s[BLOCKS]
    push(t, s, stack, open_names, IMG, 0, own | IN_MATH_SOURCE | IN_VERBATIM)
    if s[HEIGHT] > height:
        add_text(data, start, stop, True, t, s, tally, stack)
        end_block(t, s, tally)
        pop_to(t, s, stack, open_names, height)
    else:
        s[OVERFLOW] -= 1
    if atomic and s[BLOCKS] == blocks:
        s[GAP] = 1
    elif atomic:
        s[SPACE_AROUND] = 1


@inlined
def _start_tag(
    data: np.ndarray,
    source: int,
    position: int,
    name: int,
    name_hash: np.uint64,
    found: int,
    values: np.ndarray,
    closed: bool,
    max_tokens: int,
    t: Tables,
    s: np.ndarray,
    tally: np.ndarray,
    stack: np.ndarray,
    open_names: np.ndarray,
) -> Any:
    """The start tag that ends at `position`; where to go on."""
    kind = KINDS[name] if name > 0 else np.int64(0)
    tally[TAGS] += 1
    if stack[s[HEIGHT], FOREIGN]:
        if kind & BREAKOUT:
            level = s[HEIGHT]
            while stack[level, FOREIGN]:
                level -= 1
            _close(t, s, tally, stack, open_names, level)
        else:
            own = _make_element(data, source, name, found, values, max_tokens, t, s, stack)
            if not closed:
                push(t, s, stack, open_names, name, kind & ~(BLOCK | VOID), own)
            return position
    if kind & IGNORED:
        break_block(t, s, tally)
        _make_element(data, source, name, found, values, max_tokens, t, s, stack)
        return position
    level = level_for_start(s, stack, s[HEIGHT], name, kind, open_names)
    if level < 0:
        break_block(t, s, tally)
        return position
    if (name in (A, NOBR)) and open_names[name & (SLOTS - 1)]:
        other = find(s, stack, s[HEIGHT], name, SCOPE)
        if other:
            remove(t, s, stack, open_names, other)
            level = min(level, s[HEIGHT])
    _close(t, s, tally, stack, open_names, level)
    if kind & BLOCK:
        break_block(t, s, tally)
    if name == IMAGE:
        name, kind = IMG, KINDS[IMG]
    own = _make_element(data, source, name, found, values, max_tokens, t, s, stack)
    formula = name == IMG and found >> ALT & 1 and is_formula(data, values[ALT, 0], values[ALT, 1], t, s)
    if formula:
        _formula(data, values[ALT, 0], values[ALT, 1], own, True, t, s, tally, stack, open_names)
    elif kind & ATOMIC and s[GAP] == 0:
        s[GAP] = 1
    if name == BR:
        _line_break(t, s, tally, stack)
    elif name == IMG:
        tally[IMAGES] += 1
    elif name == A:
        tally[LINKS] += own & IN_LINK != 0
    if kind & CONTROL:
        tally[CONTROLS] += 1
    if kind & VOID:
        return position
    if kind & RAW:
        return _raw(data, position, name, name_hash, kind, own, found, values, t, s, tally, stack, open_names)
    push(t, s, stack, open_names, name, kind, own)
    if name == MATH and found >> ALTTEXT & 1 and has_words(data, values[ALTTEXT, 0], values[ALTTEXT, 1]):
        _formula(data, values[ALTTEXT, 0], values[ALTTEXT, 1], own, False, t, s, tally, stack, open_names)
    elif name == PLAINTEXT:
        s[PLAIN_TEXT] = 1
    elif name in (PRE, LISTING):
        if position < len(data) and data[position] == 13:
            position += 1
        if position < len(data) and data[position] == 10:
            position += 1
    return position


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
        if following == 0x21 and stack[s[HEIGHT], FOREIGN] and _begins(data, position, size, _CDATA):
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
        _end_tag(t, s, tally, stack, open_names, name)
        return after
    return _start_tag(
        data, position, after, name, name_hash, found, values, closed, max_tokens, t, s, tally, stack, open_names
    )


_CDATA = np.frombuffer(b"<![cdata[", np.uint8)


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
    _make_element(data, 0, 0, 0, values, 0, t, s, stack)
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
