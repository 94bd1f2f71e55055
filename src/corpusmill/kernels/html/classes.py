"""Words of class, id, role and itemprop as hashes, whole and in parts; declarations that hide an element."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.html.bytes import blank, is_letter, lower
from corpusmill.kernels.html.elements import HASH_START, fold
from corpusmill.kernels.html.tables import TOKEN_HASH, TOKEN_KIND, TOKENS, Tables
from corpusmill.machine_code.jit import kernel

TOKEN_KINDS = ("class", "class_part", "id", "id_part", "role", "role_part", "itemprop", "itemprop_part")

_DISPLAY, _NONE = (np.frombuffer(word, np.uint8) for word in (b"display", b"none"))
_VISIBILITY, _HIDDEN = (np.frombuffer(word, np.uint8) for word in (b"visibility", b"hidden"))


@kernel
def _add(t: Tables, s: np.ndarray, value: np.uint64, kind: int) -> None:
    row = s[TOKENS]
    t.tokens[row, TOKEN_HASH] = np.int64(value)
    t.tokens[row, TOKEN_KIND] = kind
    s[TOKENS] = row + 1


@kernel
def add_tokens(data: np.ndarray, start: int, stop: int, kind: int, room: int, t: Tables, s: np.ndarray) -> Any:
    """Tokens of the value `data[start:stop]`, at most `room`: each whole, then the runs of letters it is made of.

    A capital behind a small letter begins a part; a token that is a single run of letters has no parts.
    """
    first = s[TOKENS]
    while start < stop:
        while start < stop and blank(data[start]):
            start += 1
        end = start
        whole = HASH_START
        letters = 0
        while end < stop and not blank(data[end]):
            whole = fold(whole, data[end])
            letters += is_letter(data[end]) or data[end] >= 0x80
            end += 1
        if end == start:
            break
        if s[TOKENS] - first >= room:
            break
        _add(t, s, whole, kind)
        part = HASH_START
        length = 0
        at = start
        while at < end:
            byte = data[at]
            wordly = is_letter(byte) or byte >= 0x80
            capital = 65 <= byte <= 90 and at > start and 97 <= data[at - 1] <= 122
            if (not wordly or capital) and length:
                if s[TOKENS] - first < room:
                    _add(t, s, part, kind + 1)
                part, length = HASH_START, 0
            if wordly:
                part = fold(part, byte)
                length += 1
            at += 1
        if 0 < length < end - start and s[TOKENS] - first < room:
            _add(t, s, part, kind + 1)
        start = end
    return s[TOKENS] - first


@kernel
def _says(data: np.ndarray, start: int, stop: int, property_name: np.ndarray, value: np.ndarray) -> bool:
    """Whether `property: value` stands at `start`."""
    at = start
    for i in range(len(property_name)):
        if at >= stop or lower(data[at]) != property_name[i]:
            return False
        at += 1
    while at < stop and blank(data[at]):
        at += 1
    if at >= stop or data[at] != 0x3A:
        return False
    at += 1
    while at < stop and blank(data[at]):
        at += 1
    for i in range(len(value)):
        if at >= stop or lower(data[at]) != value[i]:
            return False
        at += 1
    return True


@kernel
def hides(data: np.ndarray, start: int, stop: int) -> bool:
    """Whether the style `data[start:stop]` declares `display: none` or `visibility: hidden`."""
    begins = True
    for at in range(start, stop):
        byte = data[at]
        if begins and not blank(byte):
            if _says(data, at, stop, _DISPLAY, _NONE) or _says(data, at, stop, _VISIBILITY, _HIDDEN):
                return True
            begins = False
        if byte == 0x3B:
            begins = True
    return False
