"""Documents that share a band key, as pairs: a bucket of n documents gives n - 1 pairs, never n²."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from corpusmill.dedupe.shuffle import CHUNK_ROWS, Rows, ShuffleFile, read_partition

MOST_LOAD = 0.75  # of a hash table before it grows
GROWTH = 1.5


def bucket_pairs(files: Sequence[ShuffleFile], partition: int, slots: int) -> Iterator[Rows]:
    """Pairs (greater, lesser document number) that join the documents of each key of one partition.

    Each document of a bucket is paired with the least one before it, in the order of files and rows. Pairs come as
    uint64[n, 2], views of one buffer. The hash table has `slots` slots, or as many as the partition's rows can fill; it
    grows where chance or `slots` give a partition more keys.
    """
    from corpusmill.kernels.duplicates.row_tables import EMPTY, join_rows

    rows = sum(file.rows(partition) for file in files)
    table = _empty_table(max(64, min(slots, int(rows / MOST_LOAD) + 64)))
    pairs = np.empty((min(rows, CHUNK_ROWS), 2), np.uint64)
    filled = 0
    for chunk in read_partition(files, partition):
        at = 0
        while at < len(chunk):
            limit = int(len(table) * MOST_LOAD)
            done, filled, found = join_rows(chunk[at:], table, filled, limit, pairs)
            if found:
                yield pairs[:found]
            at += done
            if at < len(chunk):
                held, table = table[table[:, 2] != EMPTY], _empty_table(int(len(table) * GROWTH) + 1)
                _, filled, _ = join_rows(held, table, 0, len(held), pairs)


def _empty_table(slots: int) -> Rows:
    from corpusmill.kernels.duplicates.row_tables import EMPTY

    return np.full((slots, 3), EMPTY, np.uint64)
