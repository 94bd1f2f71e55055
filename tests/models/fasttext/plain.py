"""fastText's training written out word by word in plain Python: what the kernels are held against."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

FACTOR = 116049371
SEPARATORS = " \n\r\t\v\f\0"


def hash_of(word: bytes) -> int:
    """FNV-1a over signed bytes."""
    state = 2166136261
    for byte in word:
        state = ((state ^ (byte if byte < 128 else byte | 0xFFFFFF00)) * 16777619) & 0xFFFFFFFF
    return state


def words_of(text: str) -> list[str]:
    joined = " ".join(text.splitlines()).strip()
    for separator in SEPARATORS:
        joined = joined.replace(separator, " ")
    found = [word for word in joined.split(" ") if word and not word.startswith("__label__")]
    return [*(found[: found.index("</s>")] if "</s>" in found else found), "</s>"]


def character_ngrams(word: str, shortest: int, longest: int) -> list[bytes]:
    marked = f"<{word}>"
    found = []
    for start in range(len(marked)):
        for size in range(1, longest + 1):
            end = start + size
            if end > len(marked) or size < shortest:
                continue
            if size == 1 and (start == 0 or end == len(marked)):
                continue
            found.append(marked[start:end].encode())
    return found


def rows_of(words: Sequence[str], vocabulary: Sequence[str], ngrams: int, buckets: int, minn: int, maxn: int):
    rows = []
    for word in words:
        if word in vocabulary:
            rows.append(vocabulary.index(word))
        if maxn and word != "</s>":
            rows += [len(vocabulary) + hash_of(g) % buckets for g in character_ngrams(word, minn, maxn)]
    hashes = [(h ^ 0x80000000) - 0x80000000 for h in (hash_of(word.encode()) for word in words)]
    for first in range(len(hashes)):
        state = hashes[first] % (1 << 64)
        for last in range(first + 1, min(len(hashes), first + ngrams)):
            state = (state * FACTOR + hashes[last]) % (1 << 64)
            rows.append(len(vocabulary) + state % buckets)
    return rows


def descend(texts, labels, count, weights, epochs, rate, update=100):
    """Passes over (rows, tokens) with one label each, in float64; returns both matrices.

    Texts without rows are counted and passed over.
    """
    dimensions = weights.shape[1]
    inner, outer = weights.astype(np.float64), np.zeros((count, dimensions))
    total = epochs * sum(tokens for _, tokens in texts)
    counted = waiting = number = 0
    while counted < total:
        step = rate * (1 - counted / total)
        rows, tokens = texts[number % len(texts)]
        label = labels[number % len(texts)]
        number += 1
        waiting += tokens
        if rows:
            hidden = sum(inner[row] for row in rows) / len(rows)
            scores = outer @ hidden
            powers = [math.exp(s - max(scores)) for s in scores]
            gradient = np.zeros(dimensions)
            for i, power in enumerate(powers):
                change = step * ((i == label) - power / sum(powers))
                gradient += change * outer[i]
                outer[i] += change * hidden
            for row in rows:
                inner[row] += gradient / len(rows)
        if waiting > update:
            counted, waiting = counted + waiting, 0
    return inner, outer
