"""Which of a few phrases the lower-cased text of each piece contains, as `phrase in text.lower()` tells.

Every phrase is looked for at its rarest letter, so that nearly all bytes are passed by at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.bits import address, equal64, trailing_zeros
from corpusmill.machine_code.jit import inlined, kernel

# Bytes of English text, the commonest first; any order is right, this one is fast.
_COMMON = b" etaonisrhldcumfpgwybv.,k-'\"xjqz"

_ONE = np.uint64(1)


class Phrases(NamedTuple):
    """At most 8 groups of phrases in lower-case ASCII without a final `i`, which might be half of U+0130."""

    data: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    anchors: npt.NDArray[np.int64]  # the place of the rarest byte in each phrase
    groups: npt.NDArray[np.uint8]  # bit of each phrase's group
    first: npt.NDArray[np.int64]  # [257] phrases whose rarest byte is b, in either case: first[b]:first[b + 1]
    order: npt.NDArray[np.int64]
    bytes: npt.NDArray[np.uint8]  # those that are the rarest of a phrase


def phrases_of(groups: Sequence[Sequence[str]]) -> Phrases:
    """Raises ValueError for phrases that the kernel cannot find."""
    listed = [(phrase.encode(), 1 << number) for number, group in enumerate(groups) for phrase in group]
    for phrase, _ in listed:
        if not phrase.isascii() or phrase != phrase.lower() or not phrase or phrase.endswith(b"i"):
            raise ValueError(f"{phrase!r}: wanted lower-case ASCII that does not end in i")
    if len(groups) > 8:
        raise ValueError(f"{len(groups)} groups of phrases; wanted at most 8")
    anchors = [max(range(len(phrase)), key=lambda at: _rarity(phrase[at])) for phrase, _ in listed]
    by_byte: list[list[int]] = [[] for _ in range(256)]
    for number, ((phrase, _), anchor) in enumerate(zip(listed, anchors, strict=True)):
        for byte in {phrase[anchor], *phrase[anchor : anchor + 1].upper()}:
            by_byte[byte].append(number)
        if phrase[anchor : anchor + 1] == b"k":
            by_byte[0xE2].append(number)  # U+212A, the sign of the kelvin, is k in lower case
    return Phrases(
        np.frombuffer(b"".join(phrase for phrase, _ in listed), np.uint8),
        np.cumsum([0, *(len(phrase) for phrase, _ in listed)]),
        np.array(anchors, np.int64),
        np.array([group for _, group in listed], np.uint8),
        np.cumsum([0, *map(len, by_byte)]),
        np.array([number for numbers in by_byte for number in numbers], np.int64),
        np.array([byte for byte, numbers in enumerate(by_byte) if numbers], np.uint8),
    )


def _rarity(byte: int) -> int:
    return _COMMON.find(byte) if byte in _COMMON else len(_COMMON)


@inlined
def _matches(data: Any, at: Any, end: Any, wanted: Any, first: Any, last: Any) -> Any:
    """Whether wanted[first:last] begins at data[at]."""
    for letter in range(first, last):
        if at >= end:
            return False
        byte = data[at]
        at += 1
        if byte == 0xE2:
            if at + 1 >= end or data[at] != 0x84 or data[at + 1] != 0xAA or wanted[letter] != 0x6B:
                return False
            at += 2
            continue
        if 0x41 <= byte <= 0x5A:
            byte |= 0x20
        if byte != wanted[letter]:
            return False
    return True


@inlined
def _anchors_from(at: Any, phrases: Any) -> Any:
    """A bit for each of the 64 bytes from an address on that is the rarest of a phrase."""
    found = np.uint64(0)
    for byte in phrases.bytes:
        found |= equal64(at, byte)
    return found


@inlined
def _found_at(data: Any, begin: Any, at: Any, end: Any, phrases: Any, groups: Any) -> Any:
    """`groups`, and those of the phrases in data[begin:end] whose rarest byte is data[at]."""
    byte = data[at]
    for entry in range(phrases.first[byte], phrases.first[byte + 1]):
        phrase = phrases.order[entry]
        if groups & phrases.groups[phrase]:
            continue
        first, last = phrases.offsets[phrase], phrases.offsets[phrase + 1]
        start = at
        for _ in range(phrases.anchors[phrase]):  # a letter back is one byte, or the three of U+212A
            start -= 1
            if start >= begin and data[start] & 0xC0 == 0x80:
                start -= 2
        if start >= begin and _matches(data, start, end, phrases.data, first, last):
            groups |= phrases.groups[phrase]
    return groups


@kernel
def find_phrases(data: Any, offsets: Any, phrases: Phrases, found: Any) -> None:
    """found uint8[pieces] = the groups of which a phrase is in data[offsets[i]:offsets[i + 1]]."""
    found[:] = 0
    if len(offsets) < 2:
        return
    origin, piece = address(data), 0
    block, last = offsets[0], offsets[-1]
    while block < last:
        size = min(64, last - block)
        anchors = np.uint64(0)
        if size == 64:
            anchors = _anchors_from(origin + block, phrases)
        else:
            for k in range(size):
                byte = data[block + k]
                anchors |= np.uint64(phrases.first[byte] < phrases.first[byte + 1]) << np.uint64(k)
        while anchors:
            at = block + trailing_zeros(anchors)
            anchors &= anchors - _ONE
            while offsets[piece + 1] <= at:
                piece += 1
            found[piece] = _found_at(data, offsets[piece], at, offsets[piece + 1], phrases, found[piece])
        block += size
