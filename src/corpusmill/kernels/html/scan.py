"""Where the constructs of HTML begin and end in its bytes (WHATWG HTML §13.2.5): comments, raw text, attributes."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.html.attribute_value import attribute_value
from corpusmill.kernels.html.bytes import blank, is_letter
from corpusmill.kernels.html.elements import HASH_START, attribute_number, fold
from corpusmill.kernels.seek import seek
from corpusmill.machine_code.jit import inlined, kernel


@kernel
def text_end(data: np.ndarray, position: int) -> Any:
    """Where the text from `position` is over: at the next `<` that begins markup, or at the end."""
    size = len(data)
    while True:
        position = seek(data, position, 0x3C)
        if position + 1 >= size:
            return size
        following = data[position + 1]
        if is_letter(following) or following == 0x21 or following == 0x3F:
            return position
        if following == 0x2F and position + 2 < size:
            return position
        position += 1


@kernel
def after_comment(data: np.ndarray, position: int) -> int:
    """Behind the comment whose `<!--` ends at `position`; -1: it is never closed."""
    size = len(data)
    if position < size and data[position] == 0x3E:
        return position + 1
    if position + 1 < size and data[position] == 0x2D and data[position + 1] == 0x3E:
        return position + 2
    while True:
        position = seek(data, position, 0x2D)
        if position + 2 >= size:
            return -1
        if data[position + 1] == 0x2D:
            if data[position + 2] == 0x3E:
                return position + 3
            if data[position + 2] == 0x21 and position + 3 < size and data[position + 3] == 0x3E:
                return position + 4
        position += 1


@kernel
def _is_name(data: np.ndarray, position: int, name: np.uint64) -> bool:
    """Whether a tag's name from `position` to its end has the hash `name`."""
    size = len(data)
    state = HASH_START
    while position < size:
        byte = data[position]
        if blank(byte) or byte == 0x3E or byte == 0x2F:
            return bool(state == name)
        if not is_letter(byte):
            return False
        state = fold(state, byte)
        position += 1
    return False


@kernel
def raw_end(data: np.ndarray, position: int, name: np.uint64) -> int:
    """Where the raw text of the element `name` from `position` is over, at its end tag; -1: it is never closed."""
    size = len(data)
    while True:
        position = seek(data, position, 0x3C)
        if position + 2 >= size:
            return -1
        if data[position + 1] == 0x2F and _is_name(data, position + 2, name):
            return position
        position += 1


@kernel
def script_end(data: np.ndarray, position: int, name: np.uint64) -> int:
    """As `raw_end` for scripts: in `<!-- <script>` the end tag that follows closes the inner script alone."""
    size = len(data)
    escaped = double = False
    while position + 2 < size:
        if not escaped:
            position = seek(data, position, 0x3C)
            if position + 2 >= size:
                return -1
        byte = data[position]
        if byte == 0x2D:  # escaped: --> ends it
            if data[position + 1] == 0x2D and data[position + 2] == 0x3E:
                escaped = double = False
        elif byte == 0x3C:
            if data[position + 1] == 0x2F:
                if _is_name(data, position + 2, name):
                    if not double:
                        return position
                    double = False
            elif escaped:
                if not double and _is_name(data, position + 1, name):
                    double = True
            elif (
                position + 3 < size and data[position + 1] == 0x21 and data[position + 2] == data[position + 3] == 0x2D
            ):
                escaped = True
                position += 1  # the dashes may belong to --> too
        position += 1
    return -1


@inlined
def tag_name(data: np.ndarray, position: int) -> tuple[np.uint64, int]:
    """Hash of the tag's name from `position`, and where it ends."""
    size = len(data)
    state = HASH_START
    while position < size:
        byte = data[position]
        if blank(byte) or byte == 0x3E or byte == 0x2F:
            break
        state = fold(state, byte)
        position += 1
    return state, position


@kernel
def attributes(data: np.ndarray, position: int, values: np.ndarray) -> tuple[int, int, bool]:
    """Which known attributes stand from `position` inside a tag, where the tag ends, and whether it closes itself.

    The first is a mask of their numbers; of each, `values[number]` is the span of the value that the first of its
    name has. The second is -1 where the page ends inside the tag.
    """
    size = len(data)
    found = 0
    slash = False
    while position < size:
        byte = data[position]
        if byte == 0x3E:
            return found, position + 1, slash
        if byte == 0x2F or blank(byte):
            slash = byte == 0x2F
            position += 1
            continue
        slash = False
        state = fold(HASH_START, byte)
        position += 1  # a first "=" belongs to the name
        while position < size:
            byte = data[position]
            if blank(byte) or byte == 0x3D or byte == 0x3E or byte == 0x2F:
                break
            state = fold(state, byte)
            position += 1
        start, stop, position = attribute_value(data, position)
        number = attribute_number(state)
        if number >= 0 and not found >> number & 1:
            found |= 1 << number
            values[number, 0], values[number, 1] = start, stop
    return found, -1, slash
