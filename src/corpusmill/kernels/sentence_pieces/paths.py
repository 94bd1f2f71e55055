"""The best way to part a word into pieces, the sum of whose scores is the highest: by the sums that the package has,
which are rounded at every step from the beginning of the text on, and by exact ones.

Exact sums hold for a word wherever it stands, but are only the package's choice where no rounding can change it. Let S
be the rounded sum before the word, all |scores| of pieces ≤ B, and the word n characters long, so that no sum within it
is more than M = (|S| + n·B)(1 + 2⁻²⁴)ⁿ, and every rounding ≤ u = M·2⁻²⁴. The package's sum V(p) at each place is the
highest of V(q) + score, rounded, so it is within u of the highest unrounded one. By induction over the pieces of a way
with k of them V(end) ≥ S + (its exact sum) - k·u, and of the way that is chosen, with k' pieces, V(end) ≤ S + (its
exact sum) + k'·u. Both together: a way that is chosen though another one is better by exact sums is worse by no more
than (k + k')·u ≤ (k + n)·u. So the best way is chosen wherever it is better than any other by more than (k + n)·u,
which `holds_until` solves for |S|. Sums of more than RESET are begun anew by the package: words that may get there
never hold, so that n is less than RESET / B.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from corpusmill.kernels.bits import peek8, peek32, peek_double, peek_single, poke32, poke_double, poke_single
from corpusmill.kernels.characters.utf8 import width
from corpusmill.kernels.sentence_pieces.trie import number_at, root, step
from corpusmill.machine_code.jit import inlined, kernel

RESET = 100_000
_ROUNDING = 2.0**-24 * 1.01  # of M, with what the sums of doubles are rounded by
_NEVER = -np.inf


class Scores(NamedTuple):
    """What ids are worth, and the addresses of the trie whose numbers they are and of their scores (float32)."""

    pieces: int
    of: int
    unknown: int  # id of a character that no piece is of
    unknown_score: Any  # float32
    highest: float  # B: no |score|, that of unknown ones included, is more
    byte_ids: int  # int32 [256]: what stands for unknown characters; 0: their id, once for several


class Ways(NamedTuple):
    """Scratch, addresses: of each place of a word, and of its end, the best way there."""

    sums: int  # float64
    seconds: int  # float64: of the second best way
    rounded: int  # float32
    starts: int  # uint32: of the last piece
    ids: int  # uint32: of it


BYTES_OF_WAYS = 8 + 8 + 4 + 4 + 4
_NOWHERE = 0xFFFFFFFF


def ways_in(room: int, at: int) -> Ways:
    """For `room` places, in BYTES_OF_WAYS for each from an address on."""
    return Ways(at, at + 8 * room, at + 16 * room, at + 20 * room, at + 24 * room)


@inlined
def _score(number: Any, scores: Any) -> Any:
    return peek_single(scores.of + 4 * number)


@kernel
def best_way(at: Any, size: Any, scores: Scores, ways: Ways) -> Any:
    """Part `size` > 0 bytes at an address by exact sums; returns until which |S| they hold, -1: never, since there are
    unknown characters.
    """
    for place in range(size + 1):
        poke_double(ways.sums + 8 * place, _NEVER)
        poke_double(ways.seconds + 8 * place, _NEVER)
    poke_double(ways.sums, 0.0)
    start, chars = np.int64(0), 0
    while start < size:
        chars += 1
        behind = start + width(peek8(at + start))
        before, second = peek_double(ways.sums + 8 * start), peek_double(ways.seconds + 8 * start)
        cell, here, is_known = root(scores.pieces), start, False
        while here < size:
            cell = step(cell, peek8(at + here), scores.pieces)
            if not cell:
                break
            here += 1
            number = number_at(cell)
            if number >= 0:
                is_known |= here == behind
                _reach(here, start, number, before, second, np.float64(_score(number, scores)), ways)
        if not is_known:
            _reach(behind, start, scores.unknown, before, second, np.float64(scores.unknown_score), ways)
        start = behind
    pieces = 0
    place = size
    while place > 0:
        if peek32(ways.ids + 4 * place) == scores.unknown:
            return -1.0
        place = peek32(ways.starts + 4 * place)
        pieces += 1
    gap = peek_double(ways.sums + 8 * size) - peek_double(ways.seconds + 8 * size)
    return holds_until(gap, pieces, chars, scores.highest)


@inlined
def _reach(place: Any, start: Any, number: Any, before: Any, second: Any, score: Any, ways: Any) -> None:
    """The best two ways to a place, where those to the start of a piece are known."""
    reached, other = before + score, second + score
    best = peek_double(ways.sums + 8 * place)
    if reached > best:
        poke_double(ways.seconds + 8 * place, max(best, other))
        poke_double(ways.sums + 8 * place, reached)
        poke32(ways.starts + 4 * place, start)
        poke32(ways.ids + 4 * place, number)
    else:
        poke_double(ways.seconds + 8 * place, max(peek_double(ways.seconds + 8 * place), reached))


@inlined
def holds_until(gap: Any, pieces: Any, chars: Any, highest: Any) -> Any:
    """The |S| up to which a way of some pieces stays the best one, if it is better than any other by `gap`."""
    within = chars * highest * 1.001
    return min(gap / ((pieces + chars) * _ROUNDING), RESET - 1.0) - within


@inlined
def _reach_rounded(place: Any, start: Any, number: Any, reached: Any, ways: Any) -> None:
    is_new = peek32(ways.starts + 4 * place) == _NOWHERE
    if is_new or reached > peek_single(ways.rounded + 4 * place):
        poke_single(ways.rounded + 4 * place, reached)
        poke32(ways.starts + 4 * place, start)
        poke32(ways.ids + 4 * place, number)


@kernel
def rounded_way(at: Any, size: Any, before: Any, scores: Scores, ways: Ways) -> Any:
    """Part `size` > 0 bytes at an address by the sums of the package, beginning with `before` (float32); returns the
    sum at the end.
    """
    for place in range(size + 1):
        poke32(ways.starts + 4 * place, _NOWHERE)
    poke_single(ways.rounded, before)
    start, furthest = np.int64(0), np.int64(0)
    while start < size:
        total = peek_single(ways.rounded + 4 * start)
        if abs(total) > np.float32(RESET):
            for place in range(start, furthest + 1):
                if place == start or peek32(ways.starts + 4 * place) != _NOWHERE:
                    one = ways.rounded + 4 * place
                    poke_single(one, np.float32(peek_single(one) - total))
            total = np.float32(0)
        behind = start + width(peek8(at + start))
        cell, here, is_known = root(scores.pieces), start, False
        while here < size:
            cell = step(cell, peek8(at + here), scores.pieces)
            if not cell:
                break
            here += 1
            number = number_at(cell)
            if number >= 0:
                is_known |= here == behind
                furthest = max(furthest, here)
                _reach_rounded(here, start, number, np.float32(_score(number, scores) + total), ways)
        if not is_known:
            furthest = max(furthest, behind)
            _reach_rounded(behind, start, scores.unknown, np.float32(scores.unknown_score + total), ways)
        start = behind
    return peek_single(ways.rounded + 4 * size)


@kernel
def write_way(at: Any, size: Any, scores: Scores, ways: Ways, out: Any) -> Any:
    """Write the ids of the way to `size` to the address `out` (uint32, room for `size`); returns their number."""
    count, place = 0, size
    while place > 0:
        start = peek32(ways.starts + 4 * place)
        number = peek32(ways.ids + 4 * place)
        if number == scores.unknown and scores.byte_ids:
            for k in range(place - 1, start - 1, -1):
                poke32(out + 4 * count, peek32(scores.byte_ids + 4 * peek8(at + k)))
                count += 1
        elif number != scores.unknown or not count or peek32(out + 4 * count - 4) != scores.unknown:
            poke32(out + 4 * count, number)
            count += 1
        place = start
    for k in range(count // 2):
        other = count - 1 - k
        one = peek32(out + 4 * k)
        poke32(out + 4 * k, peek32(out + 4 * other))
        poke32(out + 4 * other, one)
    return count
