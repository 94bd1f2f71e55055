"""The n-grams of a text as a trie over reversed word sequences: all that estimation needs, by sorting alone.

Level k numbers the distinct k-grams in the order (last word, the word before, …). The key of a k-gram is
`number of its last k-1 words << 32 | first word`, so its suffix is its parent and the key is exact: no fingerprints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNK, BOS, EOS = 0, 1, 2
MARKS = ("<unk>", "<s>", "</s>")

_WORD_BITS = np.uint64(32)


@dataclass(frozen=True)
class Level:
    """The distinct k-grams of one length; arrays of one entry each, in trie order."""

    parent: NDArray[np.int64]  # number of the suffix, one level up
    first_word: NDArray[np.int64]
    context: NDArray[np.int64]  # number of the prefix, one level up: what the last word is predicted from
    count: NDArray[np.int64]  # occurrences
    begins_sentence: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.count)


def keys_of(parents: NDArray[np.int64], first_words: NDArray[Any]) -> NDArray[np.uint64]:
    """The key of each n-gram: the number of its suffix, then its first word."""
    return parents.astype(np.uint64) << _WORD_BITS | first_words.astype(np.uint64)


def with_marks(words: NDArray[np.int32], lengths: NDArray[np.int64]) -> NDArray[np.int32]:
    """`<s> w … </s>` for each sentence, one behind the other.

    >>> with_marks(np.array([7, 8, 9], np.int32), np.array([2, 0, 1])).tolist()
    [1, 7, 8, 2, 1, 2, 1, 9, 2]
    """
    marked = np.empty(len(words) + 2 * len(lengths), np.int32)
    begins = np.concatenate(([0], np.cumsum(lengths[:-1] + 2))) if len(lengths) else np.empty(0, np.int64)
    inside = np.ones(len(marked), bool)
    inside[begins] = inside[begins + lengths + 1] = False
    marked[begins], marked[begins + lengths + 1] = BOS, EOS
    marked[inside] = words
    return marked


def levels(marked: NDArray[np.int32], order: int, vocabulary_size: int) -> list[Level]:
    """Levels 1 to `order` of the sentences in `marked` (see `with_marks`).

    Level 1 holds every word of the vocabulary, seen or not, in its order; n-grams do not cross sentence borders.
    """
    position = np.arange(len(marked), dtype=np.int64)
    begin = np.maximum.accumulate(np.where(marked == BOS, position, 0))
    counts = np.bincount(marked, minlength=vocabulary_size).astype(np.int64)
    nothing = np.zeros(vocabulary_size, np.int64)
    word = np.arange(vocabulary_size, dtype=np.int64)
    found = [Level(nothing, word, nothing, counts, word == BOS)]
    number = marked.astype(np.int64)  # of the k-gram that ends at each position
    for length in range(2, order + 1):
        ends = position[position - begin >= length - 1]
        firsts = marked[ends - (length - 1)]
        keys = keys_of(number[ends], firsts)
        distinct, where, numbers, occurrences = np.unique(
            keys, return_index=True, return_inverse=True, return_counts=True
        )
        first_word = (distinct & np.uint64(0xFFFFFFFF)).astype(np.int64)
        found.append(
            Level(
                parent=(distinct >> _WORD_BITS).astype(np.int64),
                first_word=first_word,
                context=number[ends[where] - 1],
                count=occurrences.astype(np.int64),
                begins_sentence=first_word == BOS,
            )
        )
        number = np.full(len(marked), -1, np.int64)
        number[ends] = numbers
    return found
