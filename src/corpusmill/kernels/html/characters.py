"""What single characters of text are: white space, marks, digits, capitals; their UTF-8 read and written."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.machine_code.jit import inlined, kernel

IS_PUNCTUATION, IS_COMMA, IS_TERMINAL, IS_DIGIT, IS_CAPITAL, IS_SEPARATOR, IS_CLOSING = (1 << bit for bit in range(7))


def _classes() -> np.ndarray:
    """Classes of the code points below 256."""
    bits = np.zeros(256, np.uint8)
    for characters, bit in (
        ("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~¡§«¶·»¿", IS_PUNCTUATION),
        (",", IS_COMMA),
        (".!?", IS_TERMINAL),
        ("0123456789", IS_DIGIT),
        ("".join(chr(c) for c in range(256) if chr(c).isupper()), IS_CAPITAL),
        ("|·»«>/", IS_SEPARATOR),
        ("\"')]}»", IS_CLOSING),
    ):
        for character in characters:
            bits[ord(character)] |= bit
    return bits


CHARACTER_CLASSES = _classes()


@kernel
def class_above(code: int) -> int:
    """Classes of a code point from 256 on."""
    if 0x2010 <= code <= 0x205E or 0x3001 <= code <= 0x3011 or 0xFF01 <= code <= 0xFF1F:
        if 0xFF10 <= code <= 0xFF19:
            return IS_DIGIT
        if code == 0x3002 or code == 0x2026 or code == 0xFF01 or code == 0xFF0E or code == 0xFF1F:
            return IS_PUNCTUATION | IS_TERMINAL
        if code == 0x3001 or code == 0xFF0C:
            return IS_PUNCTUATION | IS_COMMA
        if code == 0x2022 or code == 0x203A or code == 0x2039:
            return IS_PUNCTUATION | IS_SEPARATOR
        if code == 0x2019 or code == 0x201D or code == 0x3009 or code == 0x300D:
            return IS_PUNCTUATION | IS_CLOSING
        return IS_PUNCTUATION
    if code == 0x061F or code == 0x06D4 or code == 0x0964:
        return IS_PUNCTUATION | IS_TERMINAL
    if code == 0x060C:
        return IS_PUNCTUATION | IS_COMMA
    if 0x0391 <= code <= 0x03A9 or 0x0400 <= code <= 0x042F:
        return IS_CAPITAL
    return 0


@inlined
def is_space(code: int) -> bool:
    """White space above ASCII; it is kept, and parts words."""
    if code < 0x1680:
        return code == 0xA0
    return (
        code == 0x1680
        or 0x2000 <= code <= 0x200A
        or code == 0x2028
        or code == 0x2029
        or code == 0x202F
        or code == 0x205F
        or code == 0x3000
    )


@inlined
def is_unspaced(code: int) -> bool:
    """Scripts that write no spaces between words: Thai to Myanmar, Khmer, Han, kana."""
    return (
        0x0E00 <= code <= 0x0EFF
        or 0x1000 <= code <= 0x109F
        or 0x1780 <= code <= 0x17FF
        or 0x2E80 <= code <= 0x2FDF
        or 0x3040 <= code <= 0x30FF
        or 0x3400 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x3FFFF
    )


@kernel
def decode_character(data: np.ndarray, position: int, stop: int) -> Any:
    """The code point of the UTF-8 at `position`, and where it ends; `?` for a byte that is none."""
    lead = np.int64(data[position])
    length = 2 if lead < 0xE0 else (3 if lead < 0xF0 else 4)
    if lead < 0xC2 or lead > 0xF4 or position + length > stop:
        return 0x3F, position + 1
    code = lead & (0xFF >> (length + 1))
    for i in range(1, length):
        byte = np.int64(data[position + i])
        if byte & 0xC0 != 0x80:
            return 0x3F, position + 1
        code = code << 6 | (byte & 0x3F)
    if (
        code > 0x10FFFF
        or 0xD800 <= code <= 0xDFFF
        or (length == 3 and code < 0x800)
        or (length == 4 and code < 0x10000)
    ):
        return 0x3F, position + 1
    return code, position + length


@inlined
def put_character(text: np.ndarray, at: int, code: int) -> int:
    if code < 0x80:
        text[at] = code
        return at + 1
    if code < 0x800:
        text[at] = 0xC0 | code >> 6
        text[at + 1] = 0x80 | code & 0x3F
        return at + 2
    if code < 0x10000:
        text[at] = 0xE0 | code >> 12
        text[at + 1] = 0x80 | code >> 6 & 0x3F
        text[at + 2] = 0x80 | code & 0x3F
        return at + 3
    text[at] = 0xF0 | code >> 18
    text[at + 1] = 0x80 | code >> 12 & 0x3F
    text[at + 2] = 0x80 | code >> 6 & 0x3F
    text[at + 3] = 0x80 | code & 0x3F
    return at + 4
