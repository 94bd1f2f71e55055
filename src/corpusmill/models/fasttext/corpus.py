"""Labelled texts in memory as numbers of words: 4 bytes a word, whatever the words are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.kernels.characters.tables import unicode_tables
from corpusmill.kernels.fasttext.words import Words, add_end_of_line, fill_word_slots, number_words
from corpusmill.kernels.hashes.hashing import SPLITMIX_STEP, hash_spans, splitmix_each

Integers = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]


class WordTable:
    """Distinct words, numbered as they first occur; `</s>` is word 0."""

    def __init__(self) -> None:
        self._words, self._bytes = 1 << 12, 1 << 16  # that there is room for
        self._entries = np.zeros(self._bytes, np.uint8)
        self._starts = np.zeros(self._words + 1, np.int64)
        self._hashes = np.zeros(self._words, np.int64)
        self._slots = np.zeros(2 * self._words, np.uint64)
        mark = np.frombuffer(b"</s>", np.uint8)
        add_end_of_line(self.addresses, mark.ctypes.data)
        self._count = 1

    def __len__(self) -> int:
        return self._count

    @property
    def addresses(self) -> Words:
        """For kernels; good until the next `number`."""
        arrays = self._slots, self._entries, self._starts, self._hashes
        slots, entries, starts, hashes = (array.ctypes.data for array in arrays)
        return Words(slots, len(self._slots) - 1, entries, starts, hashes)

    @property
    def hashes(self) -> Integers:
        return self._hashes[: self._count]

    @property
    def lengths(self) -> Integers:
        """Bytes of each word and its NUL."""
        return np.diff(self._starts[: self._count + 1])

    @property
    def texts(self) -> pa.Array:
        """The words as binary, by number, each with a NUL behind."""
        offsets = pa.py_buffer(self._starts[: self._count + 1])
        return pa.Array.from_buffers(
            pa.large_binary(), self._count, [None, offsets, pa.py_buffer(self._entries[: self._starts[self._count]])]
        )

    def number(self, data: npt.NDArray[np.uint8], offsets: Integers) -> tuple[npt.NDArray[np.int32], Integers]:
        """Numbers of the words of the texts `data[offsets[i]:offsets[i + 1]]`, and where each text ends in them."""
        texts = len(offsets) - 1
        tokens = np.empty((int(offsets[-1]) - int(offsets[0])) // 2 + 2 * texts, np.int32)
        ends = np.empty(texts, np.int64)
        used = np.array([0, self._count, self._starts[self._count]], np.int64)
        done = 0
        while done < texts:
            room = np.array([len(tokens), self._words, self._bytes], np.int64)
            done = number_words(
                data.ctypes.data, offsets, done, unicode_tables(), self.addresses, tokens, ends, used, room
            )
            self._count = int(used[1])
            if done < texts:
                length = int(offsets[done + 1] - offsets[done])
                self._grow(self._count + length // 2 + 2, int(used[2]) + 2 * length + 2)
        return tokens[: used[0]].copy(), ends

    def _grow(self, words: int, size_bytes: int) -> None:
        """Room for so many words and bytes, and for twice what there was where that was short."""
        if size_bytes > self._bytes:
            self._bytes = max(size_bytes, 2 * self._bytes)
            self._entries = np.concatenate([self._entries, np.zeros(self._bytes - len(self._entries), np.uint8)])
        if words > self._words:
            self._words = max(1 << (words - 1).bit_length(), 2 * self._words)
            self._starts = np.concatenate([self._starts, np.zeros(self._words + 1 - len(self._starts), np.int64)])
            self._hashes = np.concatenate([self._hashes, np.zeros(self._words - len(self._hashes), np.int64)])
            self._slots = np.zeros(2 * self._words, np.uint64)
            fill_word_slots(self.addresses, self._count)


@dataclass
class Corpus:
    """Texts with the number of their label, collected batch by batch; texts without a word are left out."""

    words: WordTable = field(default_factory=WordTable)
    empty: int = 0  # texts without a word
    _tokens: list[npt.NDArray[np.int32]] = field(default_factory=list)
    _lengths: list[Integers] = field(default_factory=list)
    _labels: list[npt.NDArray[np.int32]] = field(default_factory=list)
    _keys: list[Keys] = field(default_factory=list)

    def add(self, texts: pa.Array, keys: Keys, label: int) -> None:
        """Texts of one label, with the hash of each (`keys_of`)."""
        batch = TextBatch(texts)
        data, offsets = batch.data, batch.offsets
        tokens, ends = self.words.number(data, offsets)
        lengths = np.diff(ends, prepend=0)
        full = lengths > 1  # more than the end of the line
        self.empty += int(len(full) - full.sum())
        self._tokens.append(tokens[np.repeat(full, lengths)] if not full.all() else tokens)
        self._lengths.append(lengths[full])
        self._labels.append(np.full(int(full.sum()), label, np.int32))
        self._keys.append(keys[full])

    @property
    def tokens(self) -> npt.NDArray[np.int32]:
        return np.concatenate([np.zeros(0, np.int32), *self._tokens])

    @property
    def lengths(self) -> Integers:
        """Tokens of each text."""
        return np.concatenate([np.zeros(0, np.int64), *self._lengths])

    @property
    def labels(self) -> npt.NDArray[np.int32]:
        return np.concatenate([np.zeros(0, np.int32), *self._labels])

    @property
    def keys(self) -> Keys:
        return np.concatenate([np.zeros(0, np.uint64), *self._keys])


def keys_of(texts: pa.Array) -> Keys:
    """A hash of each text: what decides on its place in the order, and whether it is held out."""
    batch = TextBatch(texts)
    offsets = batch.offsets
    keys = np.empty(len(texts), np.uint64)
    hash_spans(batch.data, offsets[:-1].copy(), offsets[1:].copy(), keys)
    return keys


def scrambled(keys: Keys, seed: int) -> Keys:
    """SplitMix64 of each key, another one for each seed.

    >>> scrambled(np.array([1, 2], np.uint64), 0).tolist() != scrambled(np.array([1, 2], np.uint64), 1).tolist()
    True
    """
    out = np.empty_like(keys)
    splitmix_each(keys, np.uint64((seed + 1) * int(SPLITMIX_STEP) % 2**64), out)
    return out
