"""One run of text of HTML into its block: references decoded, white space collapsed, characters counted."""

from __future__ import annotations

import numpy as np

from corpusmill.kernels.html.ascii import BYTES, LEAST, put_ascii
from corpusmill.kernels.html.characters import (
    CHARACTER_CLASSES,
    IS_CAPITAL,
    IS_CLOSING,
    IS_COMMA,
    IS_DIGIT,
    IS_PUNCTUATION,
    IS_SEPARATOR,
    IS_TERMINAL,
    class_above,
    decode_character,
    is_space,
    is_unspaced,
    put_character,
)
from corpusmill.kernels.html.entities import reference
from corpusmill.kernels.html.tables import (
    BLOCK_START,
    BLOCKS,
    BREAKS,
    CAPITALS,
    CHARS,
    COMMAS,
    DIGITS,
    ENDING,
    GAP,
    LONGEST_WORD,
    NON_ASCII,
    PUNCTUATION,
    SENTENCE_ENDS,
    SEPARATORS,
    TEXT,
    UNSPACED,
    WORD_CHARS,
    WORDS,
    Tables,
)
from corpusmill.machine_code.jit import kernel


@kernel
def put_run(
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
    vectors = len(data) - BYTES if not verbatim else -1  # from there on one by one
    while position < stop or second > 0:
        if gap == 0 and second == 0 and position <= vectors and stop - position >= LEAST:
            byte = data[position]
            if byte > 32 and byte < 0x7F:
                count, begun, ended, word, ending = put_ascii(data, position, stop, text, at, word, ending, tally)
                position += count
                at += count
                chars += count
                words += begun
                longest = max(longest, ended)
                if count > 0:
                    continue
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
                code, position = decode_character(data, position, stop)
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
            kind = CHARACTER_CLASSES[code]
        else:
            at = put_character(text, at, code)
            tally[NON_ASCII] += 1
            kind = np.uint8(CHARACTER_CLASSES[code] if code < 256 else class_above(code))
            if code >= 0xE00 and is_unspaced(code):
                tally[UNSPACED] += 1
            if is_space(code):
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
            if kind & IS_PUNCTUATION:
                tally[PUNCTUATION] += 1
            if kind & IS_COMMA:
                tally[COMMAS] += 1
            if kind & IS_DIGIT:
                tally[DIGITS] += 1
            if kind & IS_CAPITAL:
                tally[CAPITALS] += 1
            if kind & IS_SEPARATOR:
                tally[SEPARATORS] += 1
            ending = bool(kind & IS_TERMINAL) or (ending and bool(kind & IS_CLOSING))
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
