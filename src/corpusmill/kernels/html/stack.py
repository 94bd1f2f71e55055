"""The stack of open elements: what start and end tags push and close (WHATWG HTML §13.2.4 and §13.2.6)."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.html.elements import BLOCK, CELL, HEADING, NUMBERS, SCOPE, words_of
from corpusmill.kernels.html.tables import (
    BLOCK_LEVEL,
    CELL_LEVEL,
    CHILDREN,
    DD_LEVEL,
    E_PATH,
    E_STOP,
    ELEMENT,
    ELEMENTS,
    FOREIGN,
    HEIGHT,
    INSIDE,
    KIND,
    LI_LEVEL,
    LIST_DEPTH,
    NAME_CODE,
    OVERFLOW,
    OWN,
    P_LEVEL,
    PATH,
    SLOTS,
    STACK_COLUMNS,
    STEPS,
    TABLE_LEVEL,
    Tables,
)
from corpusmill.kernels.html.tags import BARRIER, CLOSES_P, INTEGRATION, SPECIAL, TABLE_PART
from corpusmill.machine_code.jit import inlined, kernel

A, P, LI, DD, DT, TR, TD, TH, TABLE, TBODY, THEAD, TFOOT, OPTION, OPTGROUP, BUTTON, UL, OL, MENU, DL, DIR = (
    NUMBERS[name]
    for name in words_of("a p li dd dt tr td th table tbody thead tfoot option optgroup button ul ol menu dl dir")
)
ADDRESS, DIV, TEMPLATE, SVG, MATH, RT, RP, NOBR = (
    NUMBERS[name] for name in ["address", "div", "template", "svg", "math", "rt", "rp", "nobr"]
)
_PATH_FACTOR = np.int64(0x5851F42D4C957F2D)


@inlined
def push(t: Tables, s: np.ndarray, stack: np.ndarray, open_names: np.ndarray, name: int, kind: Any, own: Any) -> None:
    """Open the element made last; where the stack is full, only count it."""
    height = s[HEIGHT]
    if height + 1 >= len(stack):
        s[OVERFLOW] += 1
        return
    level = height + 1
    for column in range(STACK_COLUMNS):
        stack[level, column] = stack[height, column]
    stack[level, ELEMENT] = s[ELEMENTS] - 1
    stack[level, NAME_CODE] = name
    stack[level, KIND] = kind
    stack[level, OWN] = own
    stack[level, INSIDE] = stack[height, INSIDE] | own
    stack[level, PATH] = t.elements[s[ELEMENTS] - 1, E_PATH]
    stack[level, CHILDREN] = 0
    stack[level, FOREIGN] = name in (SVG, MATH) or (stack[height, FOREIGN] != 0 and not kind & INTEGRATION)
    if kind & BARRIER:
        stack[level, P_LEVEL] = 0
    if kind & SPECIAL and name != ADDRESS and name != DIV and name != P:
        stack[level, LI_LEVEL] = stack[level, DD_LEVEL] = 0
    if name == P:
        stack[level, P_LEVEL] = level
    elif name == LI:
        stack[level, LI_LEVEL] = level
    elif name in (DD, DT):
        stack[level, DD_LEVEL] = level
    elif name == TABLE:
        stack[level, TABLE_LEVEL], stack[level, CELL_LEVEL] = level, 0
    elif name == TEMPLATE:
        stack[level, TABLE_LEVEL] = stack[level, CELL_LEVEL] = 0
    elif name in (UL, OL, MENU, DL, DIR):
        stack[level, LIST_DEPTH] += 1
    if kind & CELL:
        stack[level, CELL_LEVEL] = level
    if kind & BLOCK:
        stack[level, BLOCK_LEVEL] = level
    open_names[name & (SLOTS - 1)] += 1
    s[HEIGHT] = level


@kernel
def pop_to(t: Tables, s: np.ndarray, stack: np.ndarray, open_names: np.ndarray, target: int) -> bool:
    """Close the levels above `target`, and those below that were closed out of order; whether one was a block."""
    height = s[HEIGHT]
    parts = False
    while height > target or (height > 0 and stack[height, NAME_CODE] == 0):
        name = stack[height, NAME_CODE]
        if name != 0:
            open_names[name & (SLOTS - 1)] -= 1
            parts = parts or stack[height, KIND] & BLOCK != 0
        t.elements[stack[height, ELEMENT], E_STOP] = s[ELEMENTS]
        s[STEPS] += 1
        height -= 1
    s[HEIGHT] = height
    return bool(parts)


@kernel
def find(s: np.ndarray, stack: np.ndarray, height: int, name: int, barrier: int) -> int:
    """Level of the nearest open `name` with no element of the classes `barrier` above it; 0: none."""
    while height > 0:
        if stack[height, NAME_CODE] == name:
            return height
        if stack[height, KIND] & barrier:
            return 0
        s[STEPS] += 1
        height -= 1
    return 0


@kernel
def find_heading(s: np.ndarray, stack: np.ndarray, height: int) -> int:
    """Level of the nearest open heading in scope; 0: none."""
    while height > 0 and not stack[height, KIND] & SCOPE:
        if stack[height, KIND] & HEADING:
            return height
        s[STEPS] += 1
        height -= 1
    return 0


@kernel
def remove(t: Tables, s: np.ndarray, stack: np.ndarray, open_names: np.ndarray, level: int) -> None:
    """Close the formatting element at `level`; what is open above it stays open."""
    height = s[HEIGHT]
    if level == height:
        pop_to(t, s, stack, open_names, level - 1)
        return
    open_names[stack[level, NAME_CODE] & (SLOTS - 1)] -= 1
    stack[level, NAME_CODE] = stack[level, KIND] = stack[level, OWN] = 0
    s[STEPS] += height - level
    for above in range(level, height + 1):
        stack[above, INSIDE] = stack[above - 1, INSIDE] | stack[above, OWN]


@inlined
def level_for_start(s: np.ndarray, stack: np.ndarray, height: int, name: int, kind: Any, open_names: np.ndarray) -> Any:
    """Level to which the stack falls before the start tag `name`, by the end tags it implies; -1: it is ignored."""
    if kind & TABLE_PART:
        table = stack[height, TABLE_LEVEL]
        if table == 0:
            return -1
        while height > table:
            parent = stack[height, NAME_CODE]
            section = parent in (TBODY, THEAD, TFOOT)
            if section and (name in (TR, TD, TH)):
                return height
            if parent == TR and (name in (TD, TH)):
                return height
            height -= 1
        return table
    if name == TABLE and stack[height, TABLE_LEVEL] and not stack[height, CELL_LEVEL]:
        return stack[height, TABLE_LEVEL] - 1
    lowest = height
    if name == LI:
        if stack[height, LI_LEVEL]:
            lowest = stack[height, LI_LEVEL] - 1
    elif name in (DD, DT):
        if stack[height, DD_LEVEL]:
            lowest = stack[height, DD_LEVEL] - 1
    elif name in (OPTION, OPTGROUP):
        while lowest > 0:
            top = stack[lowest, NAME_CODE]
            if top != OPTION and not (name == OPTGROUP and top == OPTGROUP):
                break
            lowest -= 1
    elif name in (RT, RP):
        if stack[height, NAME_CODE] == RT or stack[height, NAME_CODE] == RP:
            lowest = height - 1
    elif name == BUTTON and open_names[BUTTON & (SLOTS - 1)]:
        found = find(s, stack, height, BUTTON, SCOPE)
        if found:
            lowest = found - 1
    if kind & CLOSES_P and stack[lowest, P_LEVEL]:
        lowest = stack[lowest, P_LEVEL] - 1
    if kind & HEADING and stack[lowest, KIND] & HEADING:
        lowest -= 1
    return lowest
