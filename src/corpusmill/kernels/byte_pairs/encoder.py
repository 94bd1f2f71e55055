"""Byte-level BPE straight over the bytes of texts: cut into pieces, each piece looked up, and merged when it is new.

What a piece was merged to is kept in a table of fixed size, which is emptied when it is full: ids never depend on what
is in it. The slots of a few dozen pieces are asked for from memory before the first of them is read.
`reference.py` is the plain oracle.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.bits import (
    address,
    peek32,
    peek64,
    poke64,
    poke_halves,
    same16,
)
from corpusmill.kernels.bits import trailing_zeros as zeros
from corpusmill.kernels.byte_pairs.cuts import COMPOSES, UNSURE, Cut, piece_end
from corpusmill.kernels.byte_pairs.merges import SCRATCH_WORDS_PER_BYTE, Merges, byte_pairs, merge, pair_table
from corpusmill.kernels.byte_pairs.scan import SLACK_BYTES, kinds_from
from corpusmill.kernels.byte_pairs.starts import MOST_STARTS, starts_from
from corpusmill.kernels.byte_pairs.table import (
    COUNT_SHIFT,
    ELSEWHERE,
    ID_BITS,
    IDS,
    LONG,
    MOST_INLINE,
    Pieces,
    Table,
    Whole,
    clear,
    copy_ids,
    empty_slots,
    first_slot,
    hole,
    is_piece,
    keep,
    key_masks,
    may_be_whole,
    next_slot,
    poke_id,
    queue_piece,
    whole_of,
)  # fmt: skip
from corpusmill.kernels.words.word_keys import SIZE_SHIFT
from corpusmill.machine_code.jit import inlined, kernel

KEPT_SLOTS = 1 << 20
_ARENA_BYTES_PER_SLOT = 16
_MOST_KEPT_BYTES = 96  # of a piece: longer ones hardly come again
_SCRATCH_BYTES = 1 << 16  # a longer piece asks for more
_QUEUE = 64  # pieces, and those of the 64 bytes that reach it
_ONE = np.uint64(1)
_NOTED = UNSURE | COMPOSES


class Tables(NamedTuple):
    """What decides the ids, and scratch."""

    kinds: int
    key_masks: int
    merges: Merges
    whole: Whole  # pieces that are not merged, since they are tokens as they are
    kept: Table  # pieces met before
    queue: int
    scratch: int
    ids: int  # of one piece, uint32


# Of the counters.
_USED_SLOTS, _USED_BYTES, _SCRATCH, _WRITTEN = range(4)


@kernel
def _found(first: Any, second: Any, slot: Any, at: Any, tables: Tables, counters: Any) -> Any:
    """Write the ids of a piece whose key is at hand to where tables.ids lie; returns their number, or -1 where the
    scratch is too small.
    """
    out = tables.ids
    while peek64(slot + 8):
        if is_piece(slot, first, second, at, tables.kept):
            return copy_ids(slot, second, tables.kept, out)
        slot = next_slot(slot, tables.kept)
    size = np.int64(second ^ LONG) if second >= LONG else np.int64(second >> SIZE_SHIFT)
    count = 0
    if may_be_whole(first, second, tables.whole):
        table = tables.whole.table
        slot = first_slot(first, second, table)
        while peek64(slot + 8) and not count:
            if is_piece(slot, first, second, at, table):
                count = copy_ids(slot, second, table, out)
            slot = next_slot(slot, table)
    if not count:
        if size > counters[_SCRATCH]:
            counters[_SCRATCH] = size
            return -1
        count = merge(at, size, tables.merges, tables.scratch, out)
    if size > _MOST_KEPT_BYTES:
        return count
    most_bytes = _ARENA_BYTES_PER_SLOT * tables.kept.last
    if 2 * counters[_USED_SLOTS] > tables.kept.last or counters[_USED_BYTES] > most_bytes:
        clear(tables.kept)
        counters[_USED_SLOTS] = counters[_USED_BYTES] = 0
    slot = hole(first, second, tables.kept)
    counters[_USED_SLOTS] += 1
    counters[_USED_BYTES] = keep(slot, first, second, at, count, out, tables.kept, counters[_USED_BYTES])
    return count


@inlined
def _cut_some(at: Any, stop: Any, queued: Any, cut: Any, tables: Any) -> Any:
    """Queue the next pieces, one at least; returns the address behind them, the end of the queue, and all bits of the
    kinds of their characters above ASCII.
    """
    begins, kinds = starts_from(at, stop, tables.kinds, cut)
    begins &= begins - _ONE
    if not begins:
        size = piece_end(at, stop, tables.kinds, cut) - at
        queued = queue_piece(at, size, queued, tables.key_masks, tables.kept)
        return at + size, queued, kinds | kinds_from(at, at + size, tables.kinds)
    base = at
    while begins:
        size = base + zeros(begins) - at
        begins &= begins - _ONE
        queued = queue_piece(at, size, queued, tables.key_masks, tables.kept)
        at += size
    return at, queued, kinds


@kernel
def _encode(data: Any, offsets: Any, noted: Any, spots: Any, cut: Cut, tables: Tables, counters: Any, begin: Any,
            out: Any, is_narrow: Any, lengths: Any) -> Any:  # fmt: skip
    """Encode the texts from `begin` on that are not `noted`, behind counters[_WRITTEN] ids, and note the kinds of their
    characters; returns how many are done: the next one needs scratch for counters[_SCRATCH] bytes.
    """
    base = address(data)
    shift = 1 if is_narrow else 2
    queue_end = tables.queue + 32 * _QUEUE
    to = address(out) + (counters[_WRITTEN] << shift)
    spot = 0
    for text in range(begin, offsets.size - 1):
        before = to
        at, end = base + offsets[text], base + offsets[text + 1]
        while spot < len(spots) and spots[spot, 3] < text:
            spot += 1
        kinds = 0
        if noted[text]:
            at = end
        while at < end:
            marked = spot < len(spots) and spots[spot, 3] == text
            stop = base + spots[spot, 0] if marked else end
            while at < stop:
                queued = tables.queue
                while at < stop and queued < queue_end:
                    at, queued, met = _cut_some(at, stop, queued, cut, tables)
                    kinds |= met
                here = tables.queue
                while here < queued:
                    slot = np.int64(peek64(here + 16))
                    same = same16(slot, here)
                    while not same and peek64(slot + 8):
                        slot = next_slot(slot, tables.kept)
                        same = same16(slot, here)
                    rest = peek64(slot + 24)
                    if same and rest < ELSEWHERE:
                        if is_narrow:
                            poke_halves(to, slot + 16)
                        else:
                            poke64(to, peek64(slot + 16))
                            poke64(to + 8, rest & IDS)
                        to += np.int64(rest >> COUNT_SHIFT) << shift
                    else:
                        first, second = peek64(here), peek64(here + 8)
                        count = _found(first, second, slot, np.int64(peek64(here + 24)), tables, counters)
                        if count < 0:
                            counters[_WRITTEN] = (before - address(out)) >> shift
                            return text
                        for k in range(count):
                            to = poke_id(to, peek32(tables.ids + 4 * k), is_narrow)
                    here += 32
            if marked:
                to = poke_id(to, spots[spot, 2], is_narrow)
                at = base + spots[spot, 1]
                spot += 1
        noted[text] |= kinds & _NOTED
        if noted[text] & UNSURE:
            to = before
        lengths[text] = (to - before) >> shift
    counters[_WRITTEN] = (to - address(out)) >> shift
    return offsets.size - 1


class BytePairs:
    """A vocabulary that encodes texts.

    `byte_ids` uint32[256]; `lefts`, `rights`, `made`: the ids that each merge joins and makes, in the order of their
    ranks; `whole`: pieces that are one token without merging; `cut` and `kinds` (see `cut_kinds`): where texts are cut.
    `kept_slots`, a power of two: room for half as many pieces, 48 bytes for each slot. `dtype` of the ids: of 16 bits,
    where all fit, or uint32.

    >>> from corpusmill.kernels.byte_pairs.cuts import GPT2, cut_kinds
    >>> merges = (np.array([97, 256], np.uint32), np.array([98, 99], np.uint32), np.array([256, 257], np.uint32))
    >>> pairs = BytePairs(np.arange(256, dtype=np.uint32), *merges, Pieces.of({}), Cut(GPT2), cut_kinds())
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
        whole: Pieces,
        cut: Cut,
        kinds: npt.NDArray[np.uint8],
        kept_slots: int = KEPT_SLOTS,
        dtype: npt.DTypeLike = np.uint32,
    ) -> None:
        highest = max(0, *(int(ids.max(initial=0)) for ids in (byte_ids, made, whole.ids)))
        if highest >> ID_BITS:
            raise ValueError(f"the id {highest} does not fit {ID_BITS} bits")
        pairs, known = pair_table(lefts, rights, made)
        self._cut = cut
        self._arrays: dict[str, npt.NDArray[Any]] = {
            "byte_ids": byte_ids,
            "pairs": pairs,
            "filter": known,
            "kinds": kinds,
            "key_masks": key_masks(),
            "queue": np.zeros(4 * (_QUEUE + MOST_STARTS), np.uint64),
            "slots": empty_slots(kept_slots),
            "arena": np.empty(_ARENA_BYTES_PER_SLOT * kept_slots + 8 * _MOST_KEPT_BYTES, np.uint8),
        }
        merges = Merges(byte_ids.ctypes.data, pairs.ctypes.data, len(pairs) - 1, known.ctypes.data, 0)
        self._arrays["of_bytes"] = byte_pairs(byte_ids, merges)
        self._merges = merges._replace(of_bytes=self._arrays["of_bytes"].ctypes.data)
        self._whole, self._kept_alive = whole_of(whole)
        self._counters = np.array([0, 0, _SCRATCH_BYTES, 0], np.int64)
        self._make_scratch()
        self._dtype = np.dtype(dtype)
        self._out = np.empty(0, np.uint8)

    def _make_scratch(self) -> None:
        size = int(self._counters[_SCRATCH])
        self._arrays |= {
            "scratch": np.empty(SCRATCH_WORDS_PER_BYTE * size, np.uint64),
            "ids": np.empty(size + MOST_INLINE, np.uint32),
        }

    def _tables(self) -> Tables:
        at = {name: array.ctypes.data for name, array in self._arrays.items()}
        kept = Table(at["slots"], len(self._arrays["slots"]) - 1, at["arena"])
        places = (at[name] for name in ("queue", "scratch", "ids"))
        return Tables(at["kinds"], at["key_masks"], self._merges, self._whole, kept, *places)

    def encode(
        self,
        data: npt.NDArray[np.uint8],
        offsets: npt.NDArray[np.int64],
        noted: npt.NDArray[np.uint8] | None = None,
        spots: npt.NDArray[np.int64] | None = None,
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
        """The ids of the texts data[offsets[i]:offsets[i + 1]], end to end, valid until the next call, and how many
        each has: none where `noted` is not 0, or has UNSURE then. Noted is of the kinds of a text's characters (see
        `cut_kinds`) whether there are UNSURE and COMPOSES among them.

        `spots` int64 [n, 4]: start, end, id and text of parts that are one token each and no text, in their order.
        data has SLACK_BYTES behind the texts.
        """
        texts = offsets.size - 1
        if data.size < offsets[-1] + SLACK_BYTES:
            raise ValueError(f"{data.size} bytes; {SLACK_BYTES} more than the {offsets[-1]} of the texts are read")
        room = (int(offsets[-1] - offsets[0]) + MOST_INLINE) * self._dtype.itemsize
        if self._out.size < room:
            self._out = np.empty(-(-room // 4) * 4, np.uint8)
        noted = np.zeros(texts, np.uint8) if noted is None else noted
        spots = np.zeros((0, 4), np.int64) if spots is None else spots
        lengths = np.zeros(texts, np.int64)
        self._counters[_WRITTEN] = done = 0
        while True:
            tables, is_narrow = self._tables(), self._dtype.itemsize == 2
            done = _encode(
                data, offsets, noted, spots, self._cut, tables, self._counters, done, self._out, is_narrow, lengths
            )
            if done == texts:
                break
            self._make_scratch()
        return self._out.view(self._dtype)[: self._counters[_WRITTEN]], lengths
