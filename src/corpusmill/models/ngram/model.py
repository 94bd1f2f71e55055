"""A model that scores sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corpusmill.batch import TextBatch
from corpusmill.models.ngram.counts import BOS, EOS, MARKS, UNK
from corpusmill.models.ngram.estimate import Estimated


@dataclass(frozen=True)
class Scores:
    """Scores of sentences; the token arrays hold, for each sentence, its words and then `</s>`."""

    log10: NDArray[np.float32]  # a sentence
    token_log10: NDArray[np.float32]
    ngram_used: NDArray[np.int8]  # length of the n-gram whose probability it is
    unknown: NDArray[np.bool_]
    ends: NDArray[np.int64]  # where each sentence's tokens end


class NgramModel:
    """The n-grams of lengths 1 to `order`, looked up by hash.

    >>> import numpy as np
    >>> from corpusmill.models.ngram.estimate import estimate
    >>> grams, _ = estimate(np.array([3, 4, 3], np.int32), np.array([2, 1]), vocabulary_size=5, order=2)
    >>> model = NgramModel(("<unk>", "<s>", "</s>", "a", "b"), grams)
    >>> model.score(["a b", ""]).ngram_used.tolist()
    [2, 2, 2, 1]
    """

    def __init__(self, words: tuple[str, ...] | pa.Array, grams: list[Estimated]) -> None:
        self.words = pa.array(words, pa.large_string())
        self.grams = grams
        assert self.words[:3].to_pylist() == list(MARKS)
        self._unigrams = np.ascontiguousarray(np.stack([grams[0].log10_probability, grams[0].log10_backoff], axis=1))
        self._sizes = np.array([_table_size(len(level)) for level in grams[1:]], np.int64)
        self._bases = np.concatenate(([0], np.cumsum(self._sizes)[:-1])).astype(np.int64)[: len(self._sizes)]
        self._slots, self._values = self._tables()
        self._vocabulary = TextBatch(self.words)
        self._word_slots = self._word_table()

    @property
    def order(self) -> int:
        return len(self.grams)

    def score(self, sentences: list[str] | pa.Array) -> Scores:
        """Scores of sentences whose words are separated by spaces; an empty one has only its end."""
        from corpusmill.kernels.models.ngram_words import number_words

        texts = TextBatch(pa.array(sentences, pa.large_string()))
        words = np.empty(len(texts.data) // 2 + len(texts) + 1, np.int32)
        offsets = np.empty(len(texts) + 1, np.int64)
        vocabulary = self._vocabulary
        count = number_words(
            texts.data, texts.offsets, vocabulary.data, vocabulary.offsets, self._word_slots, UNK, words, offsets
        )
        return self.score_numbers(words[:count], offsets)

    def score_numbers(self, words: NDArray[np.int32], offsets: NDArray[np.int64]) -> Scores:
        """Scores of sentences `words[offsets[i] : offsets[i + 1]]`, given as numbers of words."""
        from corpusmill.kernels.models.ngram_lookup import score_sentences

        count = len(offsets) - 1
        tokens = np.empty(len(words) + count, np.float32)
        used = np.empty(len(tokens), np.int8)
        totals = np.empty(count, np.float32)
        score_sentences(
            self._slots, self._values, self._unigrams, self._bases, self._sizes, words, offsets, BOS, EOS,
            tokens, used, totals,
        )  # fmt: skip
        ends = offsets[1:] + np.arange(1, count + 1)
        unknown = np.zeros(len(tokens), bool)
        inside = np.ones(len(tokens), bool)
        inside[ends - 1] = False
        unknown[inside] = words == UNK
        return Scores(totals, tokens, used, unknown, ends)

    def _tables(self) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
        from corpusmill.kernels.models.ngram_lookup import EMPTY, insert

        slots = np.zeros((int(self._sizes.sum()), 2), np.uint64)
        slots[:, 0] = EMPTY
        values = slots.view(np.float32)
        nodes = np.arange(len(self.grams[0]), dtype=np.int64)
        for level, base, size in zip(self.grams[1:], self._bases, self._sizes, strict=True):
            parents, nodes = nodes[level.parent], np.empty(len(level), np.int64)
            insert(
                slots,
                values,
                base,
                size,
                parents,
                level.first_word,
                level.log10_probability,
                level.log10_backoff,
                nodes,
            )
        return slots, values

    def _word_table(self) -> NDArray[np.int32]:
        from corpusmill.kernels.models.ngram_words import fill_word_slots

        slots = np.zeros(2 * _table_size(len(self.words)), np.int32)
        fill_word_slots(self._vocabulary.data, self._vocabulary.offsets, slots)
        return slots


def _table_size(entries: int) -> int:
    """The smallest power of two that leaves a third of the slots empty."""
    size = 4
    while 2 * size < 3 * entries + 2:
        size *= 2
    return size
