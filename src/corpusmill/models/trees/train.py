"""Training by LightGBM on one thread with a fixed seed: the same rows give the same bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.errors import InputRefused, ModelRefused, RecipeError
from corpusmill.models.trees.lightgbm import from_lightgbm
from corpusmill.models.trees.model import TreeModel
from corpusmill.models.trees.trees import MOST_LEAVES

OBJECTIVES = ("binary", "cross_entropy", "regression")

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class TreeParameters:
    """LightGBM's names and meanings. `binary`: labels 0 and 1; `cross_entropy`: labels from 0 to 1."""

    objective: str = "binary"
    trees: int = 100
    num_leaves: int = 31  # of a tree at most
    learning_rate: float = 0.1
    min_data_in_leaf: int = 50  # rows
    lambda_l2: float = 0.0
    feature_fraction: float = 1.0  # of the features, drawn for each tree
    bagging_fraction: float = 1.0  # of the rows, drawn for each tree
    max_bin: int = 255  # values of a feature that are told apart
    seed: int = 0

    def mistakes(self) -> list[str]:
        found = []
        if self.objective not in OBJECTIVES:
            found.append(f"objective {self.objective!r} is unknown; wanted one of {', '.join(OBJECTIVES)}")
        for name, least, most in (
            ("trees", 1, 10_000),
            ("num_leaves", 2, MOST_LEAVES),
            ("min_data_in_leaf", 1, 1 << 30),
            ("max_bin", 2, 65_535),
            ("seed", 0, (1 << 31) - 1),
        ):
            if not least <= getattr(self, name) <= most:
                found.append(f"{name} {getattr(self, name)}: wanted {least} to {most}")
        for name in ("learning_rate", "feature_fraction", "bagging_fraction"):
            if not 0 < getattr(self, name) <= 1:
                found.append(f"{name} {getattr(self, name)}: wanted a number above 0, at most 1")
        if not (math.isfinite(self.lambda_l2) and self.lambda_l2 >= 0):
            found.append(f"lambda_l2 {self.lambda_l2}: wanted a number that is not negative")
        return found

    def for_lightgbm(self) -> dict[str, Any]:
        """LightGBM's parameters, with all that makes a training repeat itself."""
        return {
            "objective": self.objective,
            "num_leaves": self.num_leaves,
            "learning_rate": self.learning_rate,
            "min_data_in_leaf": self.min_data_in_leaf,
            "lambda_l2": self.lambda_l2,
            "feature_fraction": self.feature_fraction,
            "bagging_fraction": self.bagging_fraction,
            "bagging_freq": int(self.bagging_fraction < 1),
            "max_bin": self.max_bin,
            "seed": self.seed,
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }


def train_trees(
    features: Floats,
    labels: npt.NDArray[np.float32],
    weights: npt.NDArray[np.float32] | None = None,
    parameters: TreeParameters = TreeParameters(),
    feature_names: Sequence[str] = (),
) -> TreeModel:
    """Trees that tell the labels [rows] of `features` [rows, features], each row counted by its weight.

    `feature_names`: of the model; without them `feature_0`, `feature_1`, … Raises RecipeError for parameters that are
    none, InputRefused for rows that are, ModelRefused where LightGBM is not installed.
    """
    if mistakes := parameters.mistakes():
        raise RecipeError(mistakes)
    names = tuple(feature_names) or tuple(f"feature_{i}" for i in range(features.shape[-1]))
    _refuse(features, labels, weights, names)
    try:
        import lightgbm
    except ImportError:
        raise ModelRefused("trees are trained by LightGBM: pip install 'corpusmill[training]'") from None
    data = lightgbm.Dataset(features, labels, weight=weights)
    booster = lightgbm.train(parameters.for_lightgbm(), data, num_boost_round=parameters.trees)
    return replace(from_lightgbm(booster), feature_names=names)  # LightGBM alters some characters


def _refuse(features: Any, labels: Any, weights: Any, names: tuple[str, ...]) -> None:
    rows = len(labels)
    if features.ndim != 2 or features.shape != (rows, len(names)):
        raise InputRefused(f"features of shape {features.shape}; wanted [{rows} labels, {len(names)} names]")
    if weights is not None and weights.shape != (rows,):
        raise InputRefused(f"weights of shape {weights.shape}; wanted [{rows} labels]")
    if not (np.isfinite(labels).all() and (weights is None or (np.isfinite(weights) & (weights >= 0)).all())):
        raise InputRefused("a label or weight is no number, or a weight is negative")
    if rows == 0 or labels.min() == labels.max():
        raise InputRefused("the labels are all the same: there is nothing to tell apart")
    if len(set(names)) != len(names) or any(not name or "\n" in name for name in names):
        raise InputRefused("names of features: wanted one line each, and none twice")
