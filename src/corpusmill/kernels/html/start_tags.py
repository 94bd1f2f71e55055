"""Start tags of HTML: the element each makes, what it closes, and the raw text or formula behind it."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.html.bytes import begins
from corpusmill.kernels.html.classes import add_tokens, hides
from corpusmill.kernels.html.elements import (
    ALT,
    ALTTEXT,
    ARIA_HIDDEN,
    ATOMIC,
    BLOCK,
    BREAKOUT,
    CLASS,
    CONTENT,
    CONTROL,
    ENCODING,
    FLAGS,
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
    words_of,
)
from corpusmill.kernels.html.end_tags import BR, close_to, line_break
from corpusmill.kernels.html.scan import raw_end, script_end
from corpusmill.kernels.html.stack import (
    A,
    find,
    level_for_start,
    pop_to,
    push,
    remove,
)
from corpusmill.kernels.html.tables import (
    BASE,
    BLOCKS,
    CHILDREN,
    CONTROLS,
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
    IN_RAW_TEXT,
    INSIDE,
    LINKS,
    OVERFLOW,
    PATH,
    PLAIN_TEXT,
    SLOTS,
    SPACE_AROUND,
    TAGS,
    TOKENS,
    UNCLOSED,
    Tables,
)
from corpusmill.kernels.html.tags import IGNORED, RAW, VOID
from corpusmill.kernels.html.text import add_text, break_block, end_block
from corpusmill.kernels.html.values import (
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
from corpusmill.machine_code.jit import inlined, kernel

IMAGE, TITLE, PLAINTEXT, PRE, LISTING, TEXTAREA, NOBR = (
    NUMBERS[name] for name in words_of("image title plaintext pre listing textarea nobr")
)
_MATH_TYPE = np.frombuffer(b"math/tex", np.uint8)
_LINKED_DATA = np.frombuffer(b"application/ld+json", np.uint8)
_FALSE = np.frombuffer(b"false", np.uint8)


@inlined
def make_element(
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
        if found >> ARIA_HIDDEN & 1 and not begins(data, values[ARIA_HIDDEN, 0], values[ARIA_HIDDEN, 1], _FALSE):
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
        formula = begins(data, values[TYPE, 0], values[TYPE, 1], _MATH_TYPE)
        if begins(data, values[TYPE, 0], values[TYPE, 1], _LINKED_DATA):
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
def start_tag(
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
            close_to(t, s, tally, stack, open_names, level)
        else:
            own = make_element(data, source, name, found, values, max_tokens, t, s, stack)
            if not closed:
                push(t, s, stack, open_names, name, kind & ~(BLOCK | VOID), own)
            return position
    if kind & IGNORED:
        break_block(t, s, tally)
        make_element(data, source, name, found, values, max_tokens, t, s, stack)
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
    close_to(t, s, tally, stack, open_names, level)
    if kind & BLOCK:
        break_block(t, s, tally)
    if name == IMAGE:
        name, kind = IMG, KINDS[IMG]
    own = make_element(data, source, name, found, values, max_tokens, t, s, stack)
    formula = name == IMG and found >> ALT & 1 and is_formula(data, values[ALT, 0], values[ALT, 1], t, s)
    if formula:
        _formula(data, values[ALT, 0], values[ALT, 1], own, True, t, s, tally, stack, open_names)
    elif kind & ATOMIC and s[GAP] == 0:
        s[GAP] = 1
    if name == BR:
        line_break(t, s, tally, stack)
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
