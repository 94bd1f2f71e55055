"""What is looked for in texts before they are cut: added tokens, which are no text, and characters to be unsure of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.bits import address, equal64, peek8, peek64, trailing_zeros
from corpusmill.kernels.characters.utf8 import decode, width
from corpusmill.machine_code.jit import inlined, kernel

SLACK_BYTES = 64  # behind the texts, that may be read
MOST_FIRST_BYTES = 8
_HIGH = np.uint64(0x8080808080808080)
_ONE = np.uint64(1)


class Words(NamedTuple):
    """Byte strings to look for, the longest of one first byte first. The same of none."""

    firsts: npt.NDArray[np.uint8]  # their first bytes, each once
    begins: npt.NDArray[np.int32]  # [257] which of the words have a first byte
    starts: npt.NDArray[np.int32]  # [words + 1] in `content`
    content: npt.NDArray[np.uint8]
    ids: npt.NDArray[np.int64]
    two: npt.NDArray[np.uint8]  # [65536] whether a word may begin with two bytes

    @classmethod
    def of(cls, words: Mapping[bytes, int]) -> Self:
        """`words` with their ids; empty ones count for nothing. ValueError for more than MOST_FIRST_BYTES kinds."""
        ordered = sorted((word for word in words if word), key=lambda word: (word[0], -len(word), word))
        firsts = sorted({word[0] for word in ordered})
        if len(firsts) > MOST_FIRST_BYTES:
            raise ValueError(f"words of {len(firsts)} first bytes, at most {MOST_FIRST_BYTES} are looked for")
        two = np.zeros((256, 256), np.uint8)
        for word in ordered:
            two[word[0], word[1] if len(word) > 1 else slice(None)] = 1
        leads = np.array([word[0] for word in ordered], np.uint8)
        return cls(
            np.array(firsts, np.uint8),
            np.searchsorted(leads, np.arange(257)).astype(np.int32),
            np.cumsum([0, *map(len, ordered)]).astype(np.int32),
            np.frombuffer(b"".join(ordered), np.uint8),
            np.array([words[word] for word in ordered], np.int64),
            two.reshape(-1),
        )


@inlined
def _longest(at: Any, end: Any, words: Any) -> Any:
    """Which word begins at an address, the longest; -1: none."""
    first = peek8(at)
    for word in range(words.begins[first], words.begins[first + 1]):
        size = words.starts[word + 1] - words.starts[word]
        if size > end - at:
            continue
        k = 1
        while k < size and peek8(at + k) == words.content[words.starts[word] + k]:
            k += 1
        if k == size:
            return word
    return -1


@inlined
def _next(at: Any, end: Any, words: Any) -> Any:
    """Where the next word begins, and which; `end` and -1 without one."""
    block = at
    while block < end:
        mask = np.uint64(0)
        for k in range(words.firsts.size):
            mask |= equal64(block, words.firsts[k])
        while mask:
            here = block + trailing_zeros(mask)
            if here >= end:
                break
            mask &= mask - _ONE
            if words.two[peek8(here) << 8 | peek8(here + 1)]:
                word = _longest(here, end, words)
                if word >= 0:
                    return here, word
        block += 64
    return end, -1


@kernel
def find_words(data: Any, offsets: Any, outer: Words, inner: Words, spots: Any) -> Any:
    """Fill `spots` int64 [room, 4] with start, end, id and text of all words, in their order; returns their number,
    which may be more than there is room for.

    Leftmost, longest, without overlap: those of `outer` first, then those of `inner` in what is between them. data has
    SLACK_BYTES behind its texts.
    """
    base = address(data)
    count = 0
    for text in range(offsets.size - 1):
        at, end = base + offsets[text], base + offsets[text + 1]
        while at < end:
            stop, mark = _next(at, end, outer)
            while at < stop and inner.firsts.size:
                here, word = _next(at, stop, inner)
                if word < 0:
                    break
                at = here + inner.starts[word + 1] - inner.starts[word]
                if count < len(spots):
                    spots[count, 0], spots[count, 1] = here - base, at - base
                    spots[count, 2], spots[count, 3] = inner.ids[word], text
                count += 1
            if mark < 0:
                break
            at = stop + outer.starts[mark + 1] - outer.starts[mark]
            if count < len(spots):
                spots[count, 0], spots[count, 1] = stop - base, at - base
                spots[count, 2], spots[count, 3] = outer.ids[mark], text
            count += 1
    return count


@inlined
def kinds_from(at: Any, end: Any, kinds: Any) -> Any:
    """All bits in `kinds` (see `cut_kinds`) of the characters above ASCII between two addresses."""
    bits = 0
    while at < end:
        skipped = trailing_zeros(peek64(at) & _HIGH) >> 3
        at += skipped
        if skipped < 8 and at < end:
            bits |= peek8(kinds + decode(at))
            at += width(peek8(at))
    return bits
