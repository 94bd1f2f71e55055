"""Which windows are copies of others: one partition of their keys at a time, in a table of bounded size.

Which occurrence stays, `keep`:

- `first`: a window is a copy if an equal one begins at least its length before it in the order of the corpus, or in an
  earlier text. So what is removed stood before in other tokens, and by the same argument each removed token goes back
  to one that stays. A run of one token n times over keeps its first `min_tokens`; two equal windows that share tokens
  remove nothing of each other.
- `all`: every window that stands elsewhere too is a copy, the first one and overlapping ones included: what RefinedWeb
  cuts ("EXACTSUBSTR-cut") and what Lee and others' suffix array marks. Of a passage that occurs twice nothing stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from corpusmill.dedupe.shuffle import CHUNK_ROWS, Rows, ShuffleFile, read_partition
from corpusmill.dedupe.substrings.windows import ROW_VALUES

KEEP = ("first", "all")
ROW_BYTES = 8 * ROW_VALUES
MOST_LOAD = 0.7  # of a table before it grows
GROWTH = 1.5


def copies(
    files: Sequence[ShuffleFile], partition: int, min_tokens: int, keep: str, table_bytes: int
) -> Iterator[Rows]:
    """Positions uint64[n, 1] of the copies of one partition, in no order, each once; views of one buffer.

    `files` are in the order of the corpus. A partition whose table would be larger than `table_bytes` is read several
    times, with a part of its keys each.
    """
    from corpusmill.kernels.duplicates.token_windows import find_copies, rehash

    rows = sum(file.rows(partition) for file in files)
    out = np.empty((2 * min(rows, CHUNK_ROWS), 1), np.uint64)
    sweeps = max(1, -(-slots_for(rows) * ROW_BYTES // table_bytes))
    search = (np.uint64(min_tokens), keep == "all")
    for sweep in range(sweeps):
        table = _empty_table(slots_for(-(-rows // sweeps)))
        filled = 0
        for chunk in read_partition(files, partition):
            at = 0
            while at < len(chunk):
                limit = int(len(table) * MOST_LOAD)
                some = (np.uint64(sweep), np.uint64(sweeps))
                done, filled, found = find_copies(chunk[at:], table, filled, limit, *search, *some, out)
                if found:
                    yield out[:found]
                at += done
                if at < len(chunk):  # chance gave this sweep more keys than others
                    larger = _empty_table(int(len(table) * GROWTH) + 1)
                    rehash(table, larger)
                    table = larger


def slots_for(rows: int) -> int:
    """Of a table for so many different keys."""
    return int(rows / MOST_LOAD) + 64


def _empty_table(slots: int) -> Rows:
    return np.full((slots, ROW_VALUES), np.iinfo(np.uint64).max, np.uint64)
