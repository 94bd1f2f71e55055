r"""E-mail addresses and IPv4 addresses as datatrove's PIIFormatter finds them, without backtracking.

Its pattern of addresses, from the left and not overlapping: `\b`, parts of the characters of an atom joined by single
dots, `@`, and either at least two labels joined by dots or four numbers in brackets. Every `@` is looked at once and
the characters beside it once, so the time is that of the text.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address
from corpusmill.kernels.characters.tables import Unicode
from corpusmill.kernels.matching.automaton import is_word_before
from corpusmill.machine_code.jit import inlined, kernel

_AT, _DOT, _DASH, _COLON, _OPEN, _CLOSE = (ord(character) for character in "@.-:[]")
_DIGIT, _LETTER, _ATOM = 1, 2, 4


def _byte_kinds() -> Any:
    kinds = np.zeros(256, np.uint8)
    for byte in range(128):
        character = chr(byte)
        kinds[byte] = _DIGIT * character.isdigit() + _LETTER * character.isalpha()
        kinds[byte] += _ATOM * (character.isalnum() or character in "!#$%&'*+/=?^_`{|}~-")
    return kinds


_KINDS = _byte_kinds()


@inlined
def is_digit(byte: Any) -> Any:
    return 48 <= byte <= 57


@inlined
def _is_alnum(byte: Any) -> Any:
    return _KINDS[byte] & (_DIGIT | _LETTER) != 0


@kernel
def _local_start(data: Any, begin: Any, floor: Any, at: Any, tables: Unicode) -> Any:
    """Where the local part before the `@` at `at` begins, not before `floor`; -1: there is none."""
    first = at
    while first > floor:
        byte = data[first - 1]
        if byte == _DOT:
            if first == at or data[first] == _DOT:
                break
        elif _KINDS[byte] & _ATOM == 0:
            break
        first -= 1
    while first < at:
        byte = data[first]
        inside = _is_alnum(byte) or byte == 95
        if byte != _DOT and inside != is_word_before(address(data), begin, first, tables):
            return first
        first += 1
    return -1


@kernel
def octet_digits(data: Any, at: Any, end: Any) -> Any:
    """How many digits stand at `at`, where they are three at most and 255 at most; 0: none such."""
    digits = value = 0
    while digits < 4 and at + digits < end and is_digit(data[at + digits]):
        value = 10 * value + data[at + digits] - 48
        digits += 1
    return digits if digits < 4 and value <= 255 else 0


@kernel
def _three_octets(data: Any, at: Any, end: Any) -> Any:
    """Where three numbers up to 255, each with its dot, end; -1: they are not there."""
    for _ in range(3):
        digits = octet_digits(data, at, end)
        if digits == 0 or at + digits >= end or data[at + digits] != _DOT:
            return -1
        at += digits + 1
    return at


@kernel
def _literal_end(data: Any, at: Any, end: Any) -> Any:
    """Where the brackets that open at `at` close, if they hold an address; -1: they do not."""
    at = _three_octets(data, at + 1, end)
    if at < 0:
        return -1
    digits = octet_digits(data, at, end)
    if digits and at + digits < end and data[at + digits] == _CLOSE:
        return at + digits + 1
    last = at
    while last < end and (_is_alnum(data[last]) or data[last] == _DASH):
        last += 1
    if last > at and _is_alnum(data[last - 1]) and last + 1 < end and data[last] == _COLON and data[last + 1] == _CLOSE:
        return last + 2
    return -1


@kernel
def _domain_end(data: Any, at: Any, end: Any) -> Any:
    """Where the domain that begins at `at` ends; -1: there is none."""
    if at < end and data[at] == _OPEN:
        return _literal_end(data, at, end)
    labels = 0
    last = -1  # the end of the label before, without its dot
    while at < end and _is_alnum(data[at]):
        stop = at
        alnum_end = at
        while stop < end and (_is_alnum(data[stop]) or data[stop] == _DASH):
            stop += 1
            if data[stop - 1] != _DASH:
                alnum_end = stop
        labels += 1
        last = alnum_end
        if alnum_end < stop or stop >= end or data[stop] != _DOT:
            break
        at = stop + 1
    return last if labels >= 2 else -1


@kernel
def find_emails(data: Any, offsets: Any, tables: Unicode, owners: Any, starts: Any, ends: Any) -> Any:
    """Spans in bytes of all addresses, with the number of their text; returns how many, at most one for each `@`."""
    count = 0
    for document in range(len(offsets) - 1):
        begin, end = offsets[document], offsets[document + 1]
        floor = at = begin
        while at < end:
            if data[at] != _AT:
                at += 1
                continue
            stop = _domain_end(data, at + 1, end)
            start = _local_start(data, begin, floor, at, tables) if stop >= 0 else -1
            if start >= 0:
                owners[count], starts[count], ends[count] = document, start, stop
                count += 1
                floor = stop
            at += 1
    return count


@kernel
def find_dotted_quads(
    data: Any, offsets: Any, cuts: Any, cut_starts: Any, cut_ends: Any, owners: Any, starts: Any, ends: Any, values: Any
) -> Any:
    """Four numbers up to 255 joined by dots, whatever stands beside them, outside given spans; returns how many.

    The spans of text d are cuts[d]:cuts[d + 1], ascending. values uint64 = the address; all bits set: a number has
    leading zeros. At most one in seven bytes.
    """
    count = 0
    for document in range(len(offsets) - 1):
        first, begin = count, offsets[document]
        for cut in range(cuts[document], cuts[document + 1]):
            count = _dotted_quads(data, begin, cut_starts[cut], starts, ends, values, count)
            begin = cut_ends[cut]
        count = _dotted_quads(data, begin, offsets[document + 1], starts, ends, values, count)
        owners[first:count] = document
    return count


@kernel
def _dotted_quads(data: Any, begin: Any, end: Any, starts: Any, ends: Any, values: Any, count: Any) -> Any:
    at = begin
    while at < end:
        if not is_digit(data[at]):
            at += 1
            continue
        last = _three_octets(data, at, end)
        if last < 0 or last >= end or not is_digit(data[last]):
            at += 1
            continue
        stop = last + 1
        widest = 3 if octet_digits(data, last, min(end, last + 3)) == 3 else 2
        while stop < end and stop - last < widest and is_digit(data[stop]):
            stop += 1
        starts[count], ends[count], values[count] = at, stop, quad_value(data, at, stop)
        count += 1
        at = stop
    return count


@kernel
def quad_value(data: Any, at: Any, end: Any) -> Any:
    """The address of four numbers as an integer; all bits set where one has leading zeros."""
    value = np.uint64(0)
    number = np.uint64(0)
    digits = 0
    for i in range(at, end + 1):
        if i < end and data[i] != _DOT:
            if digits and number == 0:
                return np.uint64(0xFFFFFFFFFFFFFFFF)
            number = number * np.uint64(10) + np.uint64(data[i] - 48)
            digits += 1
        else:
            value = value << np.uint64(8) | number
            number = np.uint64(0)
            digits = 0
    return value
