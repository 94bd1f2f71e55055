"""Counts over the tokens of texts: by kind, and those that are listed."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address
from corpusmill.kernels.matching.occurrences import find
from corpusmill.machine_code.jit import kernel

# Columns of what `count_kinds` counts.
WITHOUT, WITHOUT_CHARS, WITH = range(3)
COUNTS = 3


@kernel
def count_kinds(kinds: Any, lengths: Any, offsets: Any, absent: Any, present: Any, counts: Any) -> None:
    """counts int64[n, COUNTS]: tokens without the bit `absent` of their kinds, their code points; those with `present`.

    Tokens of text t are offsets[t]:offsets[t + 1].
    """
    for document in range(len(offsets) - 1):
        without = chars = with_ = 0
        for token in range(offsets[document], offsets[document + 1]):
            one = kinds[token] & absent == 0
            without += one
            chars += lengths[token] * one
            with_ += kinds[token] & present != 0
        row = counts[document]
        row[WITHOUT], row[WITHOUT_CHARS], row[WITH] = without, chars, with_


@kernel
def count_listed(hashes: Any, offsets: Any, table: Any, listed: Any, occurrences: Any, distinct: Any) -> None:
    """occurrences int64[n], distinct int64[n]: tokens of each text that are in a list, and how many of the list occur.

    `listed` uint64: the hashes of the list, none twice; `table`: kernels/matching.make_set of them.
    """
    last = np.uint64(len(table) - 1)
    seen = np.full(len(listed), -1, np.int64)  # the last text that each entry stood in
    for document in range(len(offsets) - 1):
        count = different = 0
        for token in range(offsets[document], offsets[document + 1]):
            entry = find(address(table), last, address(listed), hashes[token])
            if entry >= 0:
                count += 1
                different += seen[entry] != document
                seen[entry] = document
        occurrences[document], distinct[document] = count, different
