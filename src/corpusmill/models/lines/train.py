"""From labelled lines to a line model, and how well one does on documents that it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from corpusmill.batch import TextBatch
from corpusmill.errors import InputRefused, RecipeError
from corpusmill.models.card import Card, begin, finish, refuse_other
from corpusmill.models.fasttext.classifier import area_under_curve
from corpusmill.models.lines.features import line_features
from corpusmill.models.lines.labels import LabelledDocument, groups_of, labels_of, languages_of, texts_of
from corpusmill.models.lines.model import KIND, TREES
from corpusmill.models.trees.model import TreeModel
from corpusmill.models.trees.train import TreeParameters, train_trees

LINE_TREES = TreeParameters(
    trees=200, learning_rate=0.05, min_data_in_leaf=50, feature_fraction=0.5, bagging_fraction=0.7
)


@dataclass(frozen=True)
class LineParameters:
    trees: TreeParameters = LINE_TREES
    folds: int = 5  # parts of the labels that are kept apart in turn, to measure; 0: nothing is measured

    def mistakes(self) -> list[str]:
        found = self.trees.mistakes()
        if self.folds < 0 or self.folds == 1:
            found.append(f"folds {self.folds}: wanted 0, or 2 and more")
        return found


@dataclass(frozen=True)
class TrainedLines:
    folder: Path
    documents: int
    lines: int
    kept: int  # lines labelled 1
    areas: dict[str, float | None]  # under the curve on lines kept apart, by language, and of "all"; empty: no folds


def train_lines(
    documents: Sequence[LabelledDocument],
    parameters: LineParameters,
    out: Path,
    training_text: Mapping[str, str],
    report: Callable[[float], None] = lambda done: None,
) -> TrainedLines:
    """Train on all `documents` into the folder `out`; the same documents in the same order give the same bytes.

    Raises as `train_trees` does, and RunRefused where `out` is something else than such a folder.
    """
    if mistakes := parameters.mistakes():
        raise RecipeError(mistakes)
    refuse_other(out)
    rows, labels = rows_of(documents)
    areas: dict[str, float | None] = {}
    if parameters.folds:
        scores = scores_apart(documents, parameters, report)
        areas = areas_by_language(scores, labels, languages_of(documents))
    model = _learn(rows, labels, parameters.trees)
    begin(out)
    model.save(out / TREES)
    described = {**asdict(parameters), "documents": len(documents), "lines": len(labels), "areas": areas}
    finish(out, Card(KIND, 1, described, dict(training_text), {TREES: ""}))
    return TrainedLines(out, len(documents), len(labels), int(labels.sum()), areas)


def rows_of(
    documents: Sequence[LabelledDocument],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Features [lines, features] and labels [lines] of all documents."""
    if not documents:
        raise InputRefused("there is no labelled document with a line")
    return line_features(TextBatch(texts_of(documents))).rows, labels_of(documents)


def scores_apart(
    documents: Sequence[LabelledDocument],
    parameters: LineParameters,
    report: Callable[[float], None] = lambda done: None,
) -> npt.NDArray[np.float64]:
    """[lines]: the score of each by a model that saw no document of its group (`groups_of`)."""
    rows, labels = rows_of(documents)
    fold = np.repeat(
        folds_of(documents, parameters.folds, parameters.trees.seed), [len(document.lines) for document in documents]
    )
    scores = np.full(len(labels), np.nan)
    for number in range(parameters.folds):
        apart = fold == number
        if apart.any():
            model = _learn(rows[~apart], labels[~apart], parameters.trees)
            scores[apart] = model.scores(rows[apart])
        report((number + 1) / (parameters.folds + 1))
    return scores


def folds_of(documents: Sequence[LabelledDocument], folds: int, seed: int) -> npt.NDArray[np.int64]:
    """[documents]: the fold that each is kept apart with, whole groups at a time, drawn from `seed`.

    InputRefused where there are fewer groups than folds.
    """
    _, group = np.unique(groups_of(documents), return_inverse=True)
    groups = int(group.max()) + 1
    if groups < folds:
        raise InputRefused(f"{groups} groups of documents that share no line; wanted at least {folds}, or fewer folds")
    places: npt.NDArray[np.int64] = np.random.Generator(np.random.PCG64(seed)).permutation(groups) % folds
    return places[group]


def areas_by_language(
    scores: npt.NDArray[np.float64], labels: npt.NDArray[np.bool_], languages: npt.NDArray[np.str_]
) -> dict[str, float | None]:
    """Areas under the curve of the lines of each language, sorted, and of "all"; None where only one label occurs."""
    found = {
        str(language): area_under_curve(scores[languages == language], labels[languages == language])
        for language in np.unique(languages)
    }
    return {**found, "all": area_under_curve(scores, labels)}


def _learn(rows: npt.NDArray[np.float32], labels: npt.NDArray[np.bool_], parameters: TreeParameters) -> TreeModel:
    from corpusmill.kernels.lines.columns import NAMES

    few = replace(parameters, min_data_in_leaf=min(parameters.min_data_in_leaf, max(1, len(labels) // 20)))
    return train_trees(rows, labels.astype(np.float32), None, few, NAMES)
