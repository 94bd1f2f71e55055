"""Texts as the units that a style compares, hashed, and where each unit stands in its text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import Hashes, Int64s, TextBatch, empty
from corpusmill.decontaminate.table import Hits, Table
from corpusmill.dedupe.fineweb import HASHES, JoinedWords, ngram_hashes, simplified, simplified_spans, words
from corpusmill.segment.pieces import newline_lines
from corpusmill.segment.tokenize import tokens

SPACY = "spacy_en"


class Units(Protocol):
    """The units of n texts; those of text t are offsets[t]:offsets[t + 1]."""

    @property
    def offsets(self) -> Int64s: ...

    def runs(self, size: int) -> tuple[Hashes, Int64s]:
        """Hashes of all runs of `size` units, and where each text's begin, [n+1]."""
        ...

    def find(self, size: int, table: Table) -> Hits:
        """The runs of `size` units that `table` knows, by their first units, ascending."""
        ...

    def spans(self, firsts: Int64s, lasts: Int64s) -> tuple[Int64s, Int64s]:
        """Bytes of the texts from unit `firsts[i]` to unit `lasts[i]`."""
        ...


@dataclass(frozen=True)
class Hashed:
    """Words of ours, or lines: a hash each."""

    hashes: Hashes
    starts: Int64s
    ends: Int64s
    offsets: Int64s

    def runs(self, size: int) -> tuple[Hashes, Int64s]:
        from corpusmill.kernels.matching.gram_lookup import run_hashes

        out = empty(len(self.hashes), np.uint64)
        begins = run_hashes(self.hashes, self.offsets, size, out)
        return out[: begins[-1]], begins

    def find(self, size: int, table: Table) -> Hits:
        return table.find_runs(self.hashes, self.offsets, size)

    def spans(self, firsts: Int64s, lasts: Int64s) -> tuple[Int64s, Int64s]:
        return self.starts[firsts], self.ends[lasts]


@dataclass(frozen=True)
class Spelled:
    """datatrove's words, whose runs are hashed as they are spelled: joined by one space, XXH64."""

    words: JoinedWords
    owners: npt.NDArray[np.int64] | None  # number of the simplified word that each is a part of; None: it is one
    batch: TextBatch

    @property
    def offsets(self) -> Int64s:
        return self.words.offsets

    def runs(self, size: int) -> tuple[Hashes, Int64s]:
        found = ngram_hashes(self.words, size, HASHES[0])
        return found.hashes, found.begins

    def find(self, size: int, table: Table) -> Hits:
        hashes, begins = self.runs(size)
        hits = table.find(hashes)
        texts = np.searchsorted(begins, hits.places, side="right") - 1
        return Hits(hits.places - begins[texts] + self.offsets[texts], hits.grams)

    def spans(self, firsts: Int64s, lasts: Int64s) -> tuple[Int64s, Int64s]:
        starts, ends = self._spans
        if self.owners is not None:
            firsts, lasts = self.owners[firsts], self.owners[lasts]
        return starts[firsts], ends[lasts]

    @cached_property
    def _spans(self) -> tuple[Int64s, Int64s]:
        return simplified_spans(self.batch)


def units_of(batch: TextBatch, kind: str) -> Units:
    """The units of a style; raises ModelRefused where spaCy is wanted and not installed."""
    if kind == "paragraphs":
        return _paragraphs(batch)
    if kind == "simplified":
        return Spelled(words(batch.texts), None, batch)
    if kind == SPACY:
        return _spacy(batch)
    return _words(batch, kind)


def _words(batch: TextBatch, kind: str) -> Hashed:
    from corpusmill.kernels.characters.folds import letters_and_digits, without_punctuation
    from corpusmill.kernels.words.folded_words import hash_words

    folds = {"letters_and_digits": letters_and_digits, "words": without_punctuation}[kind]()
    room = len(batch.data) // 2 + len(batch) + 1
    hashes, starts, ends = empty(room, np.uint64), empty(room, np.int64), empty(room, np.int64)
    offsets = np.empty(len(batch) + 1, np.int64)
    count = hash_words(batch.data, batch.offsets, *folds, hashes, starts, ends, offsets)
    return Hashed(hashes[:count], starts[:count], ends[:count], offsets)


def _paragraphs(batch: TextBatch) -> Hashed:
    """The lines of each text, and behind them the whole text where it has several."""
    from corpusmill.kernels.hashes.xxhash64 import xxhash64_spans

    lines = newline_lines(batch)
    several = np.diff(lines.offsets) > 1
    at = lines.offsets[1:][several]
    starts = np.insert(lines.starts, at, batch.offsets[:-1][several])
    ends = np.insert(lines.ends, at, batch.offsets[1:][several])
    hashes = empty(len(starts), np.uint64)
    xxhash64_spans(batch.data, starts, ends, hashes)
    return Hashed(hashes, starts, ends, lines.offsets + np.append(0, np.cumsum(several)))


def _spacy(batch: TextBatch) -> Spelled:
    from corpusmill.kernels.words.spelled_tokens import spell

    texts = TextBatch(simplified(batch.texts))
    found = tokens(texts, SPACY)
    count = len(found.lengths)
    out = empty(len(texts.data) + count, np.uint8)
    starts, ends, owners = (empty(count, np.int64) for _ in range(3))
    size = spell(texts.data, texts.offsets, found.lengths, found.offsets, out, starts, ends, owners)
    return Spelled(JoinedWords(out[:size], starts, ends, found.offsets), owners, batch)


def word_counts(texts: pa.Array) -> Int64s:
    """UAX #29 words with a letter or digit first, as Dolma counts them."""
    from corpusmill.segment.tokens import ALPHANUMERIC_FIRST

    found = tokens(TextBatch(texts), "uax29")
    counted = np.append(0, np.cumsum(found.kinds & np.uint8(ALPHANUMERIC_FIRST) != 0))
    return np.asarray(counted[found.offsets[1:]] - counted[found.offsets[:-1]], np.int64)
