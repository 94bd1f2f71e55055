"""Characters of the n-grams of tokens that were spelled before, in a scan that goes on behind each one found.

An n-gram is what its tokens spell one after another without a separator, as its hash modulo 2⁶¹ - 1 (modular.py):
`ab c` is the same as `a bc`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.hashes.hashing import mix
from corpusmill.kernels.hashes.modular import joined
from corpusmill.kernels.hashes.vocabulary import table_size
from corpusmill.machine_code.jit import inlined, kernel

_ONE = np.uint64(1)


@kernel
def copied_ngram_chars(hashes: Any, powers: Any, lengths: Any, offsets: Any, sizes: Any, chars: Any) -> None:
    """chars int64[n, greatest - least + 1] for n-grams of sizes (least, greatest) tokens, least at least 2.

    From the first token on: an n-gram that stood at a place visited before adds its code points, and the next n tokens
    are passed over; another is remembered, and the next place is one token on. Tokens of text t are
    offsets[t]:offsets[t + 1].
    """
    least, greatest = sizes
    longest = 0
    for document in range(len(offsets) - 1):
        longest = max(longest, offsets[document + 1] - offsets[document])
    table = np.empty(table_size(longest), np.uint64)  # 1 + hash; 0: free
    marks = np.empty(2 * table_size(longest), np.uint8)
    spelled = np.empty(longest, np.uint64)
    places = np.empty(longest, np.int64)
    reached = np.empty(longest + 1, np.int64)  # code points before each token
    for document in range(len(offsets) - 1):
        first = offsets[document]
        total = offsets[document + 1] - first
        reached[0] = 0
        for i in range(total):
            spelled[i] = hashes[first + i]
            reached[i + 1] = reached[i] + lengths[first + i]
        chars[document] = 0
        for size in range(2, min(greatest, total) + 1):
            if size < least:
                _append(spelled, hashes, powers, first, size, total)
                continue
            found = _append_and_find(spelled, hashes, powers, first, size, total, marks, places)
            chars[document, size - least] = _copied(spelled, places, found, size, reached, table)


@inlined
def _append(spelled: Any, hashes: Any, powers: Any, first: Any, size: Any, total: Any) -> None:
    """Make the hashes of all runs of `size - 1` tokens those of `size`."""
    for i in range(total - size + 1):
        right = first + i + size - 1
        spelled[i] = joined(spelled[i], hashes[right], powers[right])


@inlined
def _append_and_find(
    spelled: Any, hashes: Any, powers: Any, first: Any, size: Any, total: Any, marks: Any, places: Any
) -> Any:
    """The same; and put into `places` the runs that may occur twice: those that share a mark. Returns their number.

    Most runs occur once; marks of a byte stay in the fastest memory, where a table of hashes would not.
    """
    slots = 2 * table_size(total)
    last = np.uint64(slots - 1)
    marks[:slots] = 0
    for i in range(total - size + 1):
        right = first + i + size - 1
        key = joined(spelled[i], hashes[right], powers[right])
        spelled[i] = key
        slot = key & last
        marks[slot] = marks[slot] << 1 | 1
    found = 0
    for i in range(total - size + 1):
        places[found] = i  # found ≤ i
        found += marks[spelled[i] & last] > 1
    return found


@inlined
def _copied(spelled: Any, places: Any, found: Any, size: Any, reached: Any, table: Any) -> Any:
    """Code points of the n-grams, of those at `places`, that stood at a place visited before."""
    slots = table_size(found)
    last = np.uint64(slots - 1)
    table[:slots] = 0
    chars = open_ = 0  # no place before `open_` is visited
    for k in range(found):
        i = places[k]
        if i < open_:
            continue
        key = spelled[i] + _ONE
        slot = mix(key) & last
        while table[slot] != 0 and table[slot] != key:
            slot = (slot + _ONE) & last
        if table[slot] == key:
            chars += reached[i + size] - reached[i]
            open_ = i + size
        else:
            table[slot] = key
    return chars


@kernel
def first_chars(lengths: Any, offsets: Any, sizes: Any, chars: Any) -> None:
    """chars int64[n, greatest - least + 1]: code points of the first n tokens of each text, or all that it has.

    `sizes`: (least, greatest) n.
    """
    least, greatest = sizes
    for document in range(len(offsets) - 1):
        total = 0
        for token in range(offsets[document], min(offsets[document] + greatest, offsets[document + 1])):
            total += lengths[token]
            size = token - offsets[document] + 1
            if size >= least:
                chars[document, size - least] = total
        for size in range(max(offsets[document + 1] - offsets[document] + 1, least), greatest + 1):
            chars[document, size - least] = total
