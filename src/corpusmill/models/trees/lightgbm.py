"""Trees that LightGBM has trained, as ours."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.errors import ModelRefused
from corpusmill.models.trees.model import TreeModel
from corpusmill.models.trees.trees import LEFT, MOST_LEAVES, RIGHT, ZERO

_ZERO_UP_TO = np.float32(1e-35)


def from_lightgbm(booster: Any) -> TreeModel:
    """The trees of a `lightgbm.Booster`; ModelRefused for categories, linear leaves, or more than one class."""
    dump = booster.dump_model()
    if dump["num_tree_per_iteration"] != 1 or dump.get("average_output"):
        raise ModelRefused("the booster has several trees a round, or takes their mean; wanted one sum of trees")
    builder = _Builder()
    for tree in dump["tree_info"]:
        builder.add(tree["tree_structure"])
    return builder.model(tuple(dump["feature_names"]))


def rounded_down(value: float) -> np.float32:
    """The largest float32 that is not above `value`: x ≤ value and x ≤ it are the same for every float32 x.

    LightGBM reads numbers up to 1e-35 as 0, on either side, so a threshold among them stands at the end of its side.

    >>> float(rounded_down(0.1)) <= 0.1, float(rounded_down(-1e300))
    (True, -inf)
    """
    if abs(value) <= float(_ZERO_UP_TO):
        return _ZERO_UP_TO if value >= 0 else np.nextafter(-_ZERO_UP_TO, np.float32(-np.inf))
    with np.errstate(over="ignore"):
        nearest = np.float32(value)
    return np.nextafter(nearest, np.float32(-np.inf)) if float(nearest) > value else nearest


class _Builder:
    def __init__(self) -> None:
        self.tree_nodes, self.tree_leaves = [0], [0]
        self.nodes: list[tuple[int, np.float32, int, list[int]]] = []
        self.leaves: list[float] = []

    def add(self, structure: dict[str, Any]) -> None:
        self._add_below(structure)
        self.tree_nodes.append(len(self.nodes))
        self.tree_leaves.append(len(self.leaves))
        if self.tree_leaves[-1] - self.tree_leaves[-2] > MOST_LEAVES:
            raise ModelRefused(
                f"a tree has more than {MOST_LEAVES} leaves; train with num_leaves={MOST_LEAVES} or less"
            )

    def _add_below(self, part: dict[str, Any]) -> int:
        """Nodes in preorder, leaves from left to right; the number of the node, or of the leaf below 0."""
        if "split_feature" not in part:
            if "leaf_coeff" in part:
                raise ModelRefused("the booster has linear leaves; wanted constant ones")
            self.leaves.append(float(part["leaf_value"]))
            return ~(len(self.leaves) - 1 - self.tree_leaves[-1])
        if part["decision_type"] != "<=" or part["missing_type"] == "Zero":
            raise ModelRefused(
                f"a node decides by {part['decision_type']!r}, missing {part['missing_type']!r}; "
                "wanted numbers only, and zero_as_missing off"
            )
        missing = ZERO if part["missing_type"] == "None" else LEFT if part["default_left"] else RIGHT
        children: list[int] = []
        number = len(self.nodes) - self.tree_nodes[-1]
        self.nodes.append((part["split_feature"], rounded_down(part["threshold"]), missing, children))
        children.append(self._add_below(part["left_child"]))
        children.append(self._add_below(part["right_child"]))
        return number

    def model(self, feature_names: tuple[str, ...]) -> TreeModel:
        return TreeModel(
            feature_names,
            np.array(self.tree_nodes, np.int32),
            np.array(self.tree_leaves, np.int32),
            np.array([node[0] for node in self.nodes], np.int32),
            np.array([node[1] for node in self.nodes], np.float32),
            np.array([node[2] for node in self.nodes], np.uint8),
            np.array([node[3][0] for node in self.nodes], np.int32),
            np.array([node[3][1] for node in self.nodes], np.int32),
            np.array(self.leaves, np.float64),
        )
