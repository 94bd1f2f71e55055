"""Modified Kneser-Ney by the book, with dictionaries: the oracle of the estimator."""

from __future__ import annotations

import math
from collections import Counter

Gram = tuple[str, ...]


def estimated(sentences: list[list[str]], order: int, prune: tuple[int, ...] = ()) -> dict[Gram, tuple[float, float]]:
    """Each n-gram's log10 probability and log10 back-off; words are numbered as they first occur."""
    marked = [["<s>", *words, "</s>"] for words in sentences]
    numbers: dict[str, int] = {"<unk>": 0, "<s>": 1, "</s>": 2}
    for words in sentences:
        for word in words:
            numbers.setdefault(word, len(numbers))
    counts: list[Counter[Gram]] = [Counter() for _ in range(order)]
    for words in marked:
        for length in range(1, order + 1):
            for end in range(length, len(words) + 1):
                counts[length - 1][tuple(words[end - length : end])] += 1
    counts[0] |= Counter({("<unk>",): 0})
    counts[0][("<unk>",)] = 0
    adjusted = [_adjusted(counts, length) for length in range(1, order + 1)]
    discounts = [_discounts(found) for found in _gathered(counts, adjusted, numbers)]
    probability: dict[Gram, float] = {}
    backoff: dict[Gram, float] = {}
    for length in range(1, order + 1):
        threshold = prune[min(length, len(prune)) - 1] if prune else 0
        contexts: dict[Gram, list[Gram]] = {}
        for gram in adjusted[length - 1]:
            contexts.setdefault(gram[:-1], []).append(gram)
        for context, grams in contexts.items():
            total = sum(adjusted[length - 1][gram] for gram in grams)
            dropped = {gram for gram in grams if length > 1 and 0 < counts[length - 1][gram] <= threshold}
            left_over = sum(
                adjusted[length - 1][g] if g in dropped else discounts[length - 1][min(adjusted[length - 1][g], 3)]
                for g in grams
            )
            weight = left_over / total
            backoff[context] = weight
            for gram in grams:
                if gram in dropped:
                    continue
                count = adjusted[length - 1][gram]
                lower = probability[gram[1:]] if length > 1 else 1 / (len(numbers) - 1)
                probability[gram] = (count - discounts[length - 1][min(count, 3)]) / total + weight * lower
    probability[("<s>",)] = 1.0
    return {
        gram: (math.log10(p), math.log10(backoff.get(gram, 1.0)) if len(gram) < order else 0.0)
        for gram, p in probability.items()
    }


def log10(model: dict[Gram, tuple[float, float]], order: int, words: list[str]) -> float:
    """The score of a sentence, by recursion."""

    def of(context: Gram, word: str) -> float:
        if (*context, word) in model:
            return model[*context, word][0]
        return model.get(context, (0.0, 0.0))[1] + of(context[1:], word)

    known = [word if (word,) in model else "<unk>" for word in ["<s>", *words, "</s>"]]
    return sum(of(tuple(known[max(0, at - order + 1) : at]), known[at]) for at in range(1, len(known)))


def _adjusted(counts: list[Counter[Gram]], length: int) -> dict[Gram, int]:
    if length == len(counts):
        found = dict(counts[length - 1])
    else:
        lefts = Counter(gram[1:] for gram in counts[length])
        found = {gram: n if gram[0] == "<s>" else lefts[gram] for gram, n in counts[length - 1].items()}
    if length == 1:
        found[("<s>",)] = 0
    return found


def _gathered(
    counts: list[Counter[Gram]], adjusted: list[dict[Gram, int]], numbers: dict[str, int]
) -> list[dict[Gram, int]]:
    """The last n-gram by its words from the right, and its suffixes, count as often as they occur."""
    order = len(counts)
    padded = {("<s>",) * (order - len(g)) + g: g for found in counts for g in found if len(g) == order or g[0] == "<s>"}
    last = max(padded, key=lambda gram: [numbers[word] for word in reversed(gram)])
    changed = [dict(found) for found in adjusted]
    for length in range(1, order):
        gram = last[-length:]
        if gram in counts[length - 1] and "<s>" not in gram[1:]:
            changed[length - 1][gram] = counts[length - 1][gram]
    return changed


def _discounts(adjusted: dict[Gram, int]) -> tuple[float, float, float, float]:
    n = Counter(adjusted.values())
    if not (n[1] and n[2] and n[3]):
        return (0.0, 0.5, 1.0, 1.5)
    share = n[1] / (n[1] + 2 * n[2])
    found = [k - (k + 1) * share * n[k + 1] / n[k] for k in (1, 2, 3)]
    return (0.0, *found) if all(0 <= d <= k for k, d in enumerate(found, 1)) else (0.0, 0.5, 1.0, 1.5)  # type: ignore[return-value]
