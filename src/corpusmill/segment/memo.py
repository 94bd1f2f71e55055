"""Tokens of chunks, each found once: a library is slow, and the chunks of texts (what white space parts) are few.

A memo holds the tokens of every chunk that it has seen, up to a limit beyond which it starts anew; what a chunk's
tokens are is a function of the chunk alone, so neither the order of texts nor the limit can change a result.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from corpusmill.batch import Int64s, Number, TextBatch, empty
from corpusmill.segment.measure import measured
from corpusmill.segment.tokens import Tokens

ENTRY_LIMIT, BYTE_LIMIT = 1 << 20, 1 << 27  # at about 90 bytes an entry: some 100 MB in all
CUT_BYTES = 2000  # chunks of fewer are never cut
_LEAST_SLOTS = 1 << 12

Int32s = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Found:
    """Tokens of new chunks, in order."""

    data: Bytes  # what the spans are of
    starts: Int64s
    ends: Int64s
    counts: Int64s  # tokens of each chunk
    places: Int32s  # where each token starts, in bytes from the start of its chunk
    heads: Int32s  # of each chunk, see kernels/words/chunks.py
    tails: Int32s
    fragile: Bytes


class Rules(Protocol):
    """What finds the tokens of a chunk."""

    pairs: Int64s  # which tails and heads link two chunks
    links_always: bool

    def of_chunks(self, joined: Bytes, ends: Int64s, variants: Bytes) -> Found:
        """Tokens of chunks that lie in `joined`, each with a newline behind it; `ends` are behind the newlines.

        `variants`: what else of each chunk its tokens depend on, as the rules number it.
        """


class Memo:
    """Known chunks under one set of rules."""

    def __init__(self, rules: Rules, entry_limit: int = ENTRY_LIMIT) -> None:
        self.rules, self.entry_limit = rules, entry_limit
        self.lock = threading.Lock()
        self._start()

    def _start(self) -> None:
        self.count = 0
        self.table = np.zeros(_LEAST_SLOTS, np.uint64)
        self.arena, self.text_ends = np.empty(0, np.uint8), np.zeros(1, np.int64)
        self.variants = np.empty(0, np.uint8)
        self.first_rows = np.zeros(1, np.int64)
        self.heads, self.tails, self.fragile = np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.uint8)
        self.hashes, self.powers = np.empty(0, np.uint64), np.empty(0, np.uint64)
        self.lengths, self.kinds = np.empty(0, np.int32), np.empty(0, np.uint8)
        self.places, self.widths = np.empty(0, np.int32), np.empty(0, np.int32)

    def entries_of(self, data: Bytes, starts: Int64s, ends: Int64s, variants: Bytes | None = None) -> Int64s:
        """The entry of each chunk data[starts[i]:ends[i]]; those that are new are looked at. Hold the lock."""
        from corpusmill.kernels.words.chunks import enter, look_up

        if self.count > self.entry_limit or self.text_ends[self.count] > BYTE_LIMIT:
            self._start()
        before = self.count
        self.text_ends = _grown(self.text_ends, before + 1, len(starts))
        self.arena = _grown(self.arena, int(self.text_ends[before]), int((ends - starts).sum()) + len(starts))
        self.variants = _grown(self.variants, before, len(starts))
        if variants is None:
            variants = np.zeros(len(starts), np.uint8)
        entries = empty(len(starts), np.int64)
        done = 0
        while True:
            done, self.count = look_up(
                data,
                starts,
                ends,
                variants,
                done,
                self.table,
                self.arena,
                self.text_ends,
                self.variants,
                self.count,
                entries,
            )
            if done == len(starts):
                break
            self.table = np.zeros(4 * len(self.table), np.uint64)
            enter(self.arena, self.text_ends, self.variants, self.count, self.table)
        if self.count > before:
            self._learn(before)
        return entries

    def _learn(self, before: int) -> None:
        """Find the tokens of all entries from `before` on."""
        begin, end = int(self.text_ends[before]), int(self.text_ends[self.count])
        ends = self.text_ends[before + 1 : self.count + 1] - begin
        found = self.rules.of_chunks(self.arena[begin:end], ends, self.variants[before : self.count])
        rows = measured(found.data, found.starts, found.ends, np.zeros(1, np.int64))
        used = int(self.first_rows[before])
        self.first_rows = _put(self.first_rows, before + 1, used + np.cumsum(found.counts))
        self.heads, self.tails = _put(self.heads, before, found.heads), _put(self.tails, before, found.tails)
        self.fragile = _put(self.fragile, before, found.fragile)
        self.hashes, self.powers = _put(self.hashes, used, rows.hashes), _put(self.powers, used, rows.powers)
        self.lengths, self.kinds = _put(self.lengths, used, rows.lengths), _put(self.kinds, used, rows.kinds)
        self.places = _put(self.places, used, found.places)
        self.widths = _put(self.widths, used, (found.ends - found.starts).astype(np.int32))

    def linked(self, batch: TextBatch, chunks: Chunks, entries: Int64s) -> npt.NDArray[np.bool_]:
        """Texts in which rules may see over the white space between two chunks."""
        from corpusmill.kernels.words.chunks import find_linked

        linked = np.zeros(len(batch), np.bool_)
        if len(self.rules.pairs):
            find_linked(
                chunks.starts,
                chunks.ends,
                batch.data,
                chunks.offsets,
                entries,
                self.heads,
                self.tails,
                self.rules.pairs,
                self.fragile,
                self.rules.links_always,
                linked,
            )
        return linked

    def gathered(self, offsets: Int64s, entries: Int64s) -> Tokens:
        """The tokens of the entries of each text."""
        from corpusmill.kernels.words.chunks import count_rows, gather_rows

        row_offsets = empty(len(offsets), np.int64)
        count_rows(offsets, entries, self.first_rows, row_offsets)
        hashes, powers = empty(row_offsets[-1], np.uint64), empty(row_offsets[-1], np.uint64)
        lengths, kinds = empty(row_offsets[-1], np.int32), empty(row_offsets[-1], np.uint8)
        columns = (self.hashes, self.powers, self.lengths, self.kinds)
        gather_rows(entries, self.first_rows, *columns, hashes, powers, lengths, kinds)
        return Tokens(hashes, powers, lengths, kinds, row_offsets)


@dataclass(frozen=True)
class Chunks:
    """What stands between white space; the chunks of text i are `offsets[i]:offsets[i + 1]`."""

    starts: Int64s  # bytes of TextBatch.data
    ends: Int64s
    offsets: Int64s


def chunks_of(batch: TextBatch) -> Chunks:
    """The chunks of each text of a batch."""
    from corpusmill.kernels.words.chunks import find_chunks

    room = len(batch.data) // 2 + len(batch) + 1
    starts, ends = empty(room, np.int64), empty(room, np.int64)
    offsets = empty(len(batch) + 1, np.int64)
    find_chunks(batch.masks, batch.blocks, batch.offsets, starts, ends, offsets)
    return Chunks(starts[: offsets[-1]], ends[: offsets[-1]], offsets)


def with_cuts(batch: TextBatch, chunks: Chunks, cuts_of: Callable[[str], list[int]]) -> tuple[Chunks, Int64s]:
    """`chunks` cut in pieces, and which texts have one that was cut.

    `cuts_of` gives the places in code points; it is asked for chunks of more than CUT_BYTES bytes.
    """
    pieces: list[tuple[int, int]] = []  # chunk, byte
    for i in np.flatnonzero(chunks.ends - chunks.starts > CUT_BYTES).tolist():
        text = batch.data[chunks.starts[i] : chunks.ends[i]].tobytes().decode()
        pieces += [(i, int(chunks.starts[i]) + len(text[:place].encode())) for place in cuts_of(text)]
    if not pieces:
        return chunks, np.zeros(0, np.int64)
    owners, places = np.array(pieces, np.int64).T
    starts, ends = np.insert(chunks.starts, owners + 1, places), np.insert(chunks.ends, owners, places)
    offsets = chunks.offsets + np.searchsorted(owners, chunks.offsets)
    return Chunks(starts, ends, offsets), np.unique(np.searchsorted(chunks.offsets, owners, side="right") - 1)


def _grown(array: npt.NDArray[Number], used: int, more: int) -> npt.NDArray[Number]:
    """`array` with room for `more` behind its first `used`."""
    if used + more <= len(array):
        return array
    larger = np.empty(max(used + more, 2 * len(array)), array.dtype)
    larger[:used] = array[:used]
    return larger


def _put(array: npt.NDArray[Number], used: int, values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """`array` with `values` behind its first `used`."""
    array = _grown(array, used, len(values))
    array[used : used + len(values)] = values
    return array
