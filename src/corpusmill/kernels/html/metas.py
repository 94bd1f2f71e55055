"""The `<meta>` elements in the heads of pages, by a scan that knows comments, raw text and tags alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import borrowed
from corpusmill.kernels.html.bytes import lower
from corpusmill.kernels.seek import seek
from corpusmill.machine_code.jit import inlined, kernel

MAX_TAG_BYTES = 1024  # between `<meta` and `>`

_META, _HEAD, _BODY = (np.frombuffer(word, np.uint8) for word in (b"<meta", b"</head", b"<body"))
_COMMENT, _COMMENT_END = (np.frombuffer(word, np.uint8) for word in (b"<!--", b"-->"))
_RAW = tuple(np.frombuffer(word, np.uint8) for word in (b"<script", b"<style", b"<title", b"<textarea", b"<noscript"))


@inlined
def _begins(data: np.ndarray, position: int, end: int, word: np.ndarray) -> bool:
    at = 0
    while at < len(word) and position + at < end and lower(data[position + at]) == word[at]:
        at += 1
    return at == len(word)


@inlined
def _ends_word(data: np.ndarray, position: int, end: int) -> bool:
    """Whether no letter, digit or `_` of a page read as Latin-1 stands at `position`."""
    if position >= end:
        return True
    byte = lower(data[position])
    if byte < 0x80:
        return not (97 <= byte <= 122 or 48 <= byte <= 57 or byte == 0x5F)
    return not (
        (byte >= 0xC0 and byte != 0xD7 and byte != 0xF7)
        or byte == 0xAA
        or byte == 0xB2
        or byte == 0xB3
        or byte == 0xB5
        or byte == 0xB9
        or byte == 0xBA
        or 0xBC <= byte <= 0xBE
    )


@inlined
def _find(data: np.ndarray, position: int, end: int, word: np.ndarray) -> int:
    """Behind the next `word`; `end` where none is."""
    while position < end:
        position = seek(data[:end], position, word[0])
        if _begins(data, position, end, word):
            return position + len(word)
        position += 1
    return end


@inlined
def _speaks_to_crawlers(data: np.ndarray, start: int, end: int) -> bool:
    """Whether a word stands there that the names of crawlers have: bot, slurp, -ai, -extended, tdm-reservation."""
    for at in range(start, end - 2):
        first, second, third = lower(data[at]), lower(data[at + 1]), lower(data[at + 2])
        if first == 0x62 and second == 0x6F and third == 0x74:
            return True
        if first == 0x2D and ((second == 0x61 and third == 0x69) or (second == 0x65 and third == 0x78)):
            return True
        if (first == 0x73 and second == 0x6C and third == 0x75) or (first == 0x74 and second == 0x64 and third == 0x6D):
            return True
    return False


@inlined
def _scan(data: np.ndarray, start: int, end: int, page: int, found: np.ndarray, count: int) -> int:
    position = start
    while position < end:
        position = seek(data[:end], position, 0x3C)
        if position >= end:
            break
        if _begins(data, position, end, _COMMENT):
            position = _find(data, position + 4, end, _COMMENT_END)
            continue
        if _begins(data, position, end, _HEAD):
            break
        if _begins(data, position, end, _BODY) and _ends_word(data, position + 5, end):
            break
        if _begins(data, position, end, _META) and _ends_word(data, position + 5, end):
            after = seek(data[:end], position + 5, 0x3E)
            if after < end and after - position - 5 <= MAX_TAG_BYTES:
                if _speaks_to_crawlers(data, position + 5, after):
                    if count < len(found):
                        found[count, 0], found[count, 1], found[count, 2] = page, position + 5, after
                    count += 1
                position = after
            position += 1
            continue
        raw = False
        for word in _RAW:
            if not raw and _begins(data, position, end, word) and _ends_word(data, position + len(word), end):
                raw = True
                position = _after_raw(data, position + len(word), end, word)
        if not raw:
            position += 1
    return count


@inlined
def _after_raw(data: np.ndarray, position: int, end: int, word: np.ndarray) -> int:
    """Behind the name of the end tag of the element whose start tag is `word`."""
    while position < end:
        position = seek(data[:end], position, 0x3C)
        if position + 1 < end and data[position + 1] == 0x2F:
            at = 1
            while at < len(word) and position + 1 + at < end and lower(data[position + 1 + at]) == word[at]:
                at += 1
            if at == len(word):
                return position + 1 + at
        position += 1
    return end


@kernel
def _scan_all(data: Any, starts: Any, ends: Any, found: Any, wide: Any) -> int:
    data, found = borrowed(data), borrowed(found)
    count = 0
    for page in range(len(starts)):
        wide[page] = seek(data[: ends[page]], starts[page], 0) < ends[page]
        count = _scan(data, starts[page], ends[page], page, found, count)
    return count


def metas_for_crawlers(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> Any:
    """int64 [n, 3]: page, and where in `data` lies what stands between `<meta` and `>`, of pages `data[start:end]`;
    and bool [n]: which of these hold NUL, as UTF-16 does.

    Only elements before `</head` and `<body`, outside of comments, scripts and their like, of at most MAX_TAG_BYTES,
    in which a word stands that names of crawlers have.

    >>> page = np.frombuffer(b"<meta name=robots content=noai><meta name=author><body>", np.uint8)
    >>> metas_for_crawlers(page, np.array([0]), np.array([len(page)]))[0].tolist()
    [[0, 5, 30]]
    """
    found = np.empty((4 * len(starts) + 64, 3), np.int64)
    wide = np.empty(len(starts), np.bool_)
    count = _scan_all(data, starts, ends, found, wide)
    if count > len(found):
        found = np.empty((count, 3), np.int64)
        _scan_all(data, starts, ends, found, wide)
    return found[:count], wide
