"""The kernel of boosted trees against the walk of one row from node to node."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.models import reference_boosted_trees as reference
from corpusmill.kernels.models.boosted_trees import ROWS, logistic
from corpusmill.models.trees.model import TreeModel

VALUES = [-math.inf, -2.5, -0.0, 0.0, 1e-40, 0.1, 1.0, 3.4e38, math.inf, math.nan]
THRESHOLDS = [-math.inf, -2.5, 0.0, 0.1, 1.0, 3.4e38]


def random_model(seed: int, trees: int, most_leaves: int, features: int) -> TreeModel:
    rng = np.random.default_rng(seed)
    nodes: list[tuple[int, float, int, list[int]]] = []
    starts, leaf_starts, values = [0], [0], []

    def grow(leaves: int) -> int:
        if leaves == 1:
            values.append(float(rng.standard_normal()))
            return ~(len(values) - 1 - leaf_starts[-1])
        number, children = len(nodes) - starts[-1], []
        nodes.append((int(rng.integers(features)), float(rng.choice(THRESHOLDS)), int(rng.integers(3)), children))
        left = int(rng.integers(1, leaves))
        children += [grow(left), grow(leaves - left)]
        return number

    for _ in range(trees):
        grow(int(rng.integers(1, most_leaves + 1)))
        starts.append(len(nodes))
        leaf_starts.append(len(values))
    return TreeModel(
        tuple(f"f{i}" for i in range(features)),
        np.array(starts, np.int32),
        np.array(leaf_starts, np.int32),
        np.array([node[0] for node in nodes], np.int32),
        np.array([node[1] for node in nodes], np.float32),
        np.array([node[2] for node in nodes], np.uint8),
        np.array([node[3][0] for node in nodes], np.int32),
        np.array([node[3][1] for node in nodes], np.int32),
        np.array(values, np.float64),
    )


def reference_scores(model: TreeModel, rows: np.ndarray) -> np.ndarray:
    trees = []
    for tree in range(len(model)):
        of_nodes = slice(*model.tree_nodes[tree : tree + 2])
        columns = (model.feature, model.threshold, model.missing, model.left, model.right)
        nodes = [reference.Node(*values) for values in zip(*(column[of_nodes].tolist() for column in columns))]  # noqa: B905
        trees.append((nodes, model.leaf_value[slice(*model.tree_leaves[tree : tree + 2])].tolist()))
    return np.array([reference.leaf_sum(trees, row) for row in rows.tolist()]).astype(np.float32)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.integers(0, 1 << 30), st.integers(0, 9), st.sampled_from([1, 2, 31, 32, 33, 64]), st.integers(0, 2 * ROWS + 1)
)
def test_sums_are_those_of_the_walk(seed: int, trees: int, most_leaves: int, rows: int):
    model = random_model(seed, trees, most_leaves, 5)
    features = np.random.default_rng(seed + 1).choice(VALUES, (rows, 5)).astype(np.float32)
    assert model.scores(features).tobytes() == reference_scores(model, features).tobytes()


def test_a_row_has_its_sum_whatever_stands_beside_it():
    model = random_model(3, 20, 32, 7)
    features = np.random.default_rng(4).choice(VALUES, (3 * ROWS + 5, 7)).astype(np.float32)
    whole = model.scores(features)
    for size in (1, 7, ROWS, ROWS + 1):
        parts = [model.scores(features[at : at + size]) for at in range(0, len(features), size)]
        assert np.concatenate(parts).tobytes() == whole.tobytes()
    assert model.scores(features[::-1]).tobytes() == whole[::-1].tobytes()


def test_a_full_tree_of_64_leaves_reaches_each_of_them():
    model = random_model(0, 0, 1, 64)
    chain = TreeModel(  # feature i is above 0 in rows that stop before leaf i; each node's left child is a leaf
        model.feature_names,
        np.array([0, 63], np.int32),
        np.array([0, 64], np.int32),
        np.arange(63, dtype=np.int32),
        np.zeros(63, np.float32),
        np.zeros(63, np.uint8),
        ~np.arange(63, dtype=np.int32),
        np.array([*range(1, 63), ~63], np.int32),
        np.arange(64, dtype=np.float64),
    )
    rows = np.tril(np.ones((64, 64), np.float32), -1)
    assert chain.scores(rows).tolist() == list(range(64))


@pytest.mark.parametrize("score", [-1e30, -87.5, -20.0, -0.3, -1e-9, 0.0, 1e-9, 0.35, 1.0, 16.6, 90.0])
def test_the_logistic_function(score: float):
    found = logistic(np.array([score], np.float32))[0]
    assert found == pytest.approx(reference.logistic(score), rel=1e-7)


def test_the_logistic_function_rises_from_0_to_1_through_a_half():
    found = logistic(np.linspace(-100, 100, 4001).astype(np.float32))
    assert (np.diff(found) >= 0).all()
    assert found[2000] == np.float32(0.5) and 0 < found[0] < 1e-30 and found[-1] == 1
