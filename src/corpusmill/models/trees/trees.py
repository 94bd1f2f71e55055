"""Trees as flat arrays of nodes and leaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MOST_LEAVES = 64  # of one tree: each is a bit of a word
ZERO, LEFT, RIGHT = range(3)  # what a node does with a value that is none: take it for 0, or go to one side


@dataclass(frozen=True, eq=False)
class Trees:
    """Trees whose leaf values are added up. Node i sends a row left where its value is ≤ `threshold[i]`.

    A child ≥ 0 is a node of the same tree, counted from the tree's first; a child < 0 is its leaf ~child. Nodes are
    numbered from the root down, left before right, and leaves from left to right. A tree of one leaf has no node.
    """

    feature_names: tuple[str, ...]
    tree_nodes: npt.NDArray[np.int32]  # [trees + 1], where the nodes of each tree begin
    tree_leaves: npt.NDArray[np.int32]  # [trees + 1], where its leaves begin
    feature: npt.NDArray[np.int32]  # [nodes]
    threshold: npt.NDArray[np.float32]  # [nodes]
    missing: npt.NDArray[np.uint8]  # [nodes], see ZERO, LEFT, RIGHT
    left: npt.NDArray[np.int32]  # [nodes]
    right: npt.NDArray[np.int32]  # [nodes]
    leaf_value: npt.NDArray[np.float64]  # [leaves]

    def __len__(self) -> int:
        """Number of trees."""
        return len(self.tree_nodes) - 1
