"""How many pieces of a text (lines, paragraphs) are copies of others, and their characters."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import LEAD, address
from corpusmill.kernels.characters.classify import count_bits
from corpusmill.kernels.hashes.hashing import hash_bytes
from corpusmill.kernels.hashes.vocabulary import number_values, table_size
from corpusmill.machine_code.jit import kernel

# Columns of what is counted: all pieces and their characters; those that came before in the text (the first of equals
# is no copy); those that occur twice or more, the first too.
PIECES, CHARS, COPIES, COPIED_CHARS, REPEATED, REPEATED_CHARS = range(6)
COUNTS = 6


@kernel
def count_copies(
    data: Any, masks: Any, blocks: Any, documents: Any, starts: Any, ends: Any, offsets: Any, counts: Any
) -> None:
    """counts int64[n, COUNTS] of the pieces data[starts[i]:ends[i]], compared byte by byte (through 64-bit hashes).

    Pieces of text t are offsets[t]:offsets[t + 1], `documents` the byte offsets of the texts; `masks` and `blocks` are
    those of kernels/characters/classify.py.
    """
    most = 0
    for document in range(len(offsets) - 1):
        most = max(most, offsets[document + 1] - offsets[document])
    table, ids = np.empty(table_size(most), np.int32), np.empty(most, np.int32)
    occurrences = np.empty(most, np.int32)
    distinct, keys = np.empty(most, np.uint64), np.empty(most, np.uint64)
    for document in range(len(offsets) - 1):
        base, origin, first = blocks[document], documents[document], offsets[document]
        found = offsets[document + 1] - first
        for k in range(found):
            keys[k] = hash_bytes(address(data), starts[first + k], ends[first + k], len(data))
        known = number_values(keys, found, table, ids, distinct, occurrences)
        chars = copied = repeated = repeated_chars = seen = 0
        for k in range(found):
            size = count_bits(address(masks), base, LEAD, starts[first + k] - origin, ends[first + k] - origin)
            chars += size
            if ids[k] == seen:  # numbers are given in the order of first occurrence
                seen += 1
            else:
                copied += size
            if occurrences[ids[k]] >= 2:
                repeated += 1
                repeated_chars += size
        row = counts[document]
        row[PIECES], row[CHARS], row[COPIES], row[COPIED_CHARS] = found, chars, found - known, copied
        row[REPEATED], row[REPEATED_CHARS] = repeated, repeated_chars
