"""Models that need no training."""

from __future__ import annotations

import numpy as np

from corpusmill.extract.learned.features import FEATURES
from corpusmill.extract.learned.lexicon import Lexicon
from corpusmill.extract.learned.model import ExtractorModel
from corpusmill.kernels.html.elements import name_hash
from corpusmill.models.trees.model import TreeModel
from corpusmill.models.trees.trees import RIGHT

Stump = tuple[str, float, float, float]  # a feature, its threshold, what is added up to there, and what above


def stumps(*wanted: Stump) -> TreeModel:
    """A tree of two leaves for each; a value that is none counts as above."""
    trees = len(wanted)
    return TreeModel(
        FEATURES,
        np.arange(trees + 1, dtype=np.int32),
        2 * np.arange(trees + 1, dtype=np.int32),
        np.array([FEATURES.index(stump[0]) for stump in wanted], np.int32),
        np.array([stump[1] for stump in wanted], np.float32),
        np.full(trees, RIGHT, np.uint8),
        np.full(trees, -1, np.int32),
        np.full(trees, -2, np.int32),
        np.array([stump[2:] for stump in wanted], np.float64).ravel(),
    )


def lexicon(tokens: dict[str, float], words: dict[str, float] | None = None) -> Lexicon:
    """Scores of whole tokens and of single words."""
    columns: list[np.ndarray] = []
    for scores in (tokens, words or {}):
        known = sorted((name_hash(name), score) for name, score in scores.items())
        columns += [np.array([h for h, _ in known], np.uint64), np.array([s for _, s in known], np.float32)]
    return Lexicon(*columns)


def by_hand() -> ExtractorModel:
    """Long text without links, where the text around it is such; comments in whole pages alone."""
    return ExtractorModel(
        lexicon({"body": 1.5, "menu": -2.0}),
        stumps(("link_density", 0.5, 1.0, -2.0), ("chars", 40, -1.0, 1.0), ("token_least", -1.0, -2.0, 0.0)),
        stumps(
            ("likely", 0.5, -1.5, 1.5),
            ("likely_window3", 0.4, -0.5, 0.5),
            ("likely_container1", 0.5, -0.25, 0.25),
            ("mark_comments", 0.5, 0.25, -2.0),
            ("profile", 0.5, 1.0, -1.0),
        ),
    )
