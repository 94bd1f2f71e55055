"""End tags of HTML: what each closes (WHATWG HTML §13.2.6)."""

from __future__ import annotations

import numpy as np

from corpusmill.kernels.html.elements import (
    BLOCK,
    HEADING,
    IN_VERBATIM,
    KINDS,
    NUMBERS,
    SCOPE,
)
from corpusmill.kernels.html.stack import (
    DIR,
    DL,
    LI,
    MENU,
    OL,
    TABLE,
    UL,
    P,
    find,
    find_heading,
    pop_to,
    remove,
)
from corpusmill.kernels.html.tables import (
    BREAKS,
    CHARS,
    FOREIGN,
    HEIGHT,
    INSIDE,
    KIND,
    LINE_BREAKS,
    NAME_CODE,
    OPEN,
    OVERFLOW,
    P_LEVEL,
    SLOTS,
    STEPS,
    TABLE_LEVEL,
    TEXT,
    Tables,
)
from corpusmill.kernels.html.tags import FORMATTING, IGNORED, SPECIAL, TABLE_PART, VOID
from corpusmill.kernels.html.text import break_block, end_word
from corpusmill.machine_code.jit import inlined, kernel

BR = NUMBERS["br"]


@kernel
def close_to(
    t: Tables, s: np.ndarray, tally: np.ndarray, stack: np.ndarray, open_names: np.ndarray, target: int
) -> None:
    if s[HEIGHT] > target and pop_to(t, s, stack, open_names, target):
        break_block(t, s, tally)


@kernel
def line_break(t: Tables, s: np.ndarray, tally: np.ndarray, stack: np.ndarray) -> None:
    tally[LINE_BREAKS] += 1
    if s[OPEN] and stack[s[HEIGHT], INSIDE] & IN_VERBATIM:
        t.text[s[TEXT]] = 10
        s[TEXT] += 1
        tally[CHARS] += 1
        end_word(s, tally)
    else:
        s[BREAKS] += 1


@inlined
def end_tag(t: Tables, s: np.ndarray, tally: np.ndarray, stack: np.ndarray, open_names: np.ndarray, name: int) -> None:
    kind = KINDS[name] if name > 0 else np.int64(0)
    height = s[HEIGHT]
    foreign = stack[height, FOREIGN] != 0
    if kind & IGNORED:
        break_block(t, s, tally)
        return
    if name == BR:
        line_break(t, s, tally, stack)
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
        close_to(t, s, tally, stack, open_names, found - 1)
