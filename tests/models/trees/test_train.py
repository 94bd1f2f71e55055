"""Training by LightGBM, where it is installed: its scores to the bit, the same file twice."""

from __future__ import annotations

import numpy as np
import pytest

from corpusmill.errors import InputRefused, ModelRefused, RecipeError
from corpusmill.models.trees.lightgbm import from_lightgbm
from corpusmill.models.trees.model import TreeModel
from corpusmill.models.trees.train import TreeParameters, train_trees

lightgbm = pytest.importorskip("lightgbm")
FEW = TreeParameters(trees=12, min_data_in_leaf=5)


def rows_and_labels(rows: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    features = rng.standard_normal((rows, 6)).astype(np.float32)
    features[:, 1] = np.floor(features[:, 1] * 3)  # thresholds between values that occur
    features[:, 2] = np.where(rng.random(rows) < 0.3, np.nan, features[:, 2])  # missing in training
    features[:, 3] = np.where(features[:, 3] > 1.5, np.inf, features[:, 3])
    hidden = features[:, 0] + features[:, 1] * 0.5 + np.isnan(features[:, 2]) + 0.3 * rng.standard_normal(rows)
    return features, (hidden > 0).astype(np.float32)


@pytest.mark.parametrize("leaves", [2, 31, 33, 64])
@pytest.mark.parametrize("objective", ["binary", "cross_entropy", "regression"])
def test_scores_are_those_of_lightgbm(leaves: int, objective: str):
    features, labels = rows_and_labels()
    parameters = TreeParameters(objective=objective, trees=8, num_leaves=leaves, min_data_in_leaf=5)
    booster = lightgbm.train(parameters.for_lightgbm(), lightgbm.Dataset(features, labels), 8)
    model = from_lightgbm(booster)
    asked = np.concatenate([features, np.full((1, 6), np.nan, np.float32), on_thresholds(model)])
    asked[:7, 0] = np.nan  # where training saw none
    asked[7:9] = [[np.inf] * 6, [-np.inf] * 6]
    expected = booster.predict(asked, raw_score=True).astype(np.float32)
    assert model.scores(asked).tobytes() == expected.tobytes()


def on_thresholds(model: TreeModel) -> np.ndarray:
    """Rows whose values are thresholds of the model, and the float32 next to them."""
    values = model.threshold[np.abs(model.threshold) < 1e38]
    rows = np.stack([values, np.nextafter(values, np.float32(np.inf)), np.nextafter(values, np.float32(-np.inf))])
    return np.repeat(rows.reshape(-1, 1), 6, axis=1)


def test_the_same_rows_give_the_same_file_and_another_seed_another():
    features, labels = rows_and_labels()
    drawn = TreeParameters(trees=5, min_data_in_leaf=5, feature_fraction=0.5, bagging_fraction=0.5)
    first = train_trees(features, labels, None, drawn)
    assert first.sha256 == train_trees(features.copy(), labels.copy(), None, drawn).sha256
    other = TreeParameters(trees=5, min_data_in_leaf=5, feature_fraction=0.5, bagging_fraction=0.5, seed=1)
    assert first.sha256 != train_trees(features, labels, None, other).sha256


def test_it_learns_and_names_its_features():
    features, labels = rows_and_labels()
    names = ["a", "b c", "d[e]", "ü", "f", "g"]
    model = train_trees(features, labels, None, FEW, names)
    assert model.feature_names == tuple(names) and len(model) == 12
    assert ((model.probabilities(features) > 0.5) == labels).mean() > 0.9


def test_weights_count():
    features = np.repeat(np.array([[0.0], [1.0]], np.float32), 100, axis=0)
    labels = np.tile(np.array([0, 1], np.float32), 100)
    weights = np.where(labels == (features[:, 0] > 0), 3, 1).astype(np.float32)
    low, high = train_trees(features, labels, weights, FEW).probabilities(np.array([[0], [1]], np.float32))
    assert low < 0.4 and high > 0.6


def test_one_leaf_where_nothing_can_be_told_apart():
    features = np.zeros((200, 1), np.float32)
    model = train_trees(features, (np.arange(200) < 50).astype(np.float32), None, FEW)
    assert len(model.feature) == 0
    assert model.probabilities(features[:2]).tolist() == pytest.approx([0.25, 0.25])


@pytest.mark.parametrize(
    ("features", "labels", "weights"),
    [
        (np.zeros((3, 2)), np.array([0.0, 1.0]), None),
        (np.zeros(3), np.array([0.0, 1.0, 1.0]), None),
        (np.zeros((2, 2)), np.array([1.0, 1.0]), None),
        (np.zeros((0, 2)), np.array([]), None),
        (np.zeros((2, 2)), np.array([0.0, np.nan]), None),
        (np.zeros((2, 2)), np.array([0.0, 1.0]), np.array([1.0, -1.0])),
        (np.zeros((2, 2)), np.array([0.0, 1.0]), np.array([1.0])),
    ],
)
def test_rows_that_cannot_be_learned_from_are_refused(features, labels, weights):
    with pytest.raises(InputRefused):
        train_trees(features.astype(np.float32), labels, weights, FEW)


def test_every_mistake_of_the_parameters_at_once():
    wrong = TreeParameters(objective="rank", trees=0, num_leaves=65, learning_rate=0, lambda_l2=float("nan"))
    with pytest.raises(RecipeError) as found:
        train_trees(np.zeros((2, 1), np.float32), np.array([0, 1], np.float32), None, wrong)
    assert len(found.value.mistakes) == 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_leaves": 200, "min_data_in_leaf": 2}, "more than 64 leaves"),
        ({"zero_as_missing": True}, "zero_as_missing"),
        ({"objective": "multiclass", "num_class": 2}, "several trees"),
        ({"boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1}, "mean"),
        ({"linear_tree": True, "objective": "regression"}, "linear"),
    ],
)
def test_boosters_that_are_no_sum_of_such_trees_are_refused(options, message):
    features, labels = rows_and_labels()
    if "linear_tree" in options:
        features[:, 2:4] = 0
    data = lightgbm.Dataset(features, labels)
    booster = lightgbm.train({**FEW.for_lightgbm(), **options}, data, 3)
    with pytest.raises(ModelRefused, match=message):
        from_lightgbm(booster)


def test_categories_are_refused():
    features = np.random.default_rng(0).integers(0, 4, (400, 1)).astype(np.float32)
    data = lightgbm.Dataset(features, (features[:, 0] % 2), categorical_feature=[0])
    booster = lightgbm.train(FEW.for_lightgbm(), data, 1)
    with pytest.raises(ModelRefused, match="=="):
        from_lightgbm(booster)
