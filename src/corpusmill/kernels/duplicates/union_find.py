"""Union–find whose roots are the least members, for all nodes at once or for one range of them.

`parents` (uint32 or uint64) covers the nodes base … base + size - 1 by their distance from `base`; pairs are
uint64[n, 2], the greater node first. Linking to the lesser root with path halving costs O(log n) a pair amortised.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.machine_code.jit import inlined, kernel

NO_NODE = np.uint64(0xFFFFFFFFFFFFFFFF)


@inlined
def _root(parents: Any, node: Any) -> Any:
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = np.uint64(parents[node])
    return node


@kernel
def unite(pairs: Any, base: Any, parents: Any) -> None:
    """Join the two nodes of each pair; pairs whose lesser node is below `base` are passed over."""
    for i in range(pairs.shape[0]):
        if pairs[i, 1] >= base:
            left = _root(parents, pairs[i, 0] - base)
            right = _root(parents, pairs[i, 1] - base)
            parents[max(left, right)] = min(left, right)


@kernel
def flatten(parents: Any, shared: Any) -> None:
    """parents[i] becomes its root; shared[root] (uint8) becomes 1 where the root has other nodes."""
    for node in range(parents.size):  # a parent is lesser, so it is flat already
        parents[node] = parents[parents[node]]
        if parents[node] != node:
            shared[parents[node]] = 1


@kernel
def least_outside(pairs: Any, base: Any, parents: Any, least: Any) -> None:
    """Lower least[root] to the least node below `base` that the root's nodes are paired with; `parents` is flat."""
    for i in range(pairs.shape[0]):
        if pairs[i, 1] < base:
            root = parents[pairs[i, 0] - base]
            least[root] = min(least[root], pairs[i, 1])


@kernel
def pairs_outside(pairs: Any, base: Any, parents: Any, least: Any, out: Any) -> int:
    """For each pair with a node v below `base` other than m = least[root]: the pair (v, m). Returns their count."""
    found = 0
    for i in range(pairs.shape[0]):
        if pairs[i, 1] < base:
            aim = least[parents[pairs[i, 0] - base]]
            if pairs[i, 1] != aim:
                out[found, 0], out[found, 1] = pairs[i, 1], aim
                found += 1
    return found


@kernel
def answer(questions: Any, base: Any, parents: Any, labels: Any, shared: Any, out: Any) -> None:
    """For each question (node of this range, asking node): out = (asking node, label of the node's root).

    Who asks belongs to the component: shared[root] becomes 1. `parents` is flat.
    """
    for i in range(questions.shape[0]):
        root = parents[questions[i, 0] - base]
        shared[root] = 1
        out[i, 0], out[i, 1] = questions[i, 1], labels[root]
