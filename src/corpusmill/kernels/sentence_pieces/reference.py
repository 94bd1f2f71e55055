"""SentencePiece's encoding as its papers and its package have it, a text at a time: the plain oracle of
`encoder.py`, without any words.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

MARK = "\u2581".encode()
RESET = np.float32(100_000)


def _char(text: bytes, at: int) -> int:
    """Bytes of the character that begins there."""
    lead = text[at]
    return 1 + (lead >= 0xC0) + (lead >= 0xE0) + (lead >= 0xF0)


def replaced(text: bytes, at: int, units: npt.NDArray[np.uint32], strings: bytes) -> tuple[int, bytes]:
    """Bytes of the longest string from `at` on that a map replaces, and by what; 0 where it replaces none."""

    def behind(place: int) -> int:
        unit = int(units[place])
        return place ^ (unit >> 10 << (8 if unit >> 9 & 1 else 0))

    base, found = behind(0), (0, b"")
    for k in range(at, len(text)):
        byte = text[k]
        place = base ^ byte
        if place >= len(units) or not byte or int(units[place]) & 0x800000FF != byte:
            break
        base = behind(place)
        if units[place] >> 8 & 1:
            begin = int(units[base]) & 0x7FFFFFFF
            found = k + 1 - at, strings[begin : strings.index(b"\0", begin)]
    return found


def normalised(
    text: bytes,
    units: npt.NDArray[np.uint32],
    strings: bytes,
    verbatim: Sequence[bytes],
    adds_blank: bool,
    joins_blanks: bool,
) -> bytes:
    """Characters replaced, `verbatim` ones not, and blanks as marks.

    >>> normalised(b" a  b ", np.zeros(1, np.uint32), b"", [], True, True).decode()
    '▁a▁b'
    """
    parts, at = [], 0
    while at < len(text):
        kept = max((word for word in verbatim if text.startswith(word, at)), key=len, default=b"")
        size, made = (len(kept), kept) if kept else replaced(text, at, units, strings)
        if not size:
            size = _char(text, at)
            made = text[at : at + size]
        parts.append(made)
        at += size
    if joins_blanks:
        first = next((k for k, part in enumerate(parts) if part != b" "), len(parts))
        parts = parts[first:]
    if not parts:
        return b""
    out, after_blank = [MARK] if adds_blank else [], joins_blanks
    for part in parts:
        made = part.lstrip(b" ") if after_blank else part
        if made:
            after_blank = joins_blanks and made.endswith(b" ")
        out.append(made.replace(b" ", MARK))
    normal = b"".join(out)
    while joins_blanks and normal.endswith(MARK):
        normal = normal[: -len(MARK)]
    return normal


def parted(
    text: bytes, ids: Mapping[bytes, int], scores: Sequence[np.float32], unknown: int, unknown_score: np.float32
) -> list[tuple[bytes, int]]:
    """The pieces of the way with the highest sum of scores, rounded at every step from the left to the right; of ways
    that are equally good the one found first, that is with the longest last piece.

    >>> parted(b"aab", {b"a": 0, b"aa": 1}, [np.float32(-1), np.float32(-1)], 2, np.float32(-11))
    [(b'aa', 1), (b'b', 2)]
    """
    best: list[tuple[np.float32, int, int] | None] = [None] * (len(text) + 1)
    best[0] = np.float32(0), 0, -1
    longest = max(map(len, ids))
    start = 0
    while start < len(text):
        known = best[start]
        assert known is not None
        if abs(known[0]) > RESET:
            best[start:] = [each and (np.float32(each[0] - known[0]), *each[1:]) for each in best[start:]]
        before = best[start]
        assert before is not None
        char = _char(text, start)
        found = [
            (end, ids[text[start:end]])
            for end in range(start + 1, min(len(text), start + longest) + 1)
            if text[start:end] in ids
        ]
        steps = [(end, number, scores[number]) for end, number in found]
        if start + char not in dict(found):
            steps.append((start + char, unknown, unknown_score))
        for end, number, score in steps:
            reached, there = np.float32(before[0] + score), best[end]
            if there is None or reached > there[0]:
                best[end] = reached, start, number
        start += char
    pieces, end = [], len(text)
    while end:
        there = best[end]
        assert there is not None
        pieces.append((text[there[1] : end], there[2]))
        end = there[1]
    return pieces[::-1]


def joined(
    text: bytes, ids: Mapping[bytes, int], scores: Sequence[np.float32], verbatim: Sequence[bytes], unknown: int
) -> list[tuple[bytes, int]]:
    """The pieces that are left when of all neighbours that make a piece those with the highest score are joined, the
    leftmost first, and again, beginning with characters, and `verbatim` strings that are never joined.

    >>> joined(b"aab", {b"a": 0, b"ab": 1}, [np.float32(-1), np.float32(-1)], [], 2)
    [(b'a', 0), (b'ab', 1)]
    """
    parts, at = [], 0
    while at < len(text):
        kept = max((word for word in verbatim if text.startswith(word, at)), key=len, default=b"")
        part = kept or text[at : at + _char(text, at)]
        parts.append((part, bool(kept)))
        at += len(part)
    while True:
        found = [
            (-scores[ids[one + other]], k)
            for k, ((one, is_kept), (other, is_other_kept)) in enumerate(itertools.pairwise(parts))
            if one + other in ids and not is_kept and not is_other_kept
        ]
        if not found:
            return [(part, ids.get(part, unknown)) for part, _ in parts]
        _, k = min(found)
        parts[k : k + 2] = [(parts[k][0] + parts[k + 1][0], False)]


def written(pieces: Sequence[tuple[bytes, int]], unknown: int, byte_ids: Sequence[int]) -> list[int]:
    """Ids of pieces: bytes for what is unknown, or one id for all that are so side by side.

    >>> written([(b"a", 1), (b"b", 0), (b"c", 0)], 0, [])
    [1, 0]
    """
    found: list[int] = []
    was_unknown = False
    for content, number in pieces:
        if number == unknown and byte_ids:
            found += [byte_ids[byte] for byte in content]
        elif number != unknown or not was_unknown:
            found.append(number)
        was_unknown = number == unknown
    return found
