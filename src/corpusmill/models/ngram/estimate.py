"""Interpolated modified Kneser-Ney estimation (Chen and Goodman 1998), with KenLM's conventions.

Source of the conventions: Heafield and others, "Scalable Modified Kneser-Ney Language Model Estimation" (ACL 2013):
- a lower-order n-gram counts once for each distinct word to its left; one that begins with `<s>` keeps its own count;
- unigrams are interpolated with the uniform distribution over the vocabulary without `<s>`; `<unk>` gets only that;
- what pruning takes from a context goes to its back-off weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpusmill.errors import InputRefused
from corpusmill.models.ngram.counts import BOS, EOS, Level, levels, with_marks

FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)


@dataclass(frozen=True)
class Estimated:
    """The n-grams of one length: trie columns (see `counts`), log10 probability, log10 back-off weight."""

    parent: NDArray[np.int64]
    first_word: NDArray[np.int64]
    log10_probability: NDArray[np.float32]
    log10_backoff: NDArray[np.float32]  # 0 at the highest order

    def __len__(self) -> int:
        return len(self.parent)


@dataclass(frozen=True)
class Discounts:
    """What is taken from n-grams that were counted once, twice, three times or more; by length."""

    by_length: tuple[tuple[float, float, float], ...]
    fallen_back: tuple[int, ...]  # lengths whose counts do not determine them: `FALLBACK_DISCOUNTS`


def estimate(
    words: NDArray[np.int32],
    lengths: NDArray[np.int64],
    vocabulary_size: int,
    order: int = 5,
    prune: tuple[int, ...] = (),
) -> tuple[list[Estimated], Discounts]:
    """The model of sentences of `lengths` words each; word numbers 0 to 2 are `<unk>`, `<s>`, `</s>`.

    prune: drop n-grams of length k that occur at most `prune[k - 1]` times; the last value holds for greater lengths.
    Memory: about 60 bytes a word and length. Raises InputRefused for a text without any sentence.
    """
    if not len(lengths):
        raise InputRefused("there is no sentence in the text; wanted at least one line")
    counted = levels(with_marks(words, lengths), order, vocabulary_size)
    adjusted = [_adjusted(level, child) for level, child in zip(counted, [*counted[1:], None], strict=True)]
    adjusted[0][BOS] = 0  # never predicted
    discounts = _discounts(_as_gathered(counted, adjusted))
    kept = [_kept(level, length, prune) for length, level in enumerate(counted, 1)]
    lower = np.full(1, 1.0 / (vocabulary_size - 1))  # the uniform distribution below unigrams; never <s>
    probabilities, backoffs = [], []
    for length, (level, count) in enumerate(zip(counted, adjusted, strict=True)):
        contexts = len(counted[length - 1]) if length else 1
        own, left_over = _discounted(level, count, kept[length], discounts.by_length[length], contexts)
        probability = own + left_over[level.context] * lower[level.parent]
        if not length:
            probability[BOS] = 1.0  # by convention
        probabilities.append(probability)
        if length:
            backoffs.append(left_over)
        lower = probability
    backoffs.append(np.ones(len(counted[-1])))
    return _pruned(counted, probabilities, backoffs, kept), discounts


def _adjusted(level: Level, child: Level | None) -> NDArray[np.int64]:
    """Kneser-Ney counts: distinct words to the left, but occurrences at the highest order and behind `<s>`."""
    if child is None:
        return level.count.copy()
    types = np.bincount(child.parent, minlength=len(level)).astype(np.int64)
    return np.where(level.begins_sentence, level.count, types)


def _as_gathered(counted: list[Level], adjusted: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
    """The counts that discounts are computed from: those of KenLM, which takes the very last n-gram's occurrences.

    Last in the order of the trie, with words numbered as they first occur, and its suffixes with it.
    """
    gathered = [counts.copy() for counts in adjusted]
    for length in range(len(counted) - 1):
        level = counted[length]
        if not len(level) or (length and level.parent[-1] != len(counted[length - 1]) - 1):
            break
        gathered[length][-1] = level.count[-1]
    return gathered


def _discounts(adjusted: list[NDArray[np.int64]]) -> Discounts:
    found, fallen_back = [], []
    for length, counts in enumerate(adjusted, 1):
        n = [0, *(int((counts == k).sum()) for k in range(1, 5))]
        values = FALLBACK_DISCOUNTS
        if n[1] and n[2] and n[3]:
            share = n[1] / (n[1] + 2 * n[2])
            one, two, three = (k - (k + 1) * share * n[k + 1] / n[k] for k in (1, 2, 3))
            values = (one, two, three)
        if values is FALLBACK_DISCOUNTS or not all(0 <= value <= k for k, value in enumerate(values, 1)):
            fallen_back.append(length)
            values = FALLBACK_DISCOUNTS
        found.append(values)
    return Discounts(tuple(found), tuple(fallen_back))


def _kept(level: Level, length: int, prune: tuple[int, ...]) -> NDArray[np.bool_]:
    threshold = prune[min(length, len(prune)) - 1] if prune and length > 1 else 0
    return (level.count > threshold) if threshold else np.ones(len(level), bool)


def _discounted(
    level: Level,
    count: NDArray[np.int64],
    kept: NDArray[np.bool_],
    discounts: tuple[float, float, float],
    contexts: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Probability of each n-gram before interpolation, and what each context has left over for shorter n-grams.

    A context that nothing follows has all of it left over.
    """
    discount = np.array([0.0, *discounts])[np.minimum(count, 3)]
    taken = np.where(kept, np.minimum(discount, count), count)
    total = np.bincount(level.context, count, contexts)
    unused = np.bincount(level.context, taken, contexts)
    with np.errstate(invalid="ignore", divide="ignore"):
        left_over = np.where(total > 0, unused / total, 1.0)
        own = np.where(kept, (count - taken) / total[level.context], 0.0)
    return own, left_over


def _pruned(
    counted: list[Level],
    probabilities: list[NDArray[np.float64]],
    backoffs: list[NDArray[np.float64]],
    kept: list[NDArray[np.bool_]],
) -> list[Estimated]:
    """The kept n-grams, numbered anew. The suffix of a kept n-gram occurs at least as often, so it is kept too."""
    found: list[Estimated] = []
    renumbered = np.zeros(1, np.int64)
    for level, probability, backoff, keep in zip(counted, probabilities, backoffs, kept, strict=True):
        with np.errstate(divide="ignore"):
            log10_probability = np.log10(probability[keep]).astype(np.float32)
            log10_backoff = np.log10(backoff[keep]).astype(np.float32)
        found.append(
            Estimated(renumbered[level.parent[keep]], level.first_word[keep], log10_probability, log10_backoff)
        )
        renumbered = np.cumsum(keep) - 1
    assert len(found[0]) > EOS
    return found
