"""Hash table of a trie over reversed n-grams, and the score of sentences by it.

A slot is 16 bytes, so that a probe touches one cache line: the key `parent << 32 | first word` and two float32, log10
probability and log10 back-off. A node's number is its slot, which makes the keys exact. Level 1 is addressed by word.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.hashes.hashing import mix
from corpusmill.machine_code.jit import inlined, kernel

EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)


@kernel
def insert(
    slots: Any,
    values: Any,
    base: Any,
    size: Any,
    parents: Any,
    words: Any,
    probabilities: Any,
    backoffs: Any,
    nodes: Any,
) -> None:
    """Enter one level into `slots[base : base + size]` (uint64 [n, 2], keys EMPTY before; size a power of two).

    `parents` are slots of the level above; `values` is the float32 view [n, 4]; `nodes` gets each entry's slot.
    """
    last = np.uint64(size - 1)
    for i in range(len(parents)):
        key = np.uint64(parents[i]) << np.uint64(32) | np.uint64(words[i])
        slot = mix(key) & last
        while slots[base + slot, 0] != EMPTY:
            slot = (slot + np.uint64(1)) & last
        at = np.int64(base + slot)
        slots[at, 0] = key
        values[at, 2] = probabilities[i]
        values[at, 3] = backoffs[i]
        nodes[i] = slot


@inlined
def _find(slots: Any, base: Any, last: Any, key: Any) -> Any:
    """The slot of `key` in its level, or -1."""
    slot = mix(key) & last
    while True:
        found = slots[np.int64(base + slot), 0]
        if found == key:
            return np.int64(slot)
        if found == EMPTY:
            return np.int64(-1)
        slot = (slot + np.uint64(1)) & last


@kernel
def score_sentences(
    slots: Any, values: Any, unigrams: Any, bases: Any, sizes: Any, words: Any, offsets: Any, begin: Any, end: Any,
    tokens: Any, used: Any, totals: Any,
) -> None:  # fmt: skip
    """log10 probabilities of `words[offsets[i] : offsets[i + 1]]`, each sentence between `begin` and `end`.

    unigrams: float32 [vocabulary, 2], probability and back-off; bases, sizes: of levels 2 and up. For sentence i,
    `tokens` and `used` get length + 1 entries from `offsets[i] + i`: the probability of each word and of the end, and
    the length of the n-gram it comes from. `totals` gets their sum. All in float32, in the order of the words.
    """
    order = len(bases) + 1
    context = np.empty(order, np.int64)  # context[0] is the last word
    backoff = np.empty(order + 1, np.float32)  # by length of the context
    following = np.empty(order + 1, np.float32)
    for sentence in range(len(offsets) - 1):
        context[0] = begin
        backoff[1] = unigrams[begin, 1]
        known = min(1, order - 1)
        total = np.float32(0)
        at = offsets[sentence] + sentence
        for position in range(offsets[sentence], offsets[sentence + 1] + 1):
            word = np.int64(words[position]) if position < offsets[sentence + 1] else np.int64(end)
            probability = unigrams[word, 0]
            following[1] = unigrams[word, 1]
            length = 1
            node = word
            while length <= known:
                level = length - 1
                key = np.uint64(node) << np.uint64(32) | np.uint64(context[length - 1])
                node = _find(slots, np.uint64(bases[level]), np.uint64(sizes[level] - 1), key)
                if node < 0:
                    break
                length += 1
                place = np.int64(bases[level] + node)
                probability = values[place, 2]
                following[length] = values[place, 3]
            for shorter in range(length, known + 1):
                probability = np.float32(probability + backoff[shorter])
            tokens[at] = probability
            used[at] = length
            at += 1
            total = np.float32(total + probability)
            known = min(length, order - 1)
            for back in range(known - 1, 0, -1):
                context[back] = context[back - 1]
            context[0] = word
            for shorter in range(1, known + 1):
                backoff[shorter] = following[shorter]
        totals[sentence] = total
