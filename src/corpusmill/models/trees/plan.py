"""From the nodes of trees to what the kernel asks: columns without missing values, and leaves as bits of words."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from corpusmill.models.trees.trees import Trees

_FILLS = np.array([0, -np.inf, np.inf], np.float32)  # by ZERO, LEFT, RIGHT: what a missing value becomes


class Plan(NamedTuple):
    """Arguments of `kernels.boosted_trees.leaf_sums`."""

    columns: tuple[Any, Any]  # feature int32 and fill float32 of each column that some node asks
    nodes: tuple[
        Any, Any, Any, Any
    ]  # first of each tree, column, threshold, word of the leaves kept where the test fails
    leaves: tuple[Any, Any]  # first of each tree, value


def plan_of(trees: Trees) -> Plan:
    """A feature is as many columns as its nodes have ways to treat missing values: one or two, seldom three."""
    wide = np.diff(trees.tree_leaves).max(initial=1) > 32
    pairs, column = np.unique(trees.feature.astype(np.int64) * 3 + trees.missing, return_inverse=True)
    kept = np.empty(len(trees.feature), np.uint64)
    for tree in range(len(trees)):
        first, end = trees.tree_nodes[tree : tree + 2]
        spans: list[tuple[int, int]] = [(0, 0)] * int(end - first)
        for node in range(int(end - first) - 1, -1, -1):  # children come after their parents
            low, middle = _leaves_below(spans, int(trees.left[first + node]))
            high = _leaves_below(spans, int(trees.right[first + node]))[1]
            spans[node] = low, high
            kept[first + node] = ~(((1 << middle) - 1) ^ ((1 << low) - 1)) & ((1 << 64) - 1)
    return Plan(
        ((pairs // 3).astype(np.int32), _FILLS[pairs % 3]),
        (
            trees.tree_nodes,
            column.astype(np.int32),
            trees.threshold,
            kept if wide else kept.astype(np.uint32),
        ),
        (trees.tree_leaves, trees.leaf_value),
    )


def _leaves_below(spans: list[tuple[int, int]], child: int) -> tuple[int, int]:
    return (~child, ~child + 1) if child < 0 else spans[child]
