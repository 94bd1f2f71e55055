"""A model of boosted trees: flat arrays of nodes and leaves, one file, the same scores on every machine.

The file is a `.npz` whose archive holds no time, no owner and no compression: the same trees are the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.errors import InputRefused, ModelRefused
from corpusmill.files import write_whole
from corpusmill.models.trees.plan import Plan, plan_of
from corpusmill.models.trees.trees import MOST_LEAVES, RIGHT, Trees

FORMAT = 1

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class TreeModel(Trees):
    """Trees in a file, that score rows of features."""

    @staticmethod
    def load(path: Path) -> TreeModel:
        """The model in a file; ModelRefused where there is none or it is damaged."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelRefused(f"{path}: {error.strerror}; wanted a model of trees") from error
        return from_bytes(content, str(path))

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all; equal models are equal bytes."""
        write_whole(path, self.content)

    @cached_property
    def content(self) -> bytes:
        """The bytes of the file."""
        arrays = {
            "format": np.array([FORMAT], np.int32),
            "feature_names": np.frombuffer("\n".join(self.feature_names).encode(), np.uint8),
            **{name: getattr(self, name) for name in _ARRAYS},
        }
        return archive_of(arrays)

    @cached_property
    def sha256(self) -> str:
        """Of the file that `save` writes."""
        return hashlib.sha256(self.content).hexdigest()

    def scores(self, features: Floats) -> Floats:
        """The sum of the trees for each row of `features` [rows, features], before any logistic function: [rows].

        Added up in float64, in the order of the trees, and rounded once: LightGBM's `raw_score` to the bit, whatever
        the batch. A value that is none (NaN) goes where LightGBM sends it. InputRefused for another shape.
        """
        from corpusmill.kernels.models.boosted_trees import leaf_sums

        if features.ndim != 2 or features.shape[1] != len(self.feature_names):
            raise InputRefused(f"features of shape {features.shape}; wanted [rows, {len(self.feature_names)}]")
        rows = np.ascontiguousarray(features, np.float32)
        summed: Floats = leaf_sums(rows, self.plan.columns, self.plan.nodes, self.plan.leaves)
        return summed

    def probabilities(self, features: Floats) -> Floats:
        """1 / (1 + exp(-score)) of each row: for models of a binary or cross-entropy objective."""
        from corpusmill.kernels.models.boosted_trees import logistic

        found: Floats = logistic(self.scores(features))
        return found

    @cached_property
    def plan(self) -> Plan:
        """The arrays as the kernel wants them, made at the first scores."""
        return plan_of(self)


def archive_of(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """The bytes of a `.npz` of `arrays`: equal arrays are equal bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, values in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            written = io.BytesIO()
            np.lib.format.write_array(written, np.ascontiguousarray(values), (1, 0), allow_pickle=False)
            archive.writestr(entry, written.getvalue())
    return file.getvalue()


_ARRAYS = {
    "tree_nodes": np.int32,
    "tree_leaves": np.int32,
    "feature": np.int32,
    "threshold": np.float32,
    "missing": np.uint8,
    "left": np.int32,
    "right": np.int32,
    "leaf_value": np.float64,
}

# NumPy's and zipfile's, for bytes that are anything
DAMAGE = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    EOFError,
    MemoryError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


def from_bytes(content: bytes, where: str = "model") -> TreeModel:
    """The model of a file's bytes, every index in it checked; ModelRefused says what is wrong, and `where`."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            if archive["format"].tolist() != [FORMAT]:
                raise ValueError(f"its format is {archive['format'].tolist()}, wanted {[FORMAT]}")
            names = tuple(archive["feature_names"].tobytes().decode().split("\n"))
            arrays = {name: archive[name] for name in _ARRAYS}
    except DAMAGE as error:
        raise ModelRefused(f"{where} is no model of trees: {error}") from error
    model = TreeModel(names, **arrays)
    if problem := _problem(model):
        raise ModelRefused(f"{where} is damaged: {problem}")
    return model


def _problem(model: TreeModel) -> str:
    """What a kernel could not trust in the arrays; empty where nothing is."""
    for name, kind in _ARRAYS.items():
        values = getattr(model, name)
        if values.dtype != kind or values.ndim != 1:
            return f"{name} is {values.dtype} of shape {values.shape}"
    nodes, trees = len(model.feature), len(model.tree_nodes) - 1
    if any(len(getattr(model, name)) != nodes for name in ("threshold", "missing", "left", "right")):
        return "its arrays of nodes differ in length"
    if trees < 0 or len(model.tree_leaves) != trees + 1:
        return "its arrays of trees differ in length"
    for name, last in (("tree_nodes", nodes), ("tree_leaves", len(model.leaf_value))):
        starts = getattr(model, name)
        if starts[0] != 0 or starts[-1] != last or (np.diff(starts) < 0).any():
            return f"{name} does not rise from 0 to {last}"
    leaves = np.diff(model.tree_leaves)
    if (leaves != np.diff(model.tree_nodes) + 1).any() or (leaves > MOST_LEAVES).any():
        return f"a tree has not one leaf more than nodes, or more than {MOST_LEAVES}"
    if nodes and not (model.feature.min() >= 0 and model.feature.max() < len(model.feature_names)):
        return "a node asks for a feature that is none"
    if nodes and model.missing.max() > RIGHT:
        return "a node does with missing values what is not known"
    if not (model.threshold < np.inf).all() or not np.isfinite(model.leaf_value).all():
        return "a threshold or a leaf is no number"
    return _broken_tree(model)


def _broken_tree(model: TreeModel) -> str:
    """Every tree must be one: walked from its root, it has each node once and its leaves in order."""
    for tree in range(len(model)):
        first, end = model.tree_nodes[tree : tree + 2]
        left, right = model.left[first:end].tolist(), model.right[first:end].tolist()
        waiting, seen, leaves = [0 if left else -1], 0, 0
        while waiting and seen <= len(left):
            child = waiting.pop()
            if child < 0:
                if ~child != leaves:
                    return f"the leaves of tree {tree} are not numbered from left to right"
                leaves += 1
            elif child != seen:
                return f"the nodes of tree {tree} are not numbered from the root down, left before right"
            else:
                seen += 1
                waiting += [right[child], left[child]]
        if seen != len(left) or leaves != len(left) + 1:
            return f"tree {tree} is none"
    return ""
