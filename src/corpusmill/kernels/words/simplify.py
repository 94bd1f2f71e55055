"""Simplified text and its words in one pass: what reference_simplify.py, the plain oracle, says.

The caller's punctuation and number separators come as a class for each code point. ASCII takes a path of its own.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.bits import address, leading_letters, peek8, peek16, peek32, peek64, poke8, poke32, poke64
from corpusmill.kernels.characters.casing import cased_follows
from corpusmill.kernels.characters.categories import of_category
from corpusmill.kernels.characters.tables import (
    CAPITAL_SIGMA,
    FINAL_SIGMA,
    IS_CASED,
    IS_IGNORABLE,
    IS_MAPPED,
    IS_SPACE,
    SIGMA,
    Unicode,
    unicode_classes,
)
from corpusmill.kernels.characters.utf8 import class_of, decode, encode, width
from corpusmill.kernels.hashes.hashing import in_lower_case
from corpusmill.kernels.words.normalise import POINT, flush_marks
from corpusmill.machine_code.jit import inlined, kernel

SLACK = 16  # bytes behind three times those of the texts that the output takes
ENDS_WORD, IS_DIGIT, JOINS_DIGITS, IS_DROPPED = (1 << bit for bit in range(4))


@functools.lru_cache(4)
def classes(punctuation: str, separators: str) -> npt.NDArray[np.uint8]:
    """[0x110000]: white space and `punctuation` end words, one of `separators` may join two runs of digits (Nd)."""
    found = np.where(unicode_classes() & IS_SPACE, ENDS_WORD, 0).astype(np.uint8)
    found[[ord(c) for c in punctuation]] |= ENDS_WORD
    found[[ord(c) for c in separators]] |= JOINS_DIGITS
    found[of_category("Nd")] |= IS_DIGIT
    found[of_category("Mn")] |= IS_DROPPED
    return found


@inlined
def _after_digits(at: Any, end: Any, kinds: Any) -> Any:
    """The address of the first character from `at` on that is no digit."""
    while at < end and peek8(kinds + decode(at)) & IS_DIGIT:
        at += width(peek8(at))
    return at


@inlined
def _after_number(at: Any, end: Any, kinds: Any) -> Any:
    """The address behind the number whose first digit was read before `at`."""
    at = _after_digits(at, end, kinds)
    if at < end and peek8(kinds + decode(at)) & JOINS_DIGITS:
        behind = at + width(peek8(at))
        stop = _after_digits(behind, end, kinds)
        if stop > behind:
            return stop
    return at


@kernel
def simplify(
    data: Any,
    offsets: Any,
    kinds: Any,
    tables: Unicode,
    gaps: Any,
    marks: Any,
    out: Any,
    starts: Any,
    ends: Any,
    words: Any,
    texts: Any,
) -> Any:
    """Write the simplified texts to `out`; texts int64[n+1]: where each begins; returns the number of words.

    data uint8, offsets int64[n+1]: the UTF-8 of n texts. kinds: `classes`. starts, ends int64 with room for half of the
    bytes of data and n more: the words in `out`; words int64[n+1]: the first one of each text. A word of nothing but
    marks is none; with `gaps` the spaces on both sides of it stay, as in the oracle, without them one space stands
    between any two words. marks: uint32 scratch, twice the bytes of the longest text. out: room for three times the
    bytes of data and SLACK.
    """
    kind_at, mark_at = address(kinds), address(marks)
    capacity = marks.size // 2
    first = address(out)
    at = first  # behind the last byte written
    count = 0
    plain = True  # the letters of ASCII
    for byte in range(0x61, 0x7B):
        plain = plain and kinds[byte] == 0 and kinds[byte - 0x20] == 0
    words[0] = texts[0] = 0
    for text in range(offsets.size - 1):
        here, stop = address(data) + offsets[text], address(data) + offsets[text + 1]
        begin = behind = word = at  # the text, its last word that is not empty, the word at hand
        spaces = pending = 0
        inside = cased = False
        while True:
            if plain and not pending and here + 8 <= stop:
                eight = peek64(here)
                letters = leading_letters(eight)
                if letters:
                    if not inside:
                        inside = True
                        at = word = behind + spaces
                    poke64(at, in_lower_case(eight))
                    at += letters
                    here += letters
                    cased = True
                    continue
            byte = peek8(here) if here < stop else 0x20
            point = byte if byte < 0x80 else decode(here)
            kind = peek8(kind_at + point)
            if kind & ENDS_WORD and not kind & IS_DIGIT:
                if inside:
                    at = flush_marks(mark_at, pending, capacity, at)
                    pending = 0
                    inside = False
                    if at > word:
                        for k in range(behind, word):
                            poke8(k, 0x20)
                        starts[count], ends[count] = word - first, at - first
                        count += 1
                        behind = at
                        spaces = 1
                    else:
                        spaces += gaps and behind > begin
                if here >= stop:
                    break
                bits = class_of(point, tables)
                if not bits & IS_IGNORABLE:
                    cased = bits & IS_CASED != 0
                here += width(byte)
                continue
            if not inside:
                inside = True
                at = word = behind + spaces
            here += width(byte)
            if kind & IS_DIGIT:
                at = flush_marks(mark_at, pending, capacity, at)
                pending = 0
                poke8(at, 0x30)
                at += 1
                here = _after_number(here, stop, kind_at)
                cased = False
                continue
            if byte < 0x80:
                if pending:
                    at = flush_marks(mark_at, pending, capacity, at)
                    pending = 0
                letter = 0x61 <= byte | 0x20 <= 0x7A
                cased = letter or (cased and class_of(byte, tables) & IS_IGNORABLE != 0)
                poke8(at, byte | 0x20 if letter else byte)
                at += 1
                continue
            bits = class_of(point, tables)
            if not bits & IS_MAPPED:
                at = flush_marks(mark_at, pending, capacity, at)
                pending = 0
                if not kind & IS_DROPPED:
                    at = encode(point, at)
            elif point == CAPITAL_SIGMA:
                at = flush_marks(mark_at, pending, capacity, at)
                pending = 0
                at = encode(FINAL_SIGMA if cased and not cased_follows(here, stop, tables) else SIGMA, at)
            elif 0xAC00 <= point <= 0xD7A3:
                at = flush_marks(mark_at, pending, capacity, at)
                pending = 0
                syllable = point - 0xAC00
                at = encode(0x1100 + syllable // 588, at)
                at = encode(0x1161 + syllable % 588 // 28, at)
                if syllable % 28:
                    at = encode(0x11A7 + syllable % 28, at)
            else:
                block = peek16(tables.stage1 + 2 * (point >> 8))
                record = peek16(tables.records + 2 * ((block << 8) + (point & 0xFF)))
                for k in range(peek32(tables.record_starts + 4 * record), peek32(tables.record_ends + 4 * record)):
                    mark = peek32(tables.pool + 4 * k)
                    dropped = peek8(kind_at + (mark & POINT)) & IS_DROPPED
                    if mark <= POINT:
                        at = flush_marks(mark_at, pending, capacity, at)
                        pending = 0
                        if not dropped:
                            at = encode(mark, at)
                    elif not dropped:
                        poke32(mark_at + 4 * pending, mark)
                        pending += 1
            if not bits & IS_IGNORABLE:
                cased = bits & IS_CASED != 0
        at = behind
        words[text + 1], texts[text + 1] = count, at - first
    return count


@kernel
def word_spans(data: Any, offsets: Any, kinds: Any, tables: Unicode, starts: Any, ends: Any, words: Any) -> Any:
    """Fill the byte spans in `data` of what `simplify` makes words of; words int64[n+1]; returns their number.

    The arrays have room as there. A span ends where the next character ends the word.
    """
    kind_at = address(kinds)
    origin = address(data)
    count = 0
    words[0] = 0
    for text in range(offsets.size - 1):
        here, stop = origin + offsets[text], origin + offsets[text + 1]
        begin = here
        inside = written = False
        while here <= stop:
            byte = peek8(here) if here < stop else 0x20
            point = byte if byte < 0x80 else decode(here)
            kind = peek8(kind_at + point)
            if kind & ENDS_WORD and not kind & IS_DIGIT:
                if written:
                    starts[count], ends[count] = begin - origin, here - origin
                    count += 1
                inside = written = False
                here += width(byte)
                continue
            if not inside:
                inside = True
                begin = here
            here += width(byte)
            if kind & IS_DIGIT:
                written = True
                here = _after_number(here, stop, kind_at)
            elif point == CAPITAL_SIGMA:
                written = True
            elif not class_of(point, tables) & IS_MAPPED or 0xAC00 <= point <= 0xD7A3:
                written = written or not kind & IS_DROPPED
            else:
                block = peek16(tables.stage1 + 2 * (point >> 8))
                record = peek16(tables.records + 2 * ((block << 8) + (point & 0xFF)))
                for k in range(peek32(tables.record_starts + 4 * record), peek32(tables.record_ends + 4 * record)):
                    written = written or not peek8(kind_at + (peek32(tables.pool + 4 * k) & POINT)) & IS_DROPPED
        words[text + 1] = count
    return count
