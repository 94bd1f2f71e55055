"""Whether two engines of byte-level BPE cut texts at the same places: tried on the characters that they may differ on.

The ids of a common text hardly show where it was cut before its pieces were merged. So the cuts are compared under a
small vocabulary of its own, in which what touches `a`, `A`, `1`, `!`, a blank, a newline or `'` is merged with it
wherever both are in one piece.
"""

from __future__ import annotations

import functools
import itertools
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from corpusmill.tokenize.byte_level import byte_level_model

Rows = Callable[[Sequence[str]], Sequence[Any]]  # ids of each text

_MARKS = b"aA1! \n'"
_CONTEXT = "a{0}A{0}a {0}1{0}!{0}\n{0} {0}"
_TRIED_ALL = {"Cc", "Cf", "Zs", "Zl", "Zp"}
# Planes from 2 on hold few kinds of characters in long runs.
_FAR = (range(0x20000, 0x34000, 0x80), range(0x34000, 0x110000, 0x1000), range(0xE0000, 0xE0200, 8))


@functools.cache
def showing_vocabulary() -> tuple[dict[bytes, int], list[tuple[bytes, bytes]]]:
    """Every byte and every pair with a mark, by its id; and the merges that make the pairs, in their order."""
    vocabulary = {bytes([byte]): byte for byte in range(256)}
    merges: list[tuple[bytes, bytes]] = []
    for mark in _MARKS:
        for byte in range(256):
            for left, right in ((bytes([mark]), bytes([byte])), (bytes([byte]), bytes([mark]))):
                if left + right not in vocabulary:
                    vocabulary[left + right] = len(vocabulary)
                    merges.append((left, right))
    return vocabulary, merges


def showing_model() -> dict[str, Any]:
    """That vocabulary as the entry `model` of a `tokenizer.json`."""
    return byte_level_model(*showing_vocabulary())


def differing(one: Rows, other: Rows, tried: Sequence[str]) -> list[str]:
    """Those of the characters around which the two, both with the showing vocabulary, cut differently."""
    texts = [_CONTEXT.format(character) for character in tried]
    return [c for c, ours, theirs in zip(tried, one(texts), other(texts), strict=True) if [*ours] != [*theirs]]


@functools.cache
def tried_characters() -> list[str]:
    """Where Unicode's categories change, whatever is blank or not to be seen, and a part of what is not assigned yet.

    These are where engines differ: in their version of Unicode, and in what is a blank (U+180E was one until 6.3).
    """
    points = {point for far in _FAR for point in far}
    kinds = [*map(unicodedata.category, map(chr, range(0x20000)))]
    for point, (before, kind) in enumerate(itertools.pairwise(kinds), 1):
        if kind != before:
            points |= {point - 1, point}
        elif kind in _TRIED_ALL or (kind == "Cn" and point % (2 if point < 0x10000 else 32) == 0):
            points.add(point)
    return [chr(point) for point in sorted(points) if not 0xD800 <= point < 0xE000]
