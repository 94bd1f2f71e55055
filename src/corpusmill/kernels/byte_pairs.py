"""Byte-level BPE straight over the bytes of texts: cut into pieces, each piece looked up, and merged when it is new.

What a piece was merged to is kept in a table of fixed size, which is emptied when it is full: ids never depend on what
is in it. The slots of a few dozen pieces are asked for from memory before the first of them is read.
`reference_byte_pairs.py` is the plain oracle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.bits import address, low_bits, peek8, peek64, poke32, poke64, prefetch
from corpusmill.kernels.bits import trailing_zeros as zeros
from corpusmill.kernels.byte_pair_cuts import LEAD_PREFIX, NEWLINE, NUMBER, O200K, SPACE, Cut, leads_of, piece_end
from corpusmill.kernels.byte_pair_merges import SCRATCH_WORDS_PER_BYTE, Merges, merge, pair_table
from corpusmill.kernels.byte_pair_table import (
    COUNT_SHIFT,
    ELSEWHERE,
    ID_BITS,
    IDS,
    INLINE_BYTES,
    LONG,
    MOST_INLINE,
    SIZE_SHIFT,
    SLACK_BYTES,
    SLOT_BYTES,
    Table,
    copy_ids,
    empty_slots,
    fill_whole,
    first_slot,
    is_piece,
    keep,
    key_of,
    next_slot,
)  # fmt: skip
from corpusmill.kernels.jit import inlined, kernel

KEPT_SLOTS = 1 << 20
_ARENA_BYTES_PER_SLOT = 16
_MOST_KEPT_BYTES = 96  # of a piece: longer ones hardly come again
_SCRATCH_BYTES = 1 << 16  # a longer piece asks for more
_QUEUE = 64  # pieces

_HIGH = np.uint64(0x8080808080808080)
_REST = np.uint64(0x7F7F7F7F7F7F7F7F)
_CASE = np.uint64(0x2020202020202020)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
# Added to eight bytes without their high bits, these set it from that byte on.
_FROM_A, _BEHIND_Z, _FROM_SMALL_A, _BEHIND_SMALL_Z = (
    np.uint64((0x80 - byte) * 0x0101010101010101) for byte in (0x41, 0x5B, 0x61, 0x7B)
)


class Tables(NamedTuple):
    """What decides the ids, and scratch."""

    leads: int
    kinds: int
    merges: Merges
    whole: Table  # pieces that are not merged, since they are tokens as they are
    kept: Table  # pieces met before
    queue: int
    scratch: int


# Of the counters.
_USED_SLOTS, _USED_BYTES, _SCRATCH, _WRITTEN = range(4)


@inlined
def _letters(word: Any) -> Any:
    """The high bit of each of eight bytes that is an ASCII letter."""
    low = (word & _REST) | _CASE
    return (low + _FROM_SMALL_A) & ~(low + _BEHIND_SMALL_Z) & ~word & _HIGH


@inlined
def _small_letters(word: Any) -> Any:
    low = word & _REST
    return (low + _FROM_SMALL_A) & ~(low + _BEHIND_SMALL_Z) & ~word & _HIGH


@inlined
def _capitals(word: Any) -> Any:
    low = word & _REST
    return (low + _FROM_A) & ~(low + _BEHIND_Z) & ~word & _HIGH


@inlined
def _letters_from(at: Any, word: Any, lead: Any, cased: Any) -> Any:
    """Bytes of the piece at an address, whose first eight bytes are `word`: ASCII letters, of which the first may be
    another character; 0 where it may go on, or end, elsewhere.

    With `cased` capitals come before small letters, and an apostrophe behind them may belong to the piece.
    """
    skipped = np.uint64(0x80) if lead == LEAD_PREFIX else np.uint64(0)
    if cased:
        size = zeros(~_capitals(word) & _HIGH & ~skipped) >> 3
        if size == 8:
            return 0
        size = zeros(~_small_letters(word) & _HIGH & (_ALL << np.uint64(8 * size)) & ~skipped) >> 3
    else:
        size = zeros(~_letters(word) & _HIGH & ~skipped) >> 3
    if size < lead:
        return 0
    if size == 8:
        more = peek64(at + 8)
        size += zeros(~(_small_letters(more) if cased else _letters(more)) & _HIGH) >> 3
        if size > INLINE_BYTES:
            return 0
    behind = peek8(at + size)
    return 0 if behind & 0x80 or (cased and behind == 0x27) else size


@inlined
def _stands_alone(word: Any, kinds: Any) -> Any:
    """Whether the first of eight bytes is a mark of ASCII before a blank or a digit: a piece of its own in all cuts."""
    first, second = np.int64(word & np.uint64(0xFF)), np.int64(word >> np.uint64(8) & np.uint64(0xFF))
    if (first | second) & 0x80 or first == 0x27 or peek8(kinds + first):
        return False
    kind = peek8(kinds + second)
    return kind & (SPACE | NUMBER) != 0 and not kind & NEWLINE


@kernel
def _found(first: Any, second: Any, slot: Any, at: Any, tables: Tables, counters: Any, out: Any) -> Any:
    """Write the ids of a piece whose key is at hand; returns their number, or -1 where the scratch is too small."""
    while peek64(slot + 8):
        if is_piece(slot, first, second, at, tables.kept):
            return copy_ids(slot, second, tables.kept, out)
        slot = next_slot(slot, tables.kept)
    size = np.int64(second ^ LONG) if second >= LONG else np.int64(second >> SIZE_SHIFT)
    count = 0
    if tables.whole.last:
        slot = first_slot(first, second, tables.whole)
        while peek64(slot + 8) and not count:
            if is_piece(slot, first, second, at, tables.whole):
                count = copy_ids(slot, second, tables.whole, out)
            slot = next_slot(slot, tables.whole)
    if not count:
        if size > counters[_SCRATCH]:
            counters[_SCRATCH] = size
            return -1
        count = merge(at, size, tables.merges, tables.scratch, out)
    if size > _MOST_KEPT_BYTES:
        return count
    most_bytes = _ARENA_BYTES_PER_SLOT * tables.kept.last
    if 2 * counters[_USED_SLOTS] > tables.kept.last or counters[_USED_BYTES] > most_bytes:
        for k in range((tables.kept.last + 1) * (SLOT_BYTES // 8)):
            poke64(tables.kept.slots + 8 * k, np.uint64(0))
        counters[_USED_SLOTS] = counters[_USED_BYTES] = 0
    slot = first_slot(first, second, tables.kept)
    while peek64(slot + 8):
        slot = next_slot(slot, tables.kept)
    counters[_USED_SLOTS] += 1
    counters[_USED_BYTES] = keep(slot, first, second, at, count, out, tables.kept, counters[_USED_BYTES])
    return count


@kernel
def _encode(data: Any, offsets: Any, skipped: Any, spots: Any, cut: Cut, tables: Tables, counters: Any, begin: Any,
            out: Any, lengths: Any) -> Any:  # fmt: skip
    """Encode the texts from `begin` on, behind counters[_WRITTEN] ids; returns how many are done: the next one needs
    scratch for counters[_SCRATCH] bytes.
    """
    base = address(data)
    cased = cut.family == O200K
    queue_end = tables.queue + 32 * _QUEUE
    to = address(out) + 4 * counters[_WRITTEN]
    spot = 0
    for text in range(begin, offsets.size - 1):
        before = to
        at, end = base + offsets[text], base + offsets[text + 1]
        while spot < len(spots) and spots[spot, 3] < text:
            spot += 1
        if skipped[text]:
            at = end
        while at < end:
            marked = spot < len(spots) and spots[spot, 3] == text
            stop = base + spots[spot, 0] if marked else end
            queued = tables.queue
            while at < stop:
                word = peek64(at)
                lead = peek8(tables.leads + np.int64(word & np.uint64(0xFF)))
                size = _letters_from(at, word, lead, cased) if lead else 0
                if size and at + size <= stop:
                    second = np.uint64(size) << SIZE_SHIFT
                    if size < 8:
                        first = word & low_bits(8 * size)
                    else:
                        first = word
                        if size > 8:
                            second |= peek64(at + 8) & low_bits(8 * size - 64)
                else:
                    size = 1 if _stands_alone(word, tables.kinds) else piece_end(at, stop, tables.kinds, cut) - at
                    first, second = key_of(at, size)
                slot = first_slot(first, second, tables.kept)
                prefetch(slot)
                poke64(queued, first)
                poke64(queued + 8, second)
                poke64(queued + 16, np.uint64(slot))
                poke64(queued + 24, np.uint64(at))
                queued += 32
                at += size
                if queued < queue_end and at < stop:
                    continue
                here = tables.queue
                while here < queued:
                    first, second, slot = peek64(here), peek64(here + 8), np.int64(peek64(here + 16))
                    rest = peek64(slot + 24)
                    if ((peek64(slot) ^ first) | (peek64(slot + 8) ^ second)) == 0 and rest < ELSEWHERE:
                        poke64(to, peek64(slot + 16))
                        poke64(to + 8, rest & IDS)
                        to += 4 * np.int64(rest >> COUNT_SHIFT)
                    else:
                        count = _found(first, second, slot, np.int64(peek64(here + 24)), tables, counters, to)
                        if count < 0:
                            counters[_WRITTEN] = (before - address(out)) >> 2
                            return text
                        to += 4 * count
                    here += 32
                queued = tables.queue
            if marked:
                poke32(to, spots[spot, 2])
                to += 4
                at = base + spots[spot, 1]
                spot += 1
        lengths[text] = (to - before) >> 2
    counters[_WRITTEN] = (to - address(out)) >> 2
    return offsets.size - 1


class BytePairs:
    """A vocabulary that encodes texts.

    `byte_ids` uint32[256]; `lefts`, `rights`, `made`: the ids that each merge joins and makes, in the order of their
    ranks; `whole`: pieces that are one token without merging; `cut` and `kinds` (see `cut_kinds`): where texts are cut.
    `kept_slots`, a power of two: room for half as many pieces, 48 bytes for each slot.

    >>> from corpusmill.kernels.byte_pair_cuts import GPT2, cut_kinds
    >>> merges = (np.array([97, 256], np.uint32), np.array([98, 99], np.uint32), np.array([256, 257], np.uint32))
    >>> pairs = BytePairs(np.arange(256, dtype=np.uint32), *merges, {}, Cut(GPT2), cut_kinds())
    >>> texts = np.frombuffer(b"abc abac" + bytes(SLACK_BYTES), np.uint8)
    >>> ids, lengths = pairs.encode(texts, np.array([0, 4, 8]))
    >>> ids.tolist(), lengths.tolist()
    ([257, 32, 256, 97, 99], [2, 3])
    """

    def __init__(
        self,
        byte_ids: npt.NDArray[np.uint32],
        lefts: npt.NDArray[np.uint32],
        rights: npt.NDArray[np.uint32],
        made: npt.NDArray[np.uint32],
        whole: Mapping[bytes, int],
        cut: Cut,
        kinds: npt.NDArray[np.uint8],
        kept_slots: int = KEPT_SLOTS,
    ) -> None:
        highest = max(0, *(int(ids.max(initial=0)) for ids in (byte_ids, made)), *whole.values())
        if highest >> ID_BITS:
            raise ValueError(f"the id {highest} does not fit {ID_BITS} bits")
        pairs = pair_table(lefts, rights, made)
        self._cut = cut
        self._arrays: dict[str, npt.NDArray[Any]] = {
            "byte_ids": byte_ids,
            "pairs": pairs,
            "leads": leads_of(cut),
            "kinds": kinds,
            "queue": np.zeros(4 * _QUEUE, np.uint64),
            "slots": empty_slots(kept_slots),
            "arena": np.empty(_ARENA_BYTES_PER_SLOT * kept_slots + 8 * _MOST_KEPT_BYTES, np.uint8),
        }
        self._merges = Merges(byte_ids.ctypes.data, pairs.ctypes.data, len(pairs) - 1)
        self._whole = self._table_of(whole)
        self._counters = np.array([0, 0, _SCRATCH_BYTES, 0], np.int64)
        self._scratch = np.empty(SCRATCH_WORDS_PER_BYTE * _SCRATCH_BYTES, np.uint64)
        self._out = np.empty(0, np.uint32)

    def _table_of(self, whole: Mapping[bytes, int]) -> Table:
        if not whole:
            return Table(0, 0, 0)
        content = b"".join(whole)
        slots = empty_slots(1 << (len(whole) * 3 // 2).bit_length())
        arena = np.empty(len(content) + SLACK_BYTES, np.uint8)
        self._arrays |= {"whole": slots, "whole_arena": arena}
        table = Table(slots.ctypes.data, len(slots) - 1, arena.ctypes.data)
        starts = np.cumsum([0, *map(len, whole)])
        fill_whole(
            np.frombuffer(content + bytes(SLACK_BYTES), np.uint8),
            starts,
            np.array([*whole.values(), 0], np.uint64),
            table,
        )
        return table

    def _tables(self) -> Tables:
        at = {name: array.ctypes.data for name, array in self._arrays.items()}
        kept = Table(at["slots"], len(self._arrays["slots"]) - 1, at["arena"])
        return Tables(at["leads"], at["kinds"], self._merges, self._whole, kept, at["queue"], self._scratch.ctypes.data)

    def encode(
        self,
        data: npt.NDArray[np.uint8],
        offsets: npt.NDArray[np.int64],
        skipped: npt.NDArray[np.uint8] | None = None,
        spots: npt.NDArray[np.int64] | None = None,
    ) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
        """The ids of the texts data[offsets[i]:offsets[i + 1]], end to end, valid until the next call, and how many
        each has: none where `skipped` is not 0.

        `spots` int64 [n, 4]: start, end, id and text of parts that are one token each and no text, in their order.
        data has SLACK_BYTES behind the texts.
        """
        texts = offsets.size - 1
        if data.size < offsets[-1] + SLACK_BYTES:
            raise ValueError(f"{data.size} bytes; {SLACK_BYTES} more than the {offsets[-1]} of the texts are read")
        room = int(offsets[-1] - offsets[0]) + MOST_INLINE
        if self._out.size < room:
            self._out = np.empty(room, np.uint32)
        skipped = np.zeros(texts, np.uint8) if skipped is None else skipped
        spots = np.zeros((0, 4), np.int64) if spots is None else spots
        lengths = np.zeros(texts, np.int64)
        self._counters[_WRITTEN] = done = 0
        while True:
            done = _encode(
                data, offsets, skipped, spots, self._cut, self._tables(), self._counters, done, self._out, lengths
            )
            if done == texts:
                break
            self._scratch = np.empty(SCRATCH_WORDS_PER_BYTE * int(self._counters[_SCRATCH]), np.uint64)
        return self._out[: self._counters[_WRITTEN]], lengths
