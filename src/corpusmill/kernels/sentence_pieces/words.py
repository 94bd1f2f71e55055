"""SentencePiece's encoding straight over the bytes of texts: words are cut, looked up, and parted when they are new.

What a word was parted into is kept in a table of fixed size, which is emptied when it is full: ids never depend on what
is in it. The slots of a few dozen words are asked for from memory before the first of them is read. Ids that hold only
until the sum of the scores before has some height (`paths.py`) are kept with that: |S| is bounded by the
number of ids that are written, and found by adding their scores where the bound does not do.
`reference.py` is the plain oracle.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from corpusmill.kernels.bits import (
    address,
    borrowed,
    peek8,
    peek16,
    peek32,
    peek64,
    peek_single,
    poke8,
    poke64,
    poke_halves,
    same16,
)
from corpusmill.kernels.bits import trailing_zeros as zeros
from corpusmill.kernels.byte_pairs.table import (
    COUNT_SHIFT,
    ELSEWHERE,
    LONG,
    Table,
    clear,
    first_slot,
    hole,
    is_piece,
    key_of,
    next_slot,
    poke_id,
    queue_piece,
)
from corpusmill.kernels.sentence_pieces.cuts import Blanks, begins64, blanks64, first_blank, first_other, next_begin
from corpusmill.kernels.sentence_pieces.merges import Symbols, merged
from corpusmill.kernels.sentence_pieces.normal import NO_ROOM, UNSURE, Normal, normalise
from corpusmill.kernels.sentence_pieces.paths import (
    Scores,
    Ways,
    best_way,
    rounded_way,
    write_way,
)
from corpusmill.kernels.sentence_pieces.table import MOST_HELD, copy_ids, held, keep
from corpusmill.kernels.words.word_keys import SIZE_SHIFT
from corpusmill.machine_code.jit import inlined, kernel

ARENA_BYTES_PER_SLOT = 16
MOST_KEPT_BYTES = 96  # of a word: longer ones hardly come again
QUEUE = 64  # words, and those of the 64 bytes that reach it
MOST_STARTS = 64
_FULL = -3  # besides NO_ROOM and UNSURE: of ids
_ONE = np.uint64(1)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_HALF = np.uint64(32)


class Tables(NamedTuple):
    """What texts are cut by and words looked up in."""

    normal: Normal
    blanks: Blanks
    adds_blank: bool
    most: int  # no |score| of an id that is written is more
    key_masks: int
    kept: Table  # words met before
    queue: int
    first: int  # the first word of a text, with a blank more


class Parts(NamedTuple):
    """What words are parted by, and scratch for words of `room` bytes."""

    merges: bool  # or else by scores
    scores: Scores
    ways: Ways
    symbols: Symbols
    scratch: int
    text: int  # a word as it is normalised
    ids: int  # uint32: its ids
    room: int


# Of the state: of the table; ids that are written; which of them are in the sum (an address), and its bound.
_USED_SLOTS, _USED_BYTES, WRITTEN, _SUMMED, _BOUND = range(5)
STATES = 5


@kernel
def _sum(to: Any, is_narrow: Any, scores: Scores, state: Any, before: Any) -> None:
    """Add the scores of the ids that are written up to `to`."""
    total = before[0]
    at = state[_SUMMED]
    while at < to:
        number = peek16(at) if is_narrow else peek32(at)
        total = np.float32(total + peek_single(scores.of + 4 * number))
        at += 2 if is_narrow else 4
    before[0] = total
    state[_SUMMED] = to
    state[_BOUND] = np.int64(abs(total)) + 1


@kernel
def _make_room(kept: Table, state: Any) -> None:
    """Empty the table if it is full."""
    if 8 * state[_USED_SLOTS] > 5 * kept.last or state[_USED_BYTES] > ARENA_BYTES_PER_SLOT * kept.last:
        clear(kept)
        state[_USED_SLOTS] = state[_USED_BYTES] = 0


@kernel
def _part(at: Any, size: Any, has_blank: Any, to: Any, is_narrow: Any, normal: Normal, parts: Parts, state: Any,
          before: Any) -> Any:  # fmt: skip
    """Part a word by the sum of the package, which is carried on; returns the number of ids, NO_ROOM or UNSURE."""
    size = normalise(at, size, has_blank, normal, parts.text, parts.room)
    if size <= 0:
        return size
    if parts.merges:
        return merged(parts.text, size, parts.symbols, parts.room, parts.scratch, parts.ids)
    _sum(to, is_narrow, parts.scores, state, before)
    before[0] = rounded_way(parts.text, size, before[0], parts.scores, parts.ways)
    count = write_way(parts.text, size, parts.scores, parts.ways, parts.ids)
    state[_SUMMED] = to + (count << (1 if is_narrow else 2))
    state[_BOUND] = np.int64(abs(before[0])) + 1
    return count


@kernel
def _learn(first: Any, second: Any, at: Any, size: Any, tables: Tables, parts: Parts, state: Any) -> Any:
    """Part a word and keep it; returns its slot, NO_ROOM or UNSURE."""
    normal_size = normalise(at, size, tables.normal.joins_blanks, tables.normal, parts.text, parts.room)
    if normal_size < 0:
        return normal_size
    count, until = np.int64(0), np.int64(MOST_HELD)
    if normal_size and parts.merges:
        count = merged(parts.text, normal_size, parts.symbols, parts.room, parts.scratch, parts.ids)
    elif normal_size:
        holds = np.floor(best_way(parts.text, normal_size, parts.scores, parts.ways))
        until = max(np.int64(0), np.int64(holds) + 1)
        count = write_way(parts.text, normal_size, parts.scores, parts.ways, parts.ids)
    _make_room(tables.kept, state)
    slot = hole(first, second, tables.kept)
    state[_USED_SLOTS] += 1
    state[_USED_BYTES] = keep(slot, first, second, at, parts.ids, count, until, tables.kept.arena, state[_USED_BYTES])
    return slot


@kernel
def _found(first: Any, second: Any, slot: Any, at: Any, to: Any, is_narrow: Any, tables: Tables, parts: Parts,
           state: Any, before: Any) -> Any:  # fmt: skip
    """Put the ids of a word whose key is at hand to parts.ids; returns their number, NO_ROOM or UNSURE."""
    size = np.int64(second ^ LONG) if second >= LONG else np.int64(second >> SIZE_SHIFT)
    has_blank = tables.normal.joins_blanks
    if size > MOST_KEPT_BYTES:
        return _part(at, size, has_blank, to, is_narrow, tables.normal, parts, state, before)
    while peek64(slot + 8) and not is_piece(slot, first, second, at, tables.kept):
        slot = next_slot(slot, tables.kept)
    if not peek64(slot + 8):
        slot = _learn(first, second, at, size, tables, parts, state)
        if slot < 0:
            return slot
    until = held(slot)
    if state[_BOUND] >= until > 0:
        _sum(to, is_narrow, parts.scores, state, before)
    if state[_BOUND] >= until:
        return _part(at, size, has_blank, to, is_narrow, tables.normal, parts, state, before)
    count = copy_ids(slot, second, tables.kept.arena, parts.ids)
    state[_BOUND] += count * tables.most
    return count


@inlined
def _cut_joined(at: Any, stop: Any, queued: Any, tables: Any) -> Any:
    """Queue the words of the next bytes, without blanks; returns where to go on, and the end of the queue."""
    blanks = blanks64(at, stop, tables.blanks)
    words = ~blanks
    while words:
        begin = zeros(words)
        rest = blanks >> np.uint64(begin)
        if not rest:  # it goes on behind
            if begin:
                return at + begin, queued
            end = first_blank(at + 64, stop, tables.blanks)
            return end, queue_piece(at, end - at, queued, tables.key_masks, tables.kept)
        size = zeros(rest)
        queued = queue_piece(at + begin, size, queued, tables.key_masks, tables.kept)
        words &= _ALL << np.uint64(begin + size)
    return at + 64, queued


@inlined
def _cut_kept(at: Any, stop: Any, queued: Any, tables: Any) -> Any:
    """Queue the words of the next bytes, each with the blanks before; `at` is where one begins."""
    begins = begins64(at, stop, tables.blanks)
    if not begins:
        end = next_begin(at + 63, stop, tables.blanks)
        return end, queue_piece(at, end - at, queued, tables.key_masks, tables.kept)
    begin = np.int64(0)
    while begins:
        end = zeros(begins)
        queued = queue_piece(at + begin, end - begin, queued, tables.key_masks, tables.kept)
        begin = end
        begins &= begins - _ONE
    return at + begin, queued


@inlined
def _poke_ids(to: Any, ids: Any, count: Any, is_narrow: Any) -> Any:
    for k in range(count):
        to = poke_id(to, peek32(ids + 4 * k), is_narrow)
    return to


@kernel
def _begin(at: Any, stop: Any, to: Any, is_narrow: Any, tables: Tables, parts: Parts, state: Any, before: Any) -> Any:
    """Part the first word of a text where it is not like others: without a blank, or with one more. Returns where the
    text goes on, and the number of ids, NO_ROOM or UNSURE.
    """
    joins = tables.normal.joins_blanks
    count = np.int64(0)
    if joins == tables.adds_blank:
        return at, count
    if not joins and at < stop:
        end = at if tables.blanks.parts_lines and peek8(at) == 0x0A else next_begin(at, stop, tables.blanks)
        size = end - at + 1
        if size > MOST_KEPT_BYTES:
            return end, _part(at, size - 1, True, to, is_narrow, tables.normal, parts, state, before)
        poke8(tables.first, 0x20)
        for k in range(0, size, 8):
            poke64(tables.first + 1 + k, peek64(at + k))
        first, second = key_of(tables.first, size)
        slot = first_slot(first, second, tables.kept)
        return end, _found(first, second, slot, tables.first, to, is_narrow, tables, parts, state, before)
    while at < stop and not count:
        begin = first_other(at, stop, tables.blanks)
        at = first_blank(begin, stop, tables.blanks)
        if begin < at:
            count = _part(begin, at - begin, False, to, is_narrow, tables.normal, parts, state, before)
    return at, count


@kernel
def encode_texts(data: Any, offsets: Any, noted: Any, tables: Tables, parts: Parts, state: Any, before: Any, begin: Any,
            out: Any, is_narrow: Any, lengths: Any) -> Any:  # fmt: skip
    """Encode the texts from `begin` on, behind state[WRITTEN] ids, and note those that are UNSURE; returns how many
    are done, and whether the next one needs more scratch, or else more room in `out`.
    """
    base = address(data)
    state, before = borrowed(state), borrowed(before)
    shift = 1 if is_narrow else 2
    queue_end = tables.queue + 32 * QUEUE
    to = address(out) + (state[WRITTEN] << shift)
    full = address(out) + out.size - ((4 * (QUEUE + MOST_STARTS)) << shift)
    for text in range(begin, offsets.size - 1):
        written = to
        at, stop = base + offsets[text], base + offsets[text + 1]
        state[_SUMMED], state[_BOUND], before[0] = to, 0, np.float32(0)
        at, count = _begin(at, stop, to, is_narrow, tables, parts, state, before)
        if to + (max(count, 0) << shift) > full:
            count = np.int64(_FULL)
        elif count > 0:
            to = _poke_ids(to, parts.ids, count, is_narrow)
        bound = state[_BOUND]
        while at < stop and count >= 0:
            queued = tables.queue
            while at < stop and queued < queue_end:
                if tables.normal.joins_blanks:
                    at, queued = _cut_joined(at, stop, queued, tables)
                else:
                    at, queued = _cut_kept(at, stop, queued, tables)
            here = tables.queue
            while here < queued:
                slot = np.int64(peek64(here + 16))
                same = same16(slot, here)
                while not same and peek64(slot + 8):
                    slot = next_slot(slot, tables.kept)
                    same = same16(slot, here)
                rest = peek64(slot + 24)
                if same and rest < ELSEWHERE and bound < np.int64(rest >> _HALF) & MOST_HELD:
                    if is_narrow:
                        poke_halves(to, slot + 16)
                    else:
                        poke64(to, peek64(slot + 16))
                        poke64(to + 8, rest)
                    known = np.int64(rest >> COUNT_SHIFT)
                    to += known << shift
                    bound += known * tables.most
                else:
                    state[_BOUND] = bound
                    first, second, word = peek64(here), peek64(here + 8), np.int64(peek64(here + 24))
                    count = _found(first, second, slot, word, to, is_narrow, tables, parts, state, before)
                    if count >= 0 and to + (count << shift) > full:
                        count = np.int64(_FULL)
                    if count < 0:
                        break
                    bound = state[_BOUND]
                    to = _poke_ids(to, parts.ids, count, is_narrow)
                here += 32
            if count >= 0 and to > full:
                count = np.int64(_FULL)
        if count == UNSURE:
            noted[text] = True
            to = written
        elif count < 0:
            state[WRITTEN] = (written - address(out)) >> shift
            return text, count == NO_ROOM
        lengths[text] = (to - written) >> shift
    state[WRITTEN] = (to - address(out)) >> shift
    return offsets.size - 1, False
