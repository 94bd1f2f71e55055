"""Runs of text of HTML into blocks: references decoded, white space collapsed, characters counted."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.html_bytes import blank
from corpusmill.kernels.html_elements import (
    APART,
    IN_CODE,
    IN_EMPHASIS,
    IN_LINK,
    IN_MATH,
    IN_VERBATIM,
)
from corpusmill.kernels.html_entities import reference
from corpusmill.kernels.html_tables import (
    BASE,
    BLOCK_APART,
    BLOCK_DEPTH,
    BLOCK_ELEMENT,
    BLOCK_END,
    BLOCK_FLAGS,
    BLOCK_INNER,
    BLOCK_JOINED,
    BLOCK_LEVEL,
    BLOCK_START,
    BLOCKS,
    BREAKS,
    CAPITALS,
    CHARS,
    CODE_CHARS,
    COMMAS,
    COMMITTED,
    DIGITS,
    ELEMENT,
    EMPHASIS_CHARS,
    ENDING,
    FIRST_SPAN,
    GAP,
    HEIGHT,
    INSIDE,
    LINK_CHARS,
    LINK_WORDS,
    LIST_DEPTH,
    LONGEST_WORD,
    MATH_CHARS,
    NON_ASCII,
    OPEN,
    PUNCTUATION,
    SENTENCE_ENDS,
    SEPARATORS,
    SPACE_AROUND,
    SPAN_BLOCK,
    SPAN_ELEMENT,
    SPAN_END,
    SPAN_SOURCE_END,
    SPAN_SOURCE_START,
    SPAN_START,
    SPANS,
    TEXT,
    UNSPACED,
    WORD_CHARS,
    WORDS,
    Tables,
)
from corpusmill.kernels.jit import inlined, kernel

_PUNCTUATION, _COMMA, _TERMINAL, _DIGIT, _CAPITAL, _SEPARATOR, _CLOSING = (1 << bit for bit in range(7))
_TEXT_COUNTERS = (
    CHARS,
    WORDS,
    LINK_CHARS,
    LINK_WORDS,
    EMPHASIS_CHARS,
    CODE_CHARS,
    MATH_CHARS,
    PUNCTUATION,
    COMMAS,
    SENTENCE_ENDS,
    DIGITS,
    CAPITALS,
    SEPARATORS,
    NON_ASCII,
    UNSPACED,
    LONGEST_WORD,
)


def _classes() -> np.ndarray:
    """Classes of the code points below 256."""
    bits = np.zeros(256, np.uint8)
    for characters, bit in (
        ("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~¡§«¶·»¿", _PUNCTUATION),
        (",", _COMMA),
        (".!?", _TERMINAL),
        ("0123456789", _DIGIT),
        ("".join(chr(c) for c in range(256) if chr(c).isupper()), _CAPITAL),
        ("|·»«>/", _SEPARATOR),
        ("\"')]}»", _CLOSING),
    ):
        for character in characters:
            bits[ord(character)] |= bit
    return bits


_CLASSES = _classes()


@kernel
def _class_above(code: int) -> int:
    """Classes of a code point from 256 on."""
    if 0x2010 <= code <= 0x205E or 0x3001 <= code <= 0x3011 or 0xFF01 <= code <= 0xFF1F:
        if 0xFF10 <= code <= 0xFF19:
            return _DIGIT
        if code == 0x3002 or code == 0x2026 or code == 0xFF01 or code == 0xFF0E or code == 0xFF1F:
            return _PUNCTUATION | _TERMINAL
        if code == 0x3001 or code == 0xFF0C:
            return _PUNCTUATION | _COMMA
        if code == 0x2022 or code == 0x203A or code == 0x2039:
            return _PUNCTUATION | _SEPARATOR
        if code == 0x2019 or code == 0x201D or code == 0x3009 or code == 0x300D:
            return _PUNCTUATION | _CLOSING
        return _PUNCTUATION
    if code == 0x061F or code == 0x06D4 or code == 0x0964:
        return _PUNCTUATION | _TERMINAL
    if code == 0x060C:
        return _PUNCTUATION | _COMMA
    if 0x0391 <= code <= 0x03A9 or 0x0400 <= code <= 0x042F:
        return _CAPITAL
    return 0


@inlined
def _is_space(code: int) -> bool:
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
def _is_unspaced(code: int) -> bool:
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
def _decode(data: np.ndarray, position: int, stop: int) -> Any:
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
def _encode(text: np.ndarray, at: int, code: int) -> int:
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


@inlined
def end_word(s: np.ndarray, tally: np.ndarray) -> None:
    """What follows begins another word; a sentence ends here where the last character ends one."""
    if s[ENDING]:
        tally[SENTENCE_ENDS] += 1
    s[WORD_CHARS] = s[ENDING] = 0


@kernel
def end_block(t: Tables, s: np.ndarray, tally: np.ndarray) -> None:
    """End the open block, if any; it vanishes where it has no word."""
    if not s[OPEN]:
        return
    s[OPEN] = 0
    block = s[BLOCKS]
    start = t.blocks[block, BLOCK_START]
    if tally[WORDS] > 0:
        end = s[TEXT]
        while end > start and blank(t.text[end - 1]):
            end -= 1
        tally[CHARS] -= s[TEXT] - end
        tally[LINK_CHARS] = min(tally[LINK_CHARS], tally[CHARS])  # white space at the end of a link counts no more
        s[TEXT] = end
        span = s[SPANS] - 1
        while span >= s[FIRST_SPAN] and t.spans[span, SPAN_END] > end:
            t.spans[span, SPAN_END] = end
            t.spans[span, SPAN_START] = min(t.spans[span, SPAN_START], end)
            span -= 1
        end_word(s, tally)
        t.blocks[block, BLOCK_END] = end
        for counter in range(len(tally)):
            t.counts[block, counter] = tally[counter]
            tally[counter] = 0
        s[SPACE_AROUND] = s[BLOCK_APART] != 0 and t.blocks[block, BLOCK_JOINED] >= 2  # without it, the rest is parted
        s[BLOCKS] = block + 1
        s[COMMITTED] = 1
    else:
        s[TEXT] = start
        s[SPANS] = s[FIRST_SPAN]
        s[SPACE_AROUND] = t.blocks[block, BLOCK_JOINED] == 3
        if t.blocks[block, BLOCK_JOINED] == 2:
            s[GAP] = 1
        for counter in _TEXT_COUNTERS:
            tally[counter] = 0
        s[WORD_CHARS] = s[ENDING] = 0


@kernel
def break_block(t: Tables, s: np.ndarray, tally: np.ndarray) -> None:
    """What follows stands in another block and on another line."""
    end_block(t, s, tally)
    s[COMMITTED] = s[SPACE_AROUND] = 0
    s[GAP] = 0
    s[BREAKS] = 0


@kernel
def _begin_block(t: Tables, s: np.ndarray, stack: np.ndarray) -> None:
    level = s[HEIGHT]
    outer = stack[level, BLOCK_LEVEL]
    block = s[BLOCKS]
    t.blocks[block, BLOCK_ELEMENT] = stack[outer, ELEMENT]
    t.blocks[block, BLOCK_INNER] = stack[level, ELEMENT]
    t.blocks[block, BLOCK_FLAGS] = stack[outer, INSIDE] | (stack[level, INSIDE] & (APART | IN_VERBATIM))
    t.blocks[block, BLOCK_DEPTH] = stack[level, LIST_DEPTH]
    t.blocks[block, BLOCK_JOINED] = 0 if not s[COMMITTED] else (2 if s[GAP] or s[BREAKS] else 1 + 2 * s[SPACE_AROUND])
    t.blocks[block, BLOCK_START] = s[TEXT]
    s[OPEN] = 1
    s[GAP] = s[BREAKS] = s[WORD_CHARS] = s[ENDING] = s[SPACE_AROUND] = 0
    s[BLOCK_APART] = stack[level, INSIDE] & APART
    s[FIRST_SPAN] = s[SPANS]


@kernel
def _emit(
    data: np.ndarray,
    position: int,
    stop: int,
    decode: bool,
    verbatim: bool,
    t: Tables,
    s: np.ndarray,
    tally: np.ndarray,
) -> int:
    """Write `data[position:stop]` to the open block; the number of words begun."""
    text = t.text
    at = s[TEXT]
    empty = at == t.blocks[s[BLOCKS], BLOCK_START]
    word = s[WORD_CHARS]
    ending = s[ENDING] != 0
    gap = 10 if s[BREAKS] else (32 if s[GAP] else 0)
    chars = words = longest = 0
    second = 0
    while position < stop or second > 0:
        if second > 0:
            code, second = second, 0
        else:
            code = int(data[position])
            if code == 0x26 and decode:
                code, second, after = reference(data, position + 1, stop, False)
                if code < 0:
                    code = 0x26
                position = after
            elif code < 0x80:
                position += 1
                if code == 13 and verbatim and position < stop and data[position] == 10:
                    continue
            else:
                code, position = _decode(data, position, stop)
        if code <= 32 or 0x7F <= code <= 0x9F:
            if not (code == 32 or 9 <= code <= 13 or code == 0x85):
                continue  # a control without meaning
            if ending:
                tally[SENTENCE_ENDS] += 1
                ending = False
            longest = max(longest, word)
            word = 0
            if not verbatim:
                if gap == 0:
                    gap = 32
            else:
                gap = 0
                text[at] = 10 if code == 13 or code == 10 else (9 if code == 9 else 32)
                at += 1
                chars += 1
            continue
        if gap:
            if not empty or chars:
                text[at] = gap
                at += 1
                chars += 1
            longest = max(longest, word)
            word = 0
            if ending:
                tally[SENTENCE_ENDS] += 1
                ending = False
            gap = 0
        chars += 1
        if code < 0x80:
            text[at] = code
            at += 1
            kind = _CLASSES[code]
        else:
            at = _encode(text, at, code)
            tally[NON_ASCII] += 1
            kind = np.uint8(_CLASSES[code] if code < 256 else _class_above(code))
            if code >= 0xE00 and _is_unspaced(code):
                tally[UNSPACED] += 1
            if _is_space(code):
                longest = max(longest, word)
                word = 0
                if ending:
                    tally[SENTENCE_ENDS] += 1
                    ending = False
                continue
        if word == 0:
            words += 1
        word += 1
        if kind:
            if kind & _PUNCTUATION:
                tally[PUNCTUATION] += 1
            if kind & _COMMA:
                tally[COMMAS] += 1
            if kind & _DIGIT:
                tally[DIGITS] += 1
            if kind & _CAPITAL:
                tally[CAPITALS] += 1
            if kind & _SEPARATOR:
                tally[SEPARATORS] += 1
            ending = bool(kind & _TERMINAL) or (ending and bool(kind & _CLOSING))
        else:
            ending = False
    tally[CHARS] += chars
    tally[WORDS] += words
    tally[LONGEST_WORD] = max(tally[LONGEST_WORD], longest, word)
    s[TEXT] = at
    s[WORD_CHARS] = word
    s[ENDING] = ending
    s[GAP] = gap == 32
    if gap != 10:
        s[BREAKS] = 0
    return words


@kernel
def add_text(
    data: np.ndarray, position: int, stop: int, decode: bool, t: Tables, s: np.ndarray, tally: np.ndarray, stack: Any
) -> None:
    """The run of text `data[position:stop]` at the top of the stack."""
    flags = stack[s[HEIGHT], INSIDE]
    verbatim = flags & IN_VERBATIM != 0
    other = s[OPEN] and flags & APART != s[BLOCK_APART]
    parted = s[OPEN] and s[BREAKS] >= 2 and not verbatim
    start = position
    if other or parted or not s[OPEN]:
        while start < stop and blank(data[start]):
            start += 1
        if start > position:
            if verbatim:  # the first line keeps its indentation
                while start > position and data[start - 1] != 10 and data[start - 1] != 13:
                    start -= 1
            if start >= stop:
                s[GAP] = 1
                return
        if other:
            end_block(t, s, tally)
        elif parted:
            break_block(t, s, tally)
        if start > position and not verbatim:
            s[GAP] = 1
        _begin_block(t, s, stack)
    span = s[SPANS]
    begun = s[TEXT]
    chars = tally[CHARS]
    words = _emit(data, start, stop, decode, verbatim, t, s, tally)
    chars = tally[CHARS] - chars
    if chars == 0:
        return
    if flags & IN_LINK:
        tally[LINK_CHARS] += chars
        tally[LINK_WORDS] += words
    if flags & IN_EMPHASIS:
        tally[EMPHASIS_CHARS] += chars
    if flags & IN_CODE:
        tally[CODE_CHARS] += chars
    if flags & IN_MATH:
        tally[MATH_CHARS] += chars
    if not verbatim and (t.text[begun] == 32 or t.text[begun] == 10):
        begun += 1  # the gap belongs to neither run
    t.spans[span, SPAN_BLOCK] = s[BLOCKS]
    t.spans[span, SPAN_ELEMENT] = stack[s[HEIGHT], ELEMENT]
    t.spans[span, SPAN_START] = begun
    t.spans[span, SPAN_END] = s[TEXT]
    t.spans[span, SPAN_SOURCE_START] = s[BASE] + start
    t.spans[span, SPAN_SOURCE_END] = s[BASE] + stop
    s[SPANS] = span + 1
