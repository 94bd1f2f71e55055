"""Character references of HTML, by the standard's own list and rules (WHATWG HTML §13.2.5.72 to §13.2.5.80)."""

from __future__ import annotations

from html.entities import html5

import numpy as np

from corpusmill.kernels.html.elements import HASH_FACTOR, HASH_START
from corpusmill.kernels.html.lookup import keys_of, slot_in
from corpusmill.machine_code.jit import kernel

LONGEST_NAME = max(len(name) for name in html5)
MOST_BYTES_PER_BYTE = max(len(text.encode()) / (1 + len(name)) for name, text in html5.items())

# 0x80 to 0x9f mean what windows-1252 has there; five of them it leaves to themselves.
_WINDOWS = np.array(
    [ord(bytes([byte]).decode("cp1252", "ignore") or chr(byte)) for byte in range(0x80, 0xA0)], np.int64
)


def _hash_of(name: str) -> int:
    """As `html_elements.name_hash`, but capitals differ from small letters."""
    state = int(HASH_START)
    for byte in name.encode():
        state = (state ^ byte) * int(HASH_FACTOR) % 2**64
    return state


_HASHES, _places = keys_of(map(_hash_of, html5), 8192)  # of names, with the semicolon where it belongs to them
_FIRST, _SECOND = np.zeros(len(_HASHES), np.int64), np.zeros(len(_HASHES), np.int64)  # code points; second 0: none
_FIRST[_places] = [ord(text[0]) for text in html5.values()]
_SECOND[_places] = [ord(text[1]) if len(text) > 1 else 0 for text in html5.values()]


@kernel
def _numeric(data: np.ndarray, position: int, end: int) -> tuple[int, int, int]:
    """The reference whose `#` is at `position`."""
    digits = position + 1
    hexadecimal = digits < end and (data[digits] == 0x78 or data[digits] == 0x58)
    if hexadecimal:
        digits += 1
    value = 0
    at = digits
    while at < end:
        byte = data[at]
        if 48 <= byte <= 57:
            digit = byte - 48
        elif hexadecimal and 97 <= (byte | 32) <= 102:
            digit = (byte | 32) - 87
        else:
            break
        value = min(value * (16 if hexadecimal else 10) + digit, 0x110000)
        at += 1
    if at == digits:
        return -1, 0, position
    if at < end and data[at] == 0x3B:
        at += 1
    if 0x80 <= value <= 0x9F:
        value = _WINDOWS[value - 0x80]
    elif value == 0 or value > 0x10FFFF or 0xD800 <= value <= 0xDFFF:
        value = 0xFFFD
    return value, 0, at


@kernel
def reference(data: np.ndarray, position: int, end: int, in_attribute: bool) -> tuple[int, int, int]:
    """The reference behind the `&` that ends at `position`: one or two code points, and where it is over.

    First -1: there is none, and the `&` is itself. Second 0: there is one code point. Nothing from `end` on is read;
    the longest name wins; without a semicolon only the names that have always been let off theirs count, and in an
    attribute not before a letter, a digit or `=`.
    """
    if position < end and data[position] == 0x23:
        return _numeric(data, position, end)
    state = HASH_START
    at = position
    best = -1
    best_end = position
    limit = min(end, position + LONGEST_NAME)
    while at < limit:
        byte = data[at]
        letter = 97 <= (byte | 32) <= 122 or 48 <= byte <= 57
        if not letter and byte != 0x3B:
            break
        state = (state ^ np.uint64(byte)) * HASH_FACTOR
        at += 1
        if byte == 0x3B or at - position >= 2:
            slot = slot_in(_HASHES, state)
            if slot >= 0:
                best, best_end = slot, at
        if byte == 0x3B:
            break
    if best < 0:
        return -1, 0, position
    if in_attribute and data[best_end - 1] != 0x3B and best_end < end:
        following = data[best_end]
        if following == 0x3D or 97 <= (following | 32) <= 122 or 48 <= following <= 57:
            return -1, 0, position
    return _FIRST[best], _SECOND[best], best_end
