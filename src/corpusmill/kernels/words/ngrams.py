"""How much a document repeats itself: distinct words, entropy, the most frequent and the repeated n-grams.

An n-gram can occur twice only where both (n-1)-grams in it do. So each length looks only at the positions the length
before left over, and the key of an n-gram, (number of its first n-1 words, number of its last word), is exact.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from corpusmill.kernels.hashes.vocabulary import number_values, table_size
from corpusmill.machine_code.jit import kernel


@kernel
def entropy(counts: Any, distinct: Any, total: Any, memo: Any) -> Any:
    """-Σ p·ln p with p = counts / total, in nats, summed in the order of `counts`; `memo` is float64 scratch."""
    memo[:] = np.nan
    result = 0.0
    for i in range(distinct):
        count = counts[i]
        if count < len(memo):
            if math.isnan(memo[count]):
                memo[count] = -count / total * math.log(count / total)
            result += memo[count]
        else:
            result += -count / total * math.log(count / total)
    return result


@kernel
def _covered(positions: Any, ids: Any, counts: Any, found: Any, n: Any, lengths: Any, first: Any) -> Any:
    """Sum of `lengths` of the words in n-grams that occur twice or more; each word counts once."""
    chars = reached = 0
    for k in range(found):
        if counts[ids[k]] >= 2:
            start = positions[k]
            for word in range(max(start, reached), start + n):
                chars += lengths[first + word]
            reached = start + n
    return chars


@kernel
def _top_chars(
    positions: Any, ids: Any, counts: Any, found: Any, n: Any, lengths: Any, first: Any, best: Any, longest: Any
) -> Any:
    """Sum of `lengths` of the words of n-gram `best`, or with `longest` the greatest of those that are as frequent."""
    greatest = 0
    for k in range(found):
        if ids[k] == best or (longest and counts[ids[k]] == counts[best]):
            chars = 0
            for word in range(positions[k], positions[k] + n):
                chars += lengths[first + word]
            greatest = max(greatest, chars)
            if not longest:
                break
    return greatest


@kernel
def measure_repetition(
    hashes: Any,
    lengths: Any,
    offsets: Any,
    top: Any,
    shared: Any,
    longest_top: Any,
    distinct_words: Any,
    word_chars: Any,
    entropies: Any,
    top_chars: Any,
    top_counts: Any,
    shared_chars: Any,
) -> None:
    """Fill the measurements of each document from the hashes and lengths of its words.

    `top`, `shared`: (least, greatest) n, at least 2. top_chars, top_counts [n, lengths]: characters (no spaces) and
    occurrences of the most frequent n-gram, of several the one that comes first, or with `longest_top` the longest; 0
    where none occurs twice.
    shared_chars [n, lengths]: characters of the words in n-grams that occur twice or more. word_chars: of all words.
    """
    longest = 0
    for document in range(len(offsets) - 1):
        longest = max(longest, offsets[document + 1] - offsets[document])
    table = np.empty(table_size(longest), np.int32)
    words, ids = np.zeros(longest + 1, np.int32), np.empty(longest, np.int32)
    counts = np.empty(longest, np.int32)
    distinct = np.empty(longest, np.uint64)
    keys = np.empty(longest, np.uint64)
    positions = np.empty(longest, np.int32)
    memo = np.empty(32, np.float64)
    for document in range(len(offsets) - 1):
        first = offsets[document]
        total = offsets[document + 1] - first
        known = number_values(hashes[first:], total, table, words, distinct, counts)
        distinct_words[document] = known
        entropies[document] = entropy(counts, known, total, memo)
        chars = 0
        for i in range(total):
            chars += lengths[first + i]
        word_chars[document] = chars
        top_chars[document] = 0
        top_counts[document] = 0
        shared_chars[document] = 0
        found = total
        for i in range(total):
            positions[i] = i
            ids[i] = words[i]
        for n in range(2, max(top[1], shared[1]) + 1):
            left = 0
            for k in range(found - 1):  # without a branch that half of the words would mispredict
                at = positions[k]
                keys[left] = np.uint64(ids[k]) << np.uint64(32) | np.uint64(words[at + n - 1])
                positions[left] = at  # left ≤ k: nothing still to be read is overwritten
                left += (positions[k + 1] == at + 1) & (counts[ids[k]] >= 2) & (counts[ids[k + 1]] >= 2)
            found = left
            if found < 2:
                break
            known = number_values(keys, found, table, ids, distinct, counts)
            if top[0] <= n <= top[1]:
                best, most = -1, 1
                for number in range(known):
                    if counts[number] > most:
                        best, most = number, counts[number]
                if best >= 0:
                    top_chars[document, n - top[0]] = _top_chars(
                        positions, ids, counts, found, n, lengths, first, best, longest_top
                    )
                    top_counts[document, n - top[0]] = most
            if shared[0] <= n <= shared[1]:
                shared_chars[document, n - shared[0]] = _covered(positions, ids, counts, found, n, lengths, first)
