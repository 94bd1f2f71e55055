"""A line model as a folder: `trees.npz` and `model.json`, the card with its hash."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from corpusmill.batch import TextBatch
from corpusmill.errors import ModelRefused
from corpusmill.models.card import read_card
from corpusmill.models.lines.features import line_features
from corpusmill.models.trees.model import TreeModel

KIND = "line-model"
TREES = "trees.npz"
DECIMALS = 4  # of stored scores


def load_line_model(folder: Path) -> TreeModel:
    """The trees in `folder`; ModelRefused where they are none, damaged, or ask for other features than ours."""
    from corpusmill.kernels.lines.columns import NAMES

    read_card(folder, KIND)
    model = TreeModel.load(folder / TREES)
    if model.feature_names != NAMES:
        raise ModelRefused(f"{folder} asks for other features of lines than this version measures; train it again")
    return model


def line_scores(model: TreeModel, batch: TextBatch) -> npt.NDArray[np.float32]:
    """[lines]: how likely each line is one to keep, to four decimals; NaN for a blank line.

    The lines are those of `segment.pieces.stripped_lines`.
    """
    features = batch.once(line_features)
    scores = np.full(len(features.written), np.nan, np.float32)
    scores[features.written] = np.round(model.probabilities(features.rows).astype(np.float64), DECIMALS)
    return scores
