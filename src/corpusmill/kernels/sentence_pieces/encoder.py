"""A SentencePiece vocabulary that encodes texts: what `words.py` does, with what it needs in memory."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.byte_pairs.merges import Merges, pair_table
from corpusmill.kernels.byte_pairs.table import ID_BITS, Table, empty_slots, key_masks
from corpusmill.kernels.sentence_pieces.cuts import Blanks
from corpusmill.kernels.sentence_pieces.merges import BYTES_OF_SYMBOLS, Symbols, near_pairs
from corpusmill.kernels.sentence_pieces.normal import Normal
from corpusmill.kernels.sentence_pieces.paths import BYTES_OF_WAYS, Scores, ways_in
from corpusmill.kernels.sentence_pieces.words import (
    ARENA_BYTES_PER_SLOT,
    MOST_KEPT_BYTES,
    MOST_STARTS,
    QUEUE,
    STATES,
    WRITTEN,
    Parts,
    Tables,
    encode_texts,
)

SLACK_BYTES = 64  # behind the texts, that may be read
KEPT_SLOTS = 1 << 20
_ROOM = 1 << 12  # bytes of a word as it is normalised; a longer one asks for more
_LEAST_HIGHEST = 10.0  # so that no word is long where ids hold at all


class Vocabulary(NamedTuple):
    """What decides the ids of a text."""

    merges: npt.NDArray[np.uint32]  # [4, merges]: two symbols, the piece they make, its rank; none: parted by scores
    pieces_end: int  # ids are below; other symbols are characters that are no pieces
    pieces: npt.NDArray[np.uint64]  # a trie, see `trie_of`: pieces with their ids, or the symbols that are merged
    scores: npt.NDArray[np.float32]  # of each id
    unknown: int  # the id of characters that are in no piece
    unknown_score: float
    beside: npt.NDArray[np.uint32]  # [2, pairs]: symbols that stand side by side in a piece
    byte_ids: npt.NDArray[np.uint32]  # [256]: those that stand for these, or [0]
    verbatim: npt.NDArray[np.uint64]  # a trie of what is neither normalised nor merged
    units: npt.NDArray[np.uint32]  # the map of characters,
    strings: npt.NDArray[np.uint8]  # and what it makes of them
    blanks: npt.NDArray[np.uint8]  # bytes that it makes blanks of, U+0020 among them
    adds_blank: bool  # before every text
    joins_blanks: bool  # and leaves them out at both ends
    parts_marks: bool  # no piece has two blanks
    parts_lines: bool  # no piece has a newline and anything else, and none is left out
    keeps_ascii: bool  # words of ASCII's printed characters are not normalised


class SentencePieces:
    """A vocabulary that encodes texts.

    `kept_slots`, a power of two: room for five eighths as many words, 48 bytes for each slot. `dtype` of the ids: of 16
    bits, where all fit, or uint32.
    """

    def __init__(self, vocabulary: Vocabulary, kept_slots: int = KEPT_SLOTS, dtype: npt.DTypeLike = np.uint32) -> None:
        if vocabulary.scores.size >> ID_BITS:
            raise ValueError(f"{vocabulary.scores.size} ids do not fit {ID_BITS} bits")
        self._own = own = vocabulary
        lefts, rights, made, ranks = own.merges
        pairs, known = pair_table(lefts, rights, made, ranks.astype(np.int64))
        self._arrays: dict[str, npt.NDArray[Any]] = {
            "strings": np.append(own.strings, np.zeros(1, np.uint8)),
            "pairs": pairs,
            "known": known,
            "key_masks": key_masks(),
            "queue": np.zeros(4 * (QUEUE + MOST_STARTS), np.uint64),
            "slots": empty_slots(kept_slots),
            "arena": np.empty(ARENA_BYTES_PER_SLOT * kept_slots + 16 * MOST_KEPT_BYTES * 8, np.uint8),
            "near": near_pairs(*own.beside),
            "first": np.empty(MOST_KEPT_BYTES + SLACK_BYTES, np.uint8),
        }
        self._merges = own.merges.size > 0
        self._highest = max(_LEAST_HIGHEST, abs(own.unknown_score), float(np.abs(own.scores).max(initial=0)))
        self._state = np.zeros(STATES, np.int64)
        self._before = np.zeros(1, np.float32)
        self._dtype = np.dtype(dtype)
        self._out = np.empty(0, np.uint8)
        self._tables, self._parts = self._made_tables(), self._made_parts(_ROOM)

    def _made_tables(self) -> Tables:
        own, at = self._own, {name: array.ctypes.data for name, array in self._arrays.items()}
        units = own.units.ctypes.data, len(own.units) - 1
        return Tables(
            Normal(self._verbatim(), *units, at["strings"], own.joins_blanks, own.parts_marks, own.keeps_ascii),
            Blanks(own.blanks.ctypes.data, len(own.blanks), own.parts_lines),
            own.adds_blank,
            0 if self._merges else int(self._highest * 1.001) + 1,
            at["key_masks"],
            Table(at["slots"], len(self._arrays["slots"]) - 1, at["arena"]),
            at["queue"],
            at["first"],
        )

    def _made_parts(self, room: int) -> Parts:
        """For words of as many bytes."""
        per_place = BYTES_OF_SYMBOLS if self._merges else BYTES_OF_WAYS
        self._arrays |= {
            "scratch": np.empty(per_place * (room + 1) // 8 + 1, np.uint64),
            "text": np.empty(room + 8, np.uint8),
            "ids": np.empty(room + 4, np.uint32),
        }
        own, at = self._own, {name: array.ctypes.data for name, array in self._arrays.items()}
        byte_ids = own.byte_ids.ctypes.data if own.byte_ids.size else 0
        pieces = own.pieces.ctypes.data
        unknown = own.unknown, np.float32(own.unknown_score)
        scores = Scores(pieces, own.scores.ctypes.data, *unknown, self._highest, byte_ids)
        merges = Merges(0, at["pairs"], len(self._arrays["pairs"]) - 1, at["known"], 0)
        symbols = Symbols(pieces, self._verbatim(), merges, at["near"], own.pieces_end, own.unknown, byte_ids)
        scratch = at["scratch"]
        return Parts(self._merges, scores, ways_in(room + 1, scratch), symbols, scratch, at["text"], at["ids"], room)

    def _verbatim(self) -> int:
        return int(self._own.verbatim.ctypes.data) if self._own.verbatim.any() else 0

    def encode(
        self, data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """The ids of the texts data[offsets[i]:offsets[i + 1]], valid UTF-8, end to end, valid until the next call; how
        many each has; and which are left out, without ids.

        data has SLACK_BYTES behind the texts.
        """
        texts = offsets.size - 1
        if data.size < offsets[-1] + SLACK_BYTES:
            raise ValueError(f"{data.size} bytes; {SLACK_BYTES} more than the {offsets[-1]} of the texts are read")
        self._make_room(int(offsets[-1] - offsets[0]))
        lengths, noted = np.zeros(texts, np.int64), np.zeros(texts, np.bool_)
        self._state[WRITTEN] = done = 0
        is_narrow = self._dtype.itemsize == 2
        while True:
            tables, parts = self._tables, self._parts
            done, needs_scratch = encode_texts(
                data, offsets, noted, tables, parts, self._state, self._before, done, self._out, is_narrow, lengths
            )
            if done == texts:
                break
            if needs_scratch:
                self._parts = self._made_parts(4 * parts.room)
            else:
                self._make_room(2 * self._out.size // self._dtype.itemsize)
        return self._out.view(self._dtype)[: self._state[WRITTEN]], lengths, noted

    def _make_room(self, ids: int) -> None:
        """For as many ids, those that are there stay."""
        size = (ids + 4 * (QUEUE + MOST_STARTS)) * self._dtype.itemsize
        if self._out.size < size:
            out = np.empty(-(-size // 4) * 4, np.uint8)
            written = int(self._state[WRITTEN]) * self._dtype.itemsize
            out[:written] = self._out[:written]
            self._out = out
