"""Connected components of documents whose union–find fits in memory: 5 bytes a document below 2³² documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.dedupe.shuffle import CHUNK_ROWS, Rows

Numbers = npt.NDArray[np.int64]
Parents = npt.NDArray[np.unsignedinteger]


class Clusters(NamedTuple):
    """Documents in clusters of two or more, ascending, and the least document of the cluster of each."""

    documents: Numbers
    clusters: Numbers


def components(pairs: Iterable[Rows], documents: int) -> Iterator[Clusters]:
    """The components of the documents 0 … `documents` - 1 under `pairs` uint64[n, 2] of (greater, lesser).

    The result does not depend on the order of the pairs. It comes in pieces, ascending by document.

    >>> pairs = np.array([[3, 1], [4, 3]], np.uint64)
    >>> [(found.documents.tolist(), found.clusters.tolist()) for found in components([pairs], 6)]
    [([1, 3, 4], [1, 1, 1])]
    """
    from corpusmill.kernels.duplicates.union_find import flatten, unite

    parents, shared = alone(documents), np.zeros(documents, np.uint8)
    for some in pairs:
        unite(some, np.uint64(0), parents)
    flatten(parents, shared)
    for begin in range(0, documents, CHUNK_ROWS):
        roots = parents[begin : begin + CHUNK_ROWS]
        members = np.flatnonzero(shared[roots])
        if len(members):
            yield Clusters(members + begin, roots[members].astype(np.int64))


def alone(documents: int) -> Parents:
    """Every document its own root."""
    return np.arange(documents, dtype=parent_type(documents))


def parent_type(documents: int) -> type[np.uint32 | np.uint64]:
    return np.uint32 if documents <= 2**32 else np.uint64
