"""The file of a model of trees: repeatable, and refused where a kernel could not trust it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from corpusmill.errors import InputRefused, ModelRefused
from corpusmill.models.trees.model import TreeModel, from_bytes


def stumps() -> TreeModel:
    """a ≤ 1 → -1 else 2; then a leaf; then b ≤ 0 → (a ≤ 5 → 1 else 2) else 3."""
    return TreeModel(
        ("a", "b"),
        np.array([0, 1, 1, 3], np.int32),
        np.array([0, 2, 3, 6], np.int32),
        np.array([0, 1, 0], np.int32),
        np.array([1, 0, 5], np.float32),
        np.array([1, 2, 0], np.uint8),
        np.array([-1, 1, -1], np.int32),
        np.array([-2, -3, -2], np.int32),
        np.array([-1, 2, 0.25, 1, 2, 3], np.float64),
    )


def test_scores_by_hand():
    rows = np.array([[1, 0], [1.5, 0], [6, 0], [6, 1], [np.nan, np.nan]], np.float32)
    assert stumps().scores(rows).tolist() == [0.25, 3.25, 4.25, 5.25, 2.25]
    assert stumps().probabilities(rows)[0] == np.float32(1 / (1 + np.exp(-0.25)))


def test_a_matrix_of_any_memory_order_and_kind():
    rows = np.array([[1, 0], [6, 0]])
    assert stumps().scores(np.asfortranarray(rows, np.float64)).tolist() == [0.25, 4.25]
    assert stumps().scores(rows[:0].astype(np.float32)).shape == (0,)


@pytest.mark.parametrize("shape", [(3,), (3, 1), (3, 3), (1, 2, 2)])
def test_other_shapes_are_refused(shape: tuple[int, ...]):
    with pytest.raises(InputRefused, match="wanted"):
        stumps().scores(np.zeros(shape, np.float32))


def test_the_file_is_the_same_twice_and_gives_the_model_back(tmp_path: Path):
    model = stumps()
    model.save(tmp_path / "one.npz")
    again = TreeModel.load(tmp_path / "one.npz")
    again.save(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes() == model.content
    assert again.feature_names == ("a", "b")
    assert again.sha256 == model.sha256 == "23813537271cf626d0a1270a52811c21d371f36d07641a9d6e87e462234932e8"


def test_no_file(tmp_path: Path):
    with pytest.raises(ModelRefused, match="wanted a model"):
        TreeModel.load(tmp_path / "none.npz")


def test_an_array_is_no_model(tmp_path: Path):
    np.save(tmp_path / "array.npy", np.zeros(3))
    with pytest.raises(ModelRefused, match="no model of trees"):
        TreeModel.load(tmp_path / "array.npy")


def test_a_file_cut_or_changed_anywhere_is_refused_or_a_sound_model():
    content = stumps().content
    for cut in range(0, len(content), 97):
        with pytest.raises(ModelRefused):
            from_bytes(content[:cut])
    rows = np.zeros((1, 2), np.float32)
    for at in range(0, len(content), 11):
        changed = content[:at] + bytes([content[at] ^ 0x41]) + content[at + 1 :]
        try:
            from_bytes(changed).scores(rows)
        except (ModelRefused, InputRefused):
            continue


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("feature", [0, 2, 0]),
        ("feature", [0, -1, 0]),
        ("missing", [0, 3, 0]),
        ("threshold", [1, np.nan, 5]),
        ("threshold", [1, np.inf, 5]),
        ("left", [-1, 2, -1]),
        ("left", [-1, 0, -1]),
        ("right", [-2, -3, -1]),
        ("right", [0, -3, -2]),
        ("leaf_value", [-1, 2, np.inf, 1, 2, 3]),
        ("leaf_value", [-1, 2, 0.25, 1, 2]),
        ("tree_nodes", [0, 1, 2, 3]),
        ("tree_nodes", [0, 2, 1, 3]),
        ("tree_leaves", [0, 2, 3, 7]),
        ("left", [-1, 1]),
    ],
)
def test_arrays_that_are_no_trees_are_refused(field: str, values: list[float]):
    kind = getattr(stumps(), field).dtype
    with pytest.raises(ModelRefused, match="damaged"):
        from_bytes(dataclasses.replace(stumps(), **{field: np.array(values, kind)}).content)
