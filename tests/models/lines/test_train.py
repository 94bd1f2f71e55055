"""Line models trained on lines of our own making: they learn, repeat themselves, and are measured on what is apart."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from corpusmill.batch import TextBatch
from corpusmill.errors import InputRefused, ModelRefused, RecipeError, RunRefused
from corpusmill.models.card import Card, finish, read_card
from corpusmill.models.lines.labels import LabelledDocument
from corpusmill.models.lines.model import KIND, TREES, line_scores, load_line_model
from corpusmill.models.lines.train import LINE_TREES, LineParameters, folds_of, scores_apart, train_lines
from corpusmill.models.trees.train import TreeParameters, train_trees
from tests.models.lines.synthetic import documents

pytest.importorskip("lightgbm")
FEW = LineParameters(dataclasses.replace(LINE_TREES, trees=20, learning_rate=0.2), folds=3)


def test_it_learns_and_writes_the_same_twice(tmp_path: Path):
    labelled = documents(60)
    one = train_lines(labelled, FEW, tmp_path / "one", {"labels.jsonl": "0" * 64})
    train_lines(labelled, FEW, tmp_path / "two", {"labels.jsonl": "0" * 64})
    for name in (TREES, "model.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert one.documents == 60 and 0 < one.kept < one.lines
    assert sorted(one.areas) == ["all", "xx", "yy"] and all(area > 0.99 for area in one.areas.values())
    assert read_card(tmp_path / "one", KIND).parameters["areas"] == one.areas

    scores = line_scores(
        load_line_model(tmp_path / "one"),
        TextBatch(pa.array(["Home | News 3\n\nThe old bridge of the town was under water in the evening rain."])),
    )
    assert scores[0] < 0.3 and np.isnan(scores[1]) and scores[2] > 0.7
    assert scores[0] == np.float32(round(float(scores[0]), 4))


def test_folds_keep_groups_together():
    shared = "This line stands on every page of the site."
    pages = [*documents(20), *(LabelledDocument((shared, f"page {i}"), (False, True)) for i in range(10))]
    folds = folds_of(pages, 4, seed=0)
    assert set(folds) == {0, 1, 2, 3} and len(set(folds[20:])) == 1
    assert folds.tolist() != folds_of(pages, 4, seed=1).tolist()


def test_no_line_is_scored_by_a_model_that_saw_its_group():
    """Labels drawn by chance can be learned by heart alone: apart, nothing is known of them."""
    draw = np.random.default_rng(0)
    pages = []
    for number in range(40):
        words = draw.choice(["a", "bc", "def", "Ghij"], 6)
        line = f"{' '.join(words)} x{number}"
        pages += [
            LabelledDocument((line, f"{line} again"), (bool(label), bool(label))) for label in [draw.random() < 0.5]
        ]
    parameters = LineParameters(dataclasses.replace(FEW.trees, trees=50), folds=4)
    scores = scores_apart([*pages, *pages], parameters)  # every page twice: groups of two
    labels = np.array([label for page in [*pages, *pages] for label in page.labels])
    from corpusmill.models.fasttext.classifier import area_under_curve

    assert area_under_curve(scores, labels) < 0.75
    assert scores[: len(scores) // 2].tolist() == scores[len(scores) // 2 :].tolist()


def test_without_folds_nothing_is_measured(tmp_path: Path):
    assert train_lines(documents(8), dataclasses.replace(FEW, folds=0), tmp_path / "model", {}).areas == {}


def test_refusals(tmp_path: Path):
    with pytest.raises(InputRefused, match="no labelled document"):
        train_lines([], FEW, tmp_path / "model", {})
    with pytest.raises(InputRefused, match="groups of documents"):
        train_lines(documents(2), FEW, tmp_path / "model", {})
    with pytest.raises(InputRefused, match="all the same"):
        train_lines([LabelledDocument(("a", "b"), (True, True))], dataclasses.replace(FEW, folds=0), tmp_path / "m", {})
    with pytest.raises(RecipeError, match="folds 1"):
        train_lines(documents(9), LineParameters(TreeParameters(trees=0), folds=1), tmp_path / "model", {})
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").write_text("else")
    with pytest.raises(RunRefused):
        train_lines(documents(9), FEW, tmp_path / "full", {})
    assert not (tmp_path / "model").exists()


def test_models_that_are_not_the_recorded_ones_or_ask_for_other_features(tmp_path: Path):
    train_lines(documents(9), dataclasses.replace(FEW, folds=0), tmp_path / "model", {})
    with (tmp_path / "model" / TREES).open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelRefused, match="sha256"):
        load_line_model(tmp_path / "model")
    other = tmp_path / "other"
    other.mkdir()
    rows = np.array([[0.0], [1.0]] * 20, np.float32)
    train_trees(rows, rows[:, 0], None, TreeParameters(trees=1, min_data_in_leaf=1), ["height"]).save(other / TREES)
    finish(other, Card(KIND, 1, {}, {}, {TREES: ""}))
    with pytest.raises(ModelRefused, match="other features"):
        load_line_model(other)
