"""Boosted trees over rows of numbers, 64 rows at a time: every node is asked for all of them, without a branch.

The leaves of a tree are the bits of a word, the leftmost the lowest. A node whose test fails takes the leaves left of
it out of the word; what is lowest at the end is the row's leaf (QuickScorer, Lucchese et al. 2015; rows side by side
in vectors as in RapidScorer, Ye et al. 2018). The sum of a row is float64, one tree after the other, and so the same in
any batch and on any machine.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from corpusmill.kernels.bits import trailing_zeros
from corpusmill.kernels.jit import inlined, kernel

ROWS = 64  # at once; their columns should stay in the nearest caches

_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10  # the first has zeros at its end: k times it is exact
_HIGHEST = 87.0  # what exp is asked for at most, either way
_POWERS = 2.0 ** np.arange(-128, 129)


@kernel
def leaf_sums(features: Any, columns: Any, nodes: Any, leaves: Any) -> Any:
    """Sums float32[n] of the leaves that each of n rows of `features` float32[n, k] reaches.

    columns: the feature int32 of each column that nodes ask, and what a NaN in it becomes, float32.
    nodes: first node int32[trees + 1] of each tree; of each node its column int32, its threshold float32, and the word
    (uint32 or uint64) of the leaves that stay where the value is above the threshold.
    leaves: first leaf int32[trees + 1] of each tree; the values float64.
    Nothing is checked: the caller has made sure that all indices are within the arrays.
    """
    sources, fills = columns
    tree_nodes, node_columns, thresholds, kept = nodes
    tree_leaves, values = leaves
    rows = features.shape[0]
    out = np.empty(rows, np.float32)
    block = np.zeros((sources.size, ROWS), np.float32)
    total = np.empty(ROWS, np.float64)
    reached = np.empty(ROWS, kept.dtype)
    all_leaves = ~np.zeros(1, kept.dtype)[0]
    for start in range(0, rows, ROWS):
        count = min(ROWS, rows - start)
        _turn(features, start, count, sources, fills, block)
        total[:] = 0.0
        for tree in range(tree_nodes.size - 1):
            reached[:] = all_leaves
            for node in range(tree_nodes[tree], tree_nodes[tree + 1]):
                threshold, word, column = thresholds[node], kept[node], node_columns[node]
                for i in range(ROWS):
                    reached[i] &= word if block[column, i] > threshold else all_leaves
            first = tree_leaves[tree]
            for i in range(ROWS):
                total[i] += values[first + trailing_zeros(np.uint64(reached[i]))]
        for i in range(count):
            out[start + i] = np.float32(total[i])
    return out


@inlined
def _turn(features: Any, start: Any, count: Any, sources: Any, fills: Any, block: Any) -> None:
    """Rows to columns, missing values filled in; what lies behind the last row is from before, and does not matter."""
    for i in range(count):
        for column in range(sources.size):
            value = features[start + i, sources[column]]
            block[column, i] = fills[column] if value != value else value


@kernel
def logistic(scores: Any) -> Any:
    """1 / (1 + exp(-score)) float32[n] of float32 scores, by additions and multiplications in one fixed order.

    The library's exp differs in its last bit from machine to machine. Scores beyond ±87 count as ±87.
    """
    out = np.empty(scores.size, np.float32)
    for i in range(scores.size):
        x = -max(-_HIGHEST, min(_HIGHEST, np.float64(scores[i])))
        k = math.floor(x / _LN2_HIGH + 0.5)
        r = x - k * _LN2_HIGH - k * _LN2_LOW  # |r| ≤ 0.35: ten terms are below 1e-13 from it
        series = 1.0
        for n in range(10, 0, -1):
            series = 1.0 + r / n * series
        out[i] = np.float32(1.0 / (1.0 + series * _POWERS[np.int64(k) + 128]))
    return out
