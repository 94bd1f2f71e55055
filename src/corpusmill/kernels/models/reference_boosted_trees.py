"""The plain oracle of `boosted_trees`: one row, one tree, one node after the other, as the trees are defined."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class Node(NamedTuple):
    feature: int
    threshold: float
    missing: int  # what NaN does: 0 counts as 0.0, 1 goes left, 2 goes right
    left: int  # a node of the tree, or below 0 the leaf ~left
    right: int


def leaf(nodes: Sequence[Node], row: Sequence[float]) -> int:
    """Number of the leaf that `row` reaches; 0 in a tree without nodes.

    >>> stump = [Node(feature=0, threshold=0.5, missing=2, left=-1, right=-2)]
    >>> [leaf(stump, [value]) for value in (0.5, 0.6, math.nan)]
    [0, 1, 1]
    """
    at = 0 if nodes else -1
    while at >= 0:
        node = nodes[at]
        value = row[node.feature]
        if math.isnan(value) and node.missing == 0:
            value = 0.0
        goes_left = node.missing == 1 if math.isnan(value) else value <= node.threshold
        at = node.left if goes_left else node.right
    return ~at


def leaf_sum(trees: Sequence[tuple[Sequence[Node], Sequence[float]]], row: Sequence[float]) -> float:
    """The values of the leaves that `row` reaches, added in the order of the trees (nodes, leaf values)."""
    total = 0.0
    for nodes, values in trees:
        total += values[leaf(nodes, row)]
    return total


def logistic(score: float) -> float:
    """1 / (1 + exp(-score)), a score beyond ±87 counted as ±87."""
    return 1.0 / (1.0 + math.exp(-max(-87.0, min(87.0, score))))
