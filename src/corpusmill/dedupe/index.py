"""What a later search needs of an earlier one: its keys in order, and its candidate clusters both ways.

- files of keys: uint64 rows (upper half, lower half, least document) ascending by key, one row a key, each file a range
  of keys after the one before it;
- candidates: int64 rows (document, candidate cluster) ascending by document;
- members: int64 rows (candidate cluster, document) ascending. A document in neither is alone.

All are mapped, not read: what a search costs follows from what is new, not from what was there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from corpusmill.dedupe.components import components
from corpusmill.dedupe.shuffle import Rows, ShuffleFile, read_partition

Numbers = npt.NDArray[np.int64]
Number = TypeVar("Number", np.int64, np.uint64)


class EarlierIndex(NamedTuple):
    """Files of one earlier search."""

    keys: tuple[Path, ...]
    candidates: Path
    members: Path


def mapped(path: Path, kind: type[Number], values: int) -> npt.NDArray[Number]:
    """[n, values] of a file of nothing else."""
    if path.stat().st_size == 0:
        return np.zeros((0, values), kind)
    return np.asarray(np.memmap(path, kind, "r").reshape(-1, values))


def ordered_keys(files: Sequence[ShuffleFile], partition: int) -> Rows:
    """The rows of a partition of keys, ascending, the least document of each key."""
    chunks = [chunk.copy() for chunk in read_partition(files, partition)]
    rows = np.concatenate([np.zeros((0, 3), np.uint64), *chunks])
    rows = rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]
    new = np.ones(len(rows), np.bool_)
    new[1:] = (rows[1:, 0] != rows[:-1, 0]) | (rows[1:, 1] != rows[:-1, 1])
    return rows[new]


def shared_keys(new: Rows, earlier: Sequence[Path]) -> Iterator[Rows]:
    """Pairs (new document, earlier document) that have a key in common, both the least of theirs."""
    from corpusmill.kernels.duplicates.row_tables import meet_rows

    for path in earlier:
        old = mapped(path, np.uint64, 3)
        if len(old) and len(new):
            pairs = np.empty((min(len(new), len(old)), 2), np.uint64)
            yield pairs[: meet_rows(new, old, pairs)]


def resolved(documents: Numbers, chain: Sequence[EarlierIndex]) -> Numbers:
    """The candidate cluster of each earlier document, itself where it is alone; the last of the chain knows best."""
    found, open_ = documents.copy(), np.ones(len(documents), np.bool_)
    for index in reversed(chain):
        rows = mapped(index.candidates, np.int64, 2)
        if len(rows):
            places = np.minimum(np.searchsorted(rows[:, 0], documents), len(rows) - 1)
            known = open_ & (rows[places, 0] == documents)
            found[known] = rows[places[known], 1]
            open_ &= ~known
    return found


def members_of(candidates: Numbers, chain: Sequence[EarlierIndex]) -> Numbers:
    """Rows (earlier document, candidate cluster) of all members of distinct clusters: itself, where one is alone."""
    found, open_ = [np.zeros((0, 2), np.int64)], candidates
    for index in reversed(chain):
        rows = mapped(index.members, np.int64, 2)
        begins, ends = np.searchsorted(rows[:, 0], open_), np.searchsorted(rows[:, 0], open_, side="right")
        sizes = ends - begins
        places = np.repeat(begins - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
        found.append(np.column_stack([rows[places, 1], rows[places, 0]]))
        open_ = open_[sizes == 0]
    return np.concatenate([*found, np.column_stack([open_, open_])])


def merged(pairs: Sequence[Rows], first: int, end: int, chain: Sequence[EarlierIndex]) -> Numbers:
    """Candidates (document, candidate cluster) of all clusters that a new document, `first` … `end` - 1, is in.

    `pairs` are (greater, lesser) with a new document as the greater. Memory: the pairs, 13 bytes for each new document,
    and the members of the earlier clusters that are touched. A cluster is named by its least document.
    """
    every = np.concatenate([np.zeros((0, 2), np.uint64), *pairs]).astype(np.int64)
    lesser = every[:, 1].copy()
    old = lesser < first
    lesser[old] = resolved(lesser[old], chain)
    touched = np.unique(lesser[old])
    nodes = np.empty((len(every), 2), np.uint64)
    nodes[:, 0] = every[:, 0] - first + len(touched)
    nodes[:, 1] = np.where(old, np.searchsorted(touched, lesser), lesser - first + len(touched))
    label_of = touched.copy()  # what each earlier cluster that is touched belongs to now
    rows = []
    for piece in components([nodes], len(touched) + end - first):
        old_names = np.zeros(len(piece.clusters), np.int64)
        named = piece.clusters < len(touched)
        old_names[named] = touched[piece.clusters[named]]
        names = np.where(named, old_names, piece.clusters - len(touched) + first)
        earlier = piece.documents < len(touched)
        label_of[piece.documents[earlier]] = names[earlier]
        rows.append(np.column_stack([piece.documents[~earlier] - len(touched) + first, names[~earlier]]))
    members = members_of(touched, chain)
    members[:, 1] = label_of[np.searchsorted(touched, members[:, 1])]
    found = np.concatenate([members, *rows])
    return found[np.argsort(found[:, 0])]
