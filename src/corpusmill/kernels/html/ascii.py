"""Runs of ASCII text of HTML, 64 bytes at a time: white space collapsed, words and marks counted by their bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, low_bits, popcount, trailing_zeros
from corpusmill.kernels.html.characters import (
    CHARACTER_CLASSES,
    IS_CAPITAL,
    IS_CLOSING,
    IS_COMMA,
    IS_DIGIT,
    IS_PUNCTUATION,
    IS_SEPARATOR,
    IS_TERMINAL,
)
from corpusmill.kernels.html.tables import CAPITALS, COMMAS, DIGITS, PUNCTUATION, SENTENCE_ENDS, SEPARATORS
from corpusmill.machine_code.jit import cgutils, inlined, ir, primitive, types

BYTES = 64  # that are read and written at once, however few of them count
LEAST = 8  # bytes of a run for which this is faster than one by one

_ONE, _NONE = np.uint64(1), np.uint64(0)
_BLANKS = [*range(9, 14), 32]
_OTHERS = [byte for byte in range(256) if byte >= 0x7F or (byte < 32 and byte not in _BLANKS) or byte == ord("&")]


def _bytes_of(bit: int) -> list[int]:
    return [byte for byte in range(128) if CHARACTER_CLASSES[byte] & bit]


_CLASSES = [
    _OTHERS,
    _BLANKS,
    *map(_bytes_of, (IS_PUNCTUATION, IS_COMMA, IS_TERMINAL, IS_DIGIT, IS_CAPITAL, IS_SEPARATOR, IS_CLOSING)),
]


def _ranges(members: list[int]) -> list[tuple[int, int]]:
    """Runs of numbers that follow each other: first and last."""
    found: list[tuple[int, int]] = []
    for member in members:
        if found and found[-1][1] == member - 1:
            found[-1] = found[-1][0], member
        else:
            found.append((member, member))
    return found


def _vector() -> Any:
    return ir.VectorType(ir.IntType(8), BYTES)


@primitive
def _copy64(typing: Any, at: Any, out: Any) -> Any:
    """Copy 64 bytes from one address to another, white space as spaces; a bit for each byte, by class of `_CLASSES`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        at, out = (builder.inttoptr(argument, _vector().as_pointer()) for argument in arguments)
        vector = builder.load(at, align=1)

        def splat(byte: int) -> Any:
            return ir.Constant(_vector(), [byte] * BYTES)

        def any_of(members: list[int]) -> Any:
            found = None
            for low, high in _ranges(members):
                one = builder.icmp_unsigned("<=", builder.sub(vector, splat(low)), splat(high - low))
                found = one if found is None else builder.or_(found, one)
            return found

        columns = [any_of(members) for members in _CLASSES]
        builder.store(builder.select(columns[1], splat(32), vector), out, align=1)
        return cgutils.pack_array(builder, [builder.bitcast(column, ir.IntType(64)) for column in columns])

    return types.UniTuple(types.uint64, len(_CLASSES))(types.int64, types.int64), generate


@inlined
def put_ascii(
    data: np.ndarray, position: int, stop: int, text: np.ndarray, at: int, word: int, ending: bool, tally: np.ndarray
) -> Any:
    """Write what is plain of `data[position:stop]`, where no white space begins, to `text` from `at`.

    It ends before a reference, a control, a character beyond ASCII, two blanks in a row, a blank that is last, and
    after BYTES bytes. `word`: characters of the word it goes on with; `ending`: whether the character before ends a
    sentence. Returns how many bytes were written, words begun, characters of the longest word ended, of the last one,
    and whether the last character ends a sentence. BYTES bytes can be read from `position` and written from `at`.
    """
    others, blanks, marks, commas, terminals, digits, capitals, separators, closings = _copy64(
        address(data) + position, address(text) + at
    )
    ends = others | (blanks & (blanks << _ONE))
    size = stop - position
    if size < BYTES:
        ends |= ~low_bits(size)
    count = np.int64(trailing_zeros(ends))
    if count > 0 and (blanks >> np.uint64(count - 1)) & _ONE:
        count -= 1
    if count == 0:
        return np.int64(0), np.int64(0), np.int64(0), np.int64(word), bool(ending)
    kept = low_bits(count)
    blanks &= kept
    before = _ONE if ending else _NONE
    first = (terminals << _ONE | before) & closings
    ended = terminals | (closings & ~(closings + first))  # the sum carries through the closing marks behind a terminal
    tally[SENTENCE_ENDS] += popcount(blanks & (ended << _ONE | before))
    tally[PUNCTUATION] += popcount(marks & kept)
    tally[COMMAS] += popcount(commas & kept)
    tally[DIGITS] += popcount(digits & kept)
    tally[CAPITALS] += popcount(capitals & kept)
    tally[SEPARATORS] += popcount(separators & kept)
    goes_on = _NONE if word > 0 else _ONE
    words = popcount(~blanks & (blanks << _ONE | goes_on) & kept)
    longest, begun, length = np.int64(0), np.int64(0), np.int64(word)
    while blanks != _NONE:
        blank = np.int64(trailing_zeros(blanks))
        longest = max(longest, length + blank - begun)
        begun, length = blank + 1, np.int64(0)
        blanks &= blanks - _ONE
    return count, words, longest, length + count - begun, bool((ended >> np.uint64(count - 1)) & _ONE)
