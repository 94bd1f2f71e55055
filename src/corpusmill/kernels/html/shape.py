"""The shape of HTML, estimated from its bytes in one pass: how deep, how wide and how costly its tree would be.

Parsers for the web take time that grows with the square of the nesting depth or of the attributes of one tag, so a few
kilobytes can hold one for minutes. This scan follows the stack of open elements as a browser would (end tags that may
be left out, void elements, raw text, tables, formatting that browsers reopen) without building a tree.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.html.attribute_value import attribute_value
from corpusmill.kernels.html.bytes import blank, lower
from corpusmill.kernels.html.tags import (
    ADDRESS,
    BARRIER,
    BUTTON,
    CLOSES_P,
    DD,
    DIV,
    DT,
    FORMATTING,
    IGNORED,
    INTEGRATION,
    LI,
    MATH,
    NOBR,
    OPTGROUP,
    OPTION,
    RAW,
    SPECIAL,
    SVG,
    TABLE,
    TABLE_PART,
    TBODY,
    TD,
    TFOOT,
    TH,
    THEAD,
    TR,
    VOID,
    A,
    P,
    classes_of,
)
from corpusmill.kernels.seek import seek
from corpusmill.machine_code.jit import kernel

_REOPENING_COST = 20  # an element that is made anew, against a level that is walked
_SLOTS = 256  # counters by which a search for an element that is not open ends at once


@kernel
def _units(data: np.ndarray) -> np.ndarray:
    """`data` with one byte a character: UTF-16 and UTF-32 lose their zero bytes, ISO-2022-JP its two-byte parts."""
    size = len(data)
    head = min(size, 4096)
    even = odd = escapes = 0
    for i in range(head):
        if data[i] == 0:
            even += 1 - (i & 1)
            odd += i & 1
    for i in range(size):
        escapes += data[i] == 0x1B
    if (even + odd) * 8 < head and escapes == 0:
        return data
    out = np.empty(size, np.uint8)
    n = 0
    if (even + odd) * 8 >= head:
        low = 0 if odd > even else 1  # which byte of a pair carries ASCII
        for i in range(0, size - 1, 2):
            if data[i + 1 - low] == 0:
                if data[i + low] != 0:
                    out[n] = data[i + low]
                    n += 1
            else:
                out[n] = 0xFF
                n += 1
        return out[:n]
    double = False  # ISO-2022-JP between ESC $ and ESC (
    i = 0
    while i < size:
        if data[i] == 0x1B and i + 2 < size and (data[i + 1] == 0x24 or data[i + 1] == 0x28):
            double = data[i + 1] == 0x24
            i += 3
            continue
        out[n] = 0xFF if double else data[i]
        n += 1
        i += 1
    return out[:n]


@kernel
def _name(data: np.ndarray, position: int) -> tuple[np.uint64, int]:
    """Packed name of the tag from `position`, and where it ends."""
    name = np.uint64(0)
    letters = 0
    while position < len(data):
        byte = lower(data[position])
        if blank(byte) or byte == 0x3E or byte == 0x2F:
            break
        if letters < 8:
            name = (name << np.uint64(8)) | np.uint64(byte)
        letters += 1
        position += 1
    return name, position


@kernel
def _attributes(data: np.ndarray, position: int) -> tuple[int, int, bool]:
    """Number of attributes from `position` inside a tag, where the tag ends, and whether it closes itself."""
    size = len(data)
    count = 0
    slash = False
    while position < size:
        byte = data[position]
        if byte == 0x3E:
            return count, position + 1, slash
        if byte == 0x2F or blank(byte):
            slash = byte == 0x2F
            position += 1
            continue
        slash = False
        count += 1
        position += 1  # a first "=" belongs to the name
        while position < size and not blank(data[position]) and data[position] not in (0x3D, 0x3E, 0x2F):
            position += 1
        position = attribute_value(data, position)[2]
    return count, size, slash


@kernel
def _after(data: np.ndarray, position: int, byte: int) -> Any:
    return seek(data, position, byte) + 1


@kernel
def _after_comment(data: np.ndarray, position: int) -> int:
    """Where the comment whose `<!--` ends at `position` is over."""
    size = len(data)
    if position < size and data[position] == 0x3E:
        return position + 1
    if position + 1 < size and data[position] == 0x2D and data[position + 1] == 0x3E:
        return position + 2
    dashes = 0
    while position < size:
        byte = data[position]
        position += 1
        if byte == 0x2D:
            dashes += 1
        elif byte == 0x3E and dashes >= 2:
            return position
        elif not (byte == 0x21 and dashes >= 2):
            dashes = 0
    return size


@kernel
def _after_raw(data: np.ndarray, position: int, name: np.uint64) -> int:
    """Where the raw text of element `name` is over: at its end tag, or at the end of the page."""
    size = len(data)
    while True:
        position = seek(data, position, 0x3C)
        if position >= size - 1:
            return size
        if data[position + 1] == 0x2F:
            found, _ = _name(data, position + 2)
            if found == name:
                return position
        position += 1


@kernel
def _find(stack: np.ndarray, kinds: np.ndarray, height: int, name: np.uint64, stop: int) -> int:
    """Index of the nearest open `name` with no element of the classes `stop` above it; -1: none."""
    for i in range(height - 1, -1, -1):
        if stack[i] == name:
            return i
        if kinds[i] & stop:
            return -1
    return -1


@kernel
def _cut_for_start(
    stack: np.ndarray, kinds: np.ndarray, height: int, name: np.uint64, kind: int, counts: np.ndarray
) -> Any:
    """Height to which the stack falls before start tag `name`, by the end tags it implies; -1: the tag is ignored."""
    if kind & TABLE_PART:
        for i in range(height - 1, -1, -1):
            parent = stack[i]
            if parent == TABLE:
                return i + 1
            section = parent in (TBODY, THEAD, TFOOT)
            if name == TR and section:
                return i + 1
            if (name in (TD, TH)) and (parent == TR or section):
                return i + 1
        return -1
    if name in (LI, DD, DT):
        for i in range(height - 1, -1, -1):
            open_name = stack[i]
            if open_name == name or (name != LI and (open_name in (DD, DT))):
                return i
            if kinds[i] & SPECIAL and open_name not in (ADDRESS, DIV, P):
                break
    elif name in (OPTION, OPTGROUP):
        while height > 0 and (stack[height - 1] == OPTION or (name == OPTGROUP and stack[height - 1] == OPTGROUP)):
            height -= 1
        return height
    elif name == BUTTON and counts[name % np.uint64(_SLOTS)]:
        found = _find(stack, kinds, height, name, BARRIER)
        if found >= 0:
            return found
    if kind & CLOSES_P and counts[P % np.uint64(_SLOTS)]:
        found = _find(stack, kinds, height, P, BARRIER)
        if found >= 0:
            return found
    return height


@kernel
def _shape(source: np.ndarray, stop_depth: int) -> tuple[int, int, int]:
    data = _units(source)
    size = len(data)
    stack = np.zeros(stop_depth + 2, np.uint64)
    kinds = np.zeros(stop_depth + 2, np.int64)
    foreign = np.zeros(stop_depth + 2, np.bool_)
    counts = np.zeros(_SLOTS, np.int64)
    height = reopened = 0  # reopened: formatting elements that a browser opens again in each following block
    deepest = widest = total = 0
    position = 0
    text = False
    while position < size:
        if data[position] != 0x3C:
            if text:
                position = seek(data, position, 0x3C)
            else:
                text = not blank(data[position])
                position += 1
            continue
        following = lower(data[position + 1]) if position + 1 < size else 0
        ends = following == 0x2F
        letter = lower(data[position + 2]) if ends and position + 2 < size else following
        if not 97 <= letter <= 122:
            if following == 0x21 and position + 3 < size and data[position + 2] == 0x2D and data[position + 3] == 0x2D:
                position = _after_comment(data, position + 4)
            elif ends or following == 0x21 or following == 0x3F:
                position = _after(data, position + 1, 0x3E)
            else:
                text = True
                position += 1
            continue
        total += (height + _REOPENING_COST * reopened) * (1 + text)
        text = False
        name, position = _name(data, position + (2 if ends else 1))
        width, position, self_closing = _attributes(data, position)
        widest = max(widest, width)
        kind = classes_of(name)
        outside = height > 0 and foreign[height - 1]
        if kind & IGNORED or (kind & VOID and not outside):
            continue
        slot = name % np.uint64(_SLOTS)
        if ends:
            if counts[slot] == 0:
                if kind & FORMATTING and reopened > 0:
                    reopened -= 1
                continue
            stop = SPECIAL
            if kind & FORMATTING:
                stop = BARRIER
            elif kind & TABLE_PART or name == TABLE:
                stop = 0
            elif kind & SPECIAL:
                stop = BARRIER
            found = _find(stack, kinds, height, name, stop)
            if found < 0:
                if kind & FORMATTING and reopened > 0:
                    reopened -= 1
                continue
            if kind & FORMATTING:  # the blocks above it stay open
                counts[slot] -= 1
                for i in range(found, height - 1):
                    stack[i], kinds[i], foreign[i] = stack[i + 1], kinds[i + 1], foreign[i + 1]
                height -= 1
                continue
            lowest = found
        else:
            lowest = height if outside else _cut_for_start(stack, kinds, height, name, kind, counts)
            if lowest < 0:
                continue
            if (name in (A, NOBR)) and counts[slot] and not outside:
                found = _find(stack, kinds, height, name, BARRIER)
                if found >= 0:
                    counts[slot] -= 1
                    for i in range(found, height - 1):
                        stack[i], kinds[i], foreign[i] = stack[i + 1], kinds[i + 1], foreign[i + 1]
                    height -= 1
                    lowest = min(lowest, height)
        while height > lowest:
            height -= 1
            counts[stack[height] % np.uint64(_SLOTS)] -= 1
            if kinds[height] & FORMATTING and not (kinds[lowest] & BARRIER):
                reopened += 1
        if ends:
            continue
        if kind & RAW and not outside:
            position = _after_raw(data, position, name)
            continue
        if outside and self_closing:
            continue
        stack[height] = name
        kinds[height] = kind
        foreign[height] = name in (SVG, MATH) or (outside and not kind & (INTEGRATION | SPECIAL))
        counts[slot] += 1
        height += 1
        deepest = max(deepest, height + reopened)
        if deepest >= stop_depth:
            break
    return deepest, widest, total


@kernel
def html_shapes(
    data: np.ndarray, offsets: np.ndarray, wanted: np.ndarray, stop_depth: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shape of each page `data[offsets[i]:offsets[i + 1]]` with `wanted[i]`, each as int64[n]; zero for the others.

    1. Depth: elements open at once at the deepest place; the scan of a page ends when it reaches `stop_depth`.
    2. Attributes: of the tag that has most.
    3. Nesting: sum over all tags and runs of text of the depth at which they stand, the work of walking the tree;
       formatting elements that must be opened again count 20 times, since each becomes a node.
    """
    pages = len(offsets) - 1
    depth, attributes, nesting = np.zeros(pages, np.int64), np.zeros(pages, np.int64), np.zeros(pages, np.int64)
    for page in range(pages):
        if wanted[page]:
            depth[page], attributes[page], nesting[page] = _shape(data[offsets[page] : offsets[page + 1]], stop_depth)
    return depth, attributes, nesting
