"""Blame, yield curves and Pareto fronts against counting one document at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from corpusmill.rules.blame import alarms, blame, candidate_thresholds, pareto, yield_curve

FAILS = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=12))


@settings(derandomize=True)
@given(fails=FAILS, seed=st.integers(0, 99))
def test_blame_equals_counting_without_each_rule(fails, seed):
    rules = [f"r{number}" for number in range(len(fails))]
    weights = np.random.default_rng(seed).integers(0, 50, fails.shape[1]).astype(float)
    found = blame(rules, fails, weights)
    kept = ~fails.any(axis=0)
    assert (found.documents, found.kept) == (fails.shape[1], kept.sum())
    assert (found.weight, found.weight_kept) == (weights.sum(), weights[kept].sum())
    for number, row in enumerate(fails):
        without = ~np.delete(fails, number, axis=0).any(axis=0)
        assert found.drops[number] == row.sum()
        assert found.alone[number] == without.sum() - kept.sum()
        assert found.weight_alone[number] == weights[without].sum() - weights[kept].sum()
        assert found.overlap[number].tolist() == [(row & other).sum() for other in fails]
    assert set(found.useless) == {rule for rule, n in zip(rules, found.alone, strict=True) if n == 0}


@settings(derandomize=True)
@given(fails=FAILS, data=st.data())
def test_parts_add_up_to_the_whole(fails, data):
    cut = data.draw(st.integers(0, fails.shape[1]))
    rules = [str(number) for number in range(len(fails))]
    whole, sum_ = blame(rules, fails), blame(rules, fails[:, :cut]) + blame(rules, fails[:, cut:])
    assert (sum_.documents, sum_.kept, sum_.weight_kept) == (whole.documents, whole.kept, whole.weight_kept)
    assert (sum_.drops == whole.drops).all() and (sum_.alone == whole.alone).all()
    assert (sum_.overlap == whole.overlap).all()


def test_blame_of_other_rules_does_not_add_up():
    with pytest.raises(ValueError, match="do not add up"):
        blame(["a"], np.zeros((1, 2), bool)) + blame(["b"], np.zeros((1, 2), bool))


VALUES = st.lists(st.one_of(st.integers(-5, 5).map(float), st.just(float("nan")), st.just(float("inf"))), max_size=30)


@settings(derandomize=True)
@given(values=VALUES, side=st.sampled_from(["min", "max"]), pass_missing=st.booleans(), seed=st.integers(0, 99))
def test_a_curve_equals_applying_each_threshold(values, side, pass_missing, seed):
    random = np.random.default_rng(seed)
    values = np.array(values, np.float64)
    others, weights = random.random(len(values)) < 0.7, random.integers(0, 9, len(values)).astype(float)
    thresholds = np.array([-7.0, -1.5, 0.0, 2.0, 9.0])
    curve = yield_curve(values, others, side, thresholds, weights, pass_missing)
    for threshold, documents, weight in zip(*curve, strict=True):
        inside = values >= threshold if side == "min" else values <= threshold
        kept = others & (inside | (np.isnan(values) & pass_missing))
        assert (documents, weight) == (kept.sum(), weights[kept].sum())


def test_candidates_are_values_that_occur():
    values = np.array([3.0, 1, 2, np.nan, np.inf, 1])
    assert candidate_thresholds(values).tolist() == [1, 2, 3]
    many = candidate_thresholds(np.arange(1000.0), 7)
    assert len(many) == 7 and {0.0, 999.0} <= set(many)


@pytest.mark.parametrize("side", ["above", ""])
def test_a_curve_has_two_sides(side):
    with pytest.raises(ValueError, match="wanted min or max"):
        yield_curve(np.zeros(1), np.ones(1, bool), side)


@settings(derandomize=True)
@given(scores=VALUES, seed=st.integers(0, 99))
def test_points_of_a_front_are_thresholds_and_beat_one_another_in_one_thing_only(scores, seed):
    scores = np.array(scores, np.float64)
    weights = np.random.default_rng(seed).integers(0, 9, len(scores)).astype(float)
    front = pareto(scores, weights)
    for score, weight, mean in zip(*front, strict=True):
        kept = np.isfinite(scores) & (scores >= score)
        assert weight == weights[kept].sum()
        assert mean == pytest.approx((scores[kept] * weights[kept]).sum() / weight)
    assert (np.diff(front.weights) >= 0).all() and (np.diff(front.means) <= 1e-9).all()


def test_alarms_need_enough_documents():
    groups = {"a": (100, 51), "b": (100, 50), "c": (19, 19), "d": (1000, 900)}
    assert [alarm.group for alarm in alarms(groups, 0.5)] == ["d", "a"]
