"""Addresses of the internet, bank accounts, payment cards and telephone numbers, each where it begins.

A candidate begins where no word character stands before it and is at most 64 bytes long, so the time is that of the
text. What each of them is, to the letter, is said in signals/pii.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address
from corpusmill.kernels.characters.tables import Unicode
from corpusmill.kernels.matching.automaton import is_word_at, is_word_before
from corpusmill.kernels.matching.emails import is_digit, octet_digits, quad_value
from corpusmill.machine_code.jit import inlined, kernel

IPV4, IPV6, IBAN, CARD, PHONE = (1 << bit for bit in range(5))

_MAX_CARD_DIGITS, _MAX_PHONE_DIGITS = 19, 15
_SPACE, _PLUS, _DASH, _DOT, _SLASH, _COLON, _OPEN, _CLOSE = (ord(character) for character in " +-./:()")
_NO_NUMBER_AFTER = np.zeros(256, np.bool_)
_NO_NUMBER_AFTER[list(b".,-+*#$%&@_")] = True
_BEGINS = np.zeros(256, np.bool_)
_BEGINS[list(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+(")] = True


@inlined
def _is_upper(byte: Any) -> Any:
    return 65 <= byte <= 90


@inlined
def _hex_value(byte: Any) -> Any:
    """Of a hexadecimal digit; -1: none."""
    if is_digit(byte):
        return byte - 48
    lower = byte | 32
    return lower - 87 if 97 <= lower <= 102 else -1


@kernel
def _ipv4_end(data: Any, at: Any, end: Any) -> Any:
    first = at
    for part in range(4):
        digits = octet_digits(data, at, end)
        if digits == 0 or (digits > 1 and data[at] == 48):
            return -1
        at += digits
        if part < 3:
            if at >= end or data[at] != _DOT:
                return -1
            at += 1
    if at + 1 < end and data[at] == _DOT and is_digit(data[at + 1]):
        return -1
    return at if is_public(quad_value(data, first, at)) else -1


@kernel
def is_public(value: Any) -> Any:
    """Whether an IPv4 address is globally reachable (IANA's registry of special-purpose addresses)."""
    if value > np.uint64(0xFFFFFFFF):
        return False
    number = np.int64(value)
    first, second = number >> 24, number >> 16 & 255
    third = number >> 8
    if first == 0 or first == 10 or first == 127 or first >= 240:
        return False
    if (first == 100 and 64 <= second < 128) or (first == 172 and 16 <= second < 32):
        return False
    if (first == 169 and second == 254) or (first == 192 and second == 168) or (first == 198 and second & 254 == 18):
        return False
    if third == 0xC00000:  # 192.0.0.0/24, of which two addresses are anycast
        return number == 0xC0000009 or number == 0xC000000A
    return third != 0xC00002 and third != 0xC63364 and third != 0xCB0071  # documentation


@kernel
def _ipv6_end(data: Any, at: Any, end: Any) -> Any:
    """2000::/3 without the ranges of protocols and documentation; the first group has four digits."""
    groups = first = second = 0
    gap = -1
    while at < end:
        digits = value = 0
        while digits < 5 and at + digits < end and _hex_value(data[at + digits]) >= 0:
            value = 16 * value + _hex_value(data[at + digits])
            digits += 1
        if digits == 0 or digits > 4 or groups == 8:
            return -1
        if groups == 0:
            first = value
        elif groups == 1 and gap < 0:
            second = value
        groups += 1
        at += digits
        if at + 1 < end and data[at] == _COLON and data[at + 1] == _COLON:
            if gap >= 0:
                return -1
            gap = groups
            at += 2
            if at >= end or _hex_value(data[at]) < 0:
                break
        elif at + 1 < end and data[at] == _COLON and _hex_value(data[at + 1]) >= 0:
            at += 1
        else:
            break
    whole = groups == 8 if gap < 0 else groups < 8
    special = (first == 0x2001 and (second < 0x200 or second == 0xDB8)) or (first == 0x3FFF and second < 0x1000)
    return at if whole and 0x2000 <= first < 0x4000 and not special else -1


@kernel
def _iban_end(data: Any, at: Any, end: Any, lengths: Any) -> Any:
    """`lengths` [26 * 26] of the accounts of each country; in one, or in groups of four with a space between each."""
    if at + 4 > end or not (_is_upper(data[at]) and _is_upper(data[at + 1])):
        return -1
    wanted = lengths[26 * (data[at] - 65) + data[at + 1] - 65]
    first = at
    spaced = at + 4 < end and data[at + 4] == _SPACE
    read = remainder = 0
    while read < wanted:
        if spaced and read and read % 4 == 0:
            if at >= end or data[at] != _SPACE:
                return -1
            at += 1
        if at >= end:
            return -1
        byte = data[at]
        if not (is_digit(byte) or (_is_upper(byte) and read != 2 and read != 3)):
            return -1
        if read >= 4:
            remainder = _append(remainder, byte)
        at += 1
        read += 1
    for i in range(first, first + 4):
        remainder = _append(remainder, data[i])
    return at if wanted and remainder == 1 else -1


@inlined
def _append(remainder: Any, byte: Any) -> Any:
    """The remainder by 97 after one more character; letters are two digits, from 10 on."""
    return (10 * remainder + byte - 48) % 97 if byte < 65 else (100 * remainder + byte - 55) % 97


@kernel
def _card_end(data: Any, at: Any, end: Any) -> Any:
    """Digits in one, or in groups of three to seven with one space or dash, the same, between each."""
    digits = group = even = odd = head = 0  # sums with every second digit doubled: those in even, or in odd places
    separator = 0
    while at < end:
        if is_digit(data[at]):
            digit = data[at] - 48
            doubled = 2 * digit - 9 * (digit > 4)
            even += digit if digits & 1 else doubled
            odd += doubled if digits & 1 else digit
            head = 10 * head + digit if digits < 6 else head
            digits += 1
            group += 1
            if digits > _MAX_CARD_DIGITS:
                return -1
        else:
            separates = data[at] == _SPACE or data[at] == _DASH
            if not (separates and at + 1 < end and is_digit(data[at + 1])):
                break
            if (separator and data[at] != separator) or not 3 <= group <= 7:
                return -1
            separator = data[at]
            group = 0
        at += 1
    total = odd if digits & 1 else even  # the last digit is not doubled
    grouped = separator == 0 or 3 <= group <= 7
    return at if grouped and total % 10 == 0 and _is_issued(head, digits) else -1


@kernel
def _is_issued(head: Any, digits: Any) -> Any:
    """Whether an issuer has cards that begin with these six digits and have that many (ISO/IEC 7812)."""
    if digits < 12:
        return False
    four, three, two = head // 100, head // 1000, head // 10000
    if two // 10 == 4:  # Visa
        return digits == 13 or digits == 16 or digits == 19
    if 51 <= two <= 55 or 2221 <= four <= 2720:  # Mastercard
        return digits == 16
    if two == 34 or two == 37:  # American Express
        return digits == 15
    if 300 <= three <= 305 or three == 309 or two == 36 or two == 38 or two == 39:  # Diners Club
        return 14 <= digits <= 19
    if 3528 <= four <= 3589 or four == 6011 or 644 <= three <= 649 or two == 65 or two == 62:  # JCB, Discover, UnionPay
        return 16 <= digits <= 19
    return two == 50 or 56 <= two <= 58 or two == 63 or two == 67  # Maestro


@kernel
def _phone_end(data: Any, at: Any, end: Any) -> Any:
    """`+` with 8 to 15 digits (ITU-T E.164), or a North American number: (NXX) NXX-XXXX, NXX-NXX-XXXX, NXX.NXX.XXXX."""
    if data[at] == _PLUS:
        return _international_end(data, at + 1, end)
    first = at
    if data[at] == 49 and at + 1 < end and (data[at + 1] == _DASH or data[at + 1] == _DOT or data[at + 1] == _SPACE):
        at += 2
    area = _area_end(data, at + 1, end) if at < end and data[at] == _OPEN else _area_end(data, at, end)
    if area < 0 or area >= end:
        return -1
    separator = data[area]
    if at < end and data[at] == _OPEN:
        if separator != _CLOSE:
            return -1
        area += 1
        if area < end and data[area] == _SPACE:
            area += 1
    elif separator in (_DASH, _DOT):
        area += 1
    else:
        return -1
    exchange = _area_end(data, area, end)
    if exchange < 0 or exchange + 5 > end:
        return -1
    joined = data[exchange] == separator or (
        separator == _CLOSE and (data[exchange] == _DASH or data[exchange] == _DOT)
    )
    for i in range(exchange + 1, exchange + 5):
        joined = joined and is_digit(data[i])
    at = exchange + 5
    continued = at + 1 < end and (data[at] == _DASH or data[at] == _DOT) and is_digit(data[at + 1])
    return at if joined and not continued and at > first else -1


@kernel
def _area_end(data: Any, at: Any, end: Any) -> Any:
    """Behind three digits of which the first is 2 to 9; -1: others."""
    if at + 3 > end or not 50 <= data[at] <= 57 or not (is_digit(data[at + 1]) and is_digit(data[at + 2])):
        return -1
    return at + 3


@kernel
def _international_end(data: Any, at: Any, end: Any) -> Any:
    if at >= end or not 49 <= data[at] <= 57:
        return -1
    north_american = data[at] == 49
    digits = between = 0
    stop = at
    while at < end and between <= 2:
        byte = data[at]
        if is_digit(byte):
            digits += 1
            between = 0
            stop = at + 1
            if digits > _MAX_PHONE_DIGITS:
                return -1
        elif byte in (_SPACE, _DASH, _DOT, _SLASH, _OPEN, _CLOSE):
            between += 1
        else:
            break
        at += 1
    return stop if (digits == 11 if north_american else digits >= 8) else -1


@kernel
def find_identifiers(
    data: Any,
    offsets: Any,
    cuts: Any,
    cut_starts: Any,
    cut_ends: Any,
    wanted: Any,
    lengths: Any,
    tables: Unicode,
    owners: Any,
    starts: Any,
    ends: Any,
    kinds: Any,
) -> Any:
    """Spans outside given ones, that no word goes on from or into; returns how many.

    The given spans of text d are cuts[d]:cuts[d + 1], ascending. `wanted` are bits of kinds; where two begin at one
    place the first of IPV6, IPV4, IBAN, CARD, PHONE counts. At most one in six bytes.
    """
    count = 0
    for document in range(len(offsets) - 1):
        first, begin = count, offsets[document]
        last = offsets[document + 1]
        at = begin
        for cut in range(cuts[document], cuts[document + 1] + 1):
            end = cut_starts[cut] if cut < cuts[document + 1] else last
            while at < end:
                if not _BEGINS[data[at]]:
                    at += 1
                    continue
                stop, kind = _identifier(data, begin, at, end, wanted, lengths, tables)
                if stop > at and not is_word_at(address(data), stop, last, tables):
                    starts[count], ends[count], kinds[count] = at, stop, kind
                    count += 1
                    at = stop
                else:
                    at += 1
            at = cut_ends[cut] if cut < cuts[document + 1] else last
        owners[first:count] = document
    return count


@kernel
def _identifier(data: Any, begin: Any, at: Any, end: Any, wanted: Any, lengths: Any, tables: Unicode) -> Any:
    """Where what begins at `at` ends, and its kind; -1: nothing begins there."""
    byte = data[at]
    digit, upper = is_digit(byte), _is_upper(byte)
    if byte != _OPEN and is_word_before(address(data), begin, at, tables):
        return -1, 0
    before = data[at - 1] if at > begin else _SPACE
    alone = not _NO_NUMBER_AFTER[before]
    if digit and wanted & IPV6 and byte <= 51 and before != _COLON:
        stop = _ipv6_end(data, at, end)
        if stop >= 0:
            return stop, IPV6
    if digit and wanted & IPV4 and before != _DOT and before != _DASH:
        stop = _ipv4_end(data, at, end)
        if stop >= 0:
            return stop, IPV4
    if upper and wanted & IBAN:
        return _iban_end(data, at, end, lengths), IBAN
    if digit and alone and wanted & CARD:
        stop = _card_end(data, at, end)
        if stop >= 0:
            return stop, CARD
    if not upper and alone and before != _SLASH and wanted & PHONE:
        return _phone_end(data, at, end), PHONE
    return -1, 0
