"""Text as Markdown: the marks that would be read as Markdown (CommonMark 0.31, tables of GitHub) get a backslash."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.html.bytes import blank, is_letter
from corpusmill.machine_code.jit import inlined, kernel

# What a line feed becomes, and whether bars are escaped: a line break, a space (headings), a space in a cell.
BROKEN, SPACED, CELL = range(3)

_BACKSLASH, _DOLLAR, _BAR, _BACKTICK = b"\\$|`"
_STAR, _LOW_LINE, _LESS, _AMPERSAND, _CLOSE, _TILDE = b"*_<&]~"
_HASH, _GREATER, _MINUS, _PLUS, _EQUALS, _OPEN, _COLON = b"#>-+=[:"
_ENTITY = 32  # the longest name of a character


def _specials() -> np.ndarray:
    special = np.zeros(256, np.bool_)
    special[list(b"\\$|`*_<&]~\n")] = True
    return special


_SPECIAL = _specials()


@inlined
def _is_word(byte: int) -> bool:
    return is_letter(byte) or 48 <= byte <= 57 or byte >= 0x80


@inlined
def _is_mark(byte: int) -> bool:
    return 33 <= byte <= 126 and not _is_word(byte)


@kernel
def put_prefix(prefix: np.ndarray, size: int, out: np.ndarray, at: int) -> int:
    for i in range(size):
        out[at + i] = prefix[i]
    return at + size


@kernel
def line_mark(text: np.ndarray, start: int, end: int, goes_on: bool) -> Any:
    """Where a backslash is needed for `text[start:end]` at the begin of a line not to be read as a mark; -1: nowhere.

    `goes_on`: the line before is of the same paragraph, so that a rule of `=` or `-` would make it a heading.
    """
    byte = text[start]
    after = start
    if byte == _HASH:
        while after < end and text[after] == _HASH and after - start < 7:
            after += 1
        return start if after - start < 7 and (after == end or blank(text[after])) else -1
    if byte == _GREATER:
        return start
    if 48 <= byte <= 57:
        while after < end and 48 <= text[after] <= 57 and after - start < 10:
            after += 1
        if after - start < 10 and after < end and (text[after] == 0x2E or text[after] == 0x29):
            return after if after + 1 == end or blank(text[after + 1]) else -1
        return -1
    if byte in (_MINUS, _PLUS, _STAR) and (start + 1 == end or blank(text[start + 1])):
        return start
    if byte == _OPEN:
        while after < end and text[after] != _CLOSE and text[after] != 10:
            after += 1
        return start if after + 1 < end and text[after] == _CLOSE and text[after + 1] == _COLON else -1
    if byte in (_MINUS, _LOW_LINE) or (byte == _EQUALS and goes_on):
        count = 0
        while after < end and (text[after] == byte or text[after] == 32):
            count += text[after] == byte
            after += 1
        if (after == end or text[after] == 10) and (count >= 3 or (goes_on and byte != _LOW_LINE)):
            return start
    return -1


@kernel
def _formula_end(text: np.ndarray, at: int, end: int) -> Any:
    r"""Behind the formula that begins at `at` with `\(`, `\[` or `$$`; -1: it does not end in `text[:end]`."""
    first, second = text[at], text[at + 1]
    closing = 0x29 if second == 0x28 else (0x5D if second == 0x5B else _DOLLAR)
    at += 2
    while at + 1 < end:
        if text[at] == first and text[at + 1] == closing:
            return at + 2
        at += 1
    return -1


@kernel
def _needs_mark(text: np.ndarray, at: int, start: int, end: int) -> bool:
    """Whether the special byte at `at` would be read as Markdown."""
    byte = text[at]
    before = text[at - 1] if at > start else 32
    following = text[at + 1] if at + 1 < end else 32
    if byte == _BACKTICK:
        return True
    if byte == _STAR:
        return not blank(following) and (not _is_mark(following) or blank(before) or _is_mark(before))
    if byte == _LOW_LINE:
        return not blank(following) and not _is_word(before)
    if byte == _LESS:
        return is_letter(following) or following == 0x2F or following == 0x21 or following == 0x3F
    if byte == _CLOSE:
        return following == 0x28
    if byte == _TILDE:
        return following == _TILDE or before == _TILDE
    if byte == _BACKSLASH:
        return _is_mark(following)
    if byte == _AMPERSAND:
        name = at + 1
        if name < end and text[name] == _HASH:
            name += 1
        begun = name
        while name < end and name - at < _ENTITY and _is_word(text[name]) and text[name] < 0x80:
            name += 1
        return name > begun and name < end and text[name] == 0x3B
    return False


@kernel
def put_markdown(
    text: np.ndarray,
    start: int,
    end: int,
    fresh: bool,
    way: int,
    prefix: np.ndarray,
    size: int,
    out: np.ndarray,
    at: int,
) -> int:
    """Write `text[start:end]` to `out` from `at`; `fresh`: it begins a line; `prefix[:size]`: begins the next ones.

    Formulas in TeX's own marks stay as they are.
    """
    position = start
    mark = line_mark(text, start, end, False) if fresh and start < end else -1
    open_ends = np.int64(0)  # kinds of formulas that are known not to end
    while position < end:
        byte = text[position]
        if position == mark:
            out[at] = _BACKSLASH
            at += 1
            mark = -1
        elif _SPECIAL[byte]:
            if byte == 10:
                if way == BROKEN:
                    out[at] = out[at + 1] = 32
                    out[at + 2] = 10
                    at = put_prefix(prefix, size, out, at + 3)
                    if position + 1 < end:
                        mark = line_mark(text, position + 1, end, True)
                else:
                    out[at] = 32
                    at += 1
                position += 1
                continue
            if position + 1 < end and byte in (_BACKSLASH, _DOLLAR):
                second = text[position + 1]
                kind = 1 if second == 0x28 else (2 if second == 0x5B else 4)
                opens = (second == _DOLLAR) if byte == _DOLLAR else kind < 4
                if opens and not open_ends & kind:
                    after = _formula_end(text, position, end)
                    if after > 0:
                        at = put_line(text, position, after, way, prefix, size, out, at)
                        position = after
                        continue
                    open_ends |= kind
            if (byte == _BAR and way == CELL) or _needs_mark(text, position, start, end):
                out[at] = _BACKSLASH
                at += 1
        out[at] = byte
        at += 1
        position += 1
    return at


@kernel
def put_line(
    text: np.ndarray, start: int, end: int, way: int, prefix: np.ndarray, size: int, out: np.ndarray, at: int
) -> int:
    """Write `text[start:end]` as it is, but for line feeds, and bars in a cell."""
    for position in range(start, end):
        byte = text[position]
        if byte == 10 and way != BROKEN:
            byte = 32
        elif byte == _BAR and way == CELL:
            out[at] = _BACKSLASH
            at += 1
        out[at] = byte
        at += 1
        if byte == 10:
            at = put_prefix(prefix, size, out, at)
    return at


@kernel
def longest_run(text: np.ndarray, start: int, end: int, byte: int) -> Any:
    """Most times that `byte` stands in a row."""
    longest: Any = np.int64(0)
    run: Any = np.int64(0)
    for position in range(start, end):
        run = run + 1 if text[position] == byte else 0
        longest = max(longest, run)
    return longest


@kernel
def put_code(
    text: np.ndarray, start: int, end: int, way: int, prefix: np.ndarray, size: int, out: np.ndarray, at: int
) -> int:
    """Write `text[start:end]` as code in a line."""
    marks = longest_run(text, start, end, _BACKTICK) + 1
    spaced = text[start] == _BACKTICK or text[end - 1] == _BACKTICK
    for _ in range(marks):
        out[at] = _BACKTICK
        at += 1
    if spaced:
        out[at] = 32
        at += 1
    at = put_line(text, start, end, max(way, SPACED), prefix, size, out, at)
    if spaced:
        out[at] = 32
        at += 1
    for _ in range(marks):
        out[at] = _BACKTICK
        at += 1
    return at
