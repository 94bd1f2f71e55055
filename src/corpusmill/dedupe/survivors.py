"""Which document of a cluster stays: one, always the same, by a policy that is named."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]

POLICIES = {
    "first": "the first in the order of snapshots, shards, languages and lines",
    "newest": "the one downloaded last",
    "longest": "the one with most characters",
}


def survivors(clusters: Numbers, ranks: npt.NDArray[np.float64]) -> Numbers:
    """For each member, the place (in these arrays) of its cluster's survivor: the greatest rank, the first of equals.

    `clusters` names each member's cluster; members are in the order of documents. A rank that is NaN is the least.

    >>> survivors(np.array([4, 9, 4, 9]), np.array([1.0, 3.0, 2.0, 3.0])).tolist()
    [2, 1, 2, 1]
    """
    _, cluster = np.unique(clusters, return_inverse=True)
    order = np.lexsort((np.arange(len(ranks)), -np.nan_to_num(ranks, nan=-np.inf), cluster))
    first = np.searchsorted(cluster[order], np.arange(int(cluster.max(initial=-1)) + 1))
    best: Numbers = order[first][cluster]
    return best
