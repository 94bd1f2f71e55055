"""Verdicts against tables made by hand, and against the distributions that they claim."""

from __future__ import annotations

import math

import numpy as np
import pytest

from corpusmill.prove.results import result
from corpusmill.prove.statistics import holm, t_beyond, t_quantile
from corpusmill.prove.tasks.score import ACCURACY, BITS, Measured
from corpusmill.prove.verdict import compare_means, compare_sets


@pytest.mark.parametrize(
    ("t", "freedom", "probability"),
    [(12.706, 1, 0.05), (4.303, 2, 0.05), (2.571, 5, 0.05), (2.228, 10, 0.05), (9.925, 2, 0.01), (1.0, 3, 0.391)],
)
def test_students_t_as_tables_have_it(t: float, freedom: float, probability: float):
    assert t_beyond(t, freedom) == pytest.approx(probability, abs=6e-4)
    assert t_beyond(-t, freedom) == t_beyond(t, freedom)
    assert t_quantile(t_beyond(t, freedom), freedom) == pytest.approx(t, rel=1e-6)


def test_holm_corrects_for_how_many_there_are():
    assert holm([0.02, 0.5, 0.01]) == pytest.approx([0.04, 0.5, 0.03])
    assert holm([0.9]) == [0.9]


def test_a_table_made_by_hand():
    """Seeds differ by 0.1 bits per byte around a difference of 0.5; items do not differ: the noise is that of seeds."""
    weights = np.array([10.0, 10.0])
    a = np.array([[20.0, 20.0], [21.0, 21.0], [22.0, 22.0]])
    b = a + np.array([[4.0], [5.0], [6.0]])  # per byte: 0.4, 0.5, 0.6
    (found,) = compare_sets(["x"], BITS, {"x": {"a": a, "b": b}}, {"x": weights})
    half = 4.3027 * 0.1 / math.sqrt(3)
    assert (found.better, found.worse, found.seeds) == ("a", "b", 3)
    assert found.difference == pytest.approx(0.5)
    assert (found.low, found.high) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-4)
    assert found.probability == pytest.approx(t_beyond(0.5 / (0.1 / math.sqrt(3)), 2))
    assert found.sentence() == (
        "a is better than b by 0.5000 bits per byte (95 % interval 0.2516 to 0.7484, 3 seeds); larger than the noise"
    )


def test_noise_between_items_counts_too():
    weights = np.ones(4)
    a, b = np.zeros((2, 4)), np.tile([1.0, 3.0, 1.0, 3.0], (2, 1))
    (found,) = compare_sets(["x"], BITS, {"x": {"a": a, "b": b}}, {"x": weights})
    error = math.sqrt(np.var([1, 3, 1, 3], ddof=1) / 4)
    assert found.high - found.difference == pytest.approx(t_quantile(0.05, 3) * error)


def test_what_both_find_hard_is_no_noise():
    """Paired: items and seeds of very different difficulty, the same for both selections."""
    rng = np.random.default_rng(1)
    shared = 5 + 3 * rng.normal(size=(3, 50)) + rng.normal(size=(3, 1))
    values = {"a": shared, "b": shared + 0.01 + 0.001 * rng.normal(size=(3, 50))}
    (found,) = compare_sets(["x"], BITS, {"x": values}, {"x": np.ones(50)})
    assert found.decided and found.better == "a"


def test_of_accuracy_more_is_better():
    values = {"a": np.zeros((3, 200)), "b": np.ones((3, 200))}
    (found,) = compare_sets(["x"], ACCURACY, {"x": values}, {"x": np.ones(200)})
    assert found.better == "b" and found.decided and "of accuracy" in found.sentence()


def test_no_difference_is_called_none():
    rng = np.random.default_rng(2)
    values = {name: rng.normal(size=(3, 40)) for name in "ab"}
    (found,) = compare_sets(["x"], BITS, {"x": values}, {"x": np.ones(40)})
    assert not found.decided and found.low < 0 < found.high
    assert "no difference that could be told from noise" in found.sentence()
    same = dict.fromkeys("ab", values["a"])
    (found,) = compare_sets(["x"], BITS, {"x": same}, {"x": np.ones(40)})
    assert found.probability == 1 and found.seeds_needed is None


def test_seeds_needed_are_enough():
    """Were there so many seeds, a difference of this size would be found; with one less it would not be planned for."""
    rng = np.random.default_rng(3)
    a = rng.normal(size=(3, 1)) + np.zeros((3, 2000))
    b = rng.normal(size=(3, 1)) + 1.2 + np.zeros((3, 2000))
    (found,) = compare_sets(["x"], BITS, {"x": {"a": a, "b": b}}, {"x": np.ones(2000)})
    assert not found.decided and found.seeds_needed is not None
    deviation = (a - b)[:, 0].std(ddof=1)

    def reach(seeds: int) -> float:
        return (t_quantile(0.05, seeds - 1) + 0.8416) * deviation / math.sqrt(seeds)

    assert reach(found.seeds_needed) <= found.difference < reach(found.seeds_needed - 1)


def test_false_alarms_are_as_rare_as_promised():
    """Seed and item noise, no true difference: about one interval in twenty misses 0."""
    rng = np.random.default_rng(4)
    missed = 0
    for _ in range(400):
        d = rng.normal(size=(3, 1)) * 0.5 + rng.normal(size=(1, 30)) * 2 + rng.normal(size=(3, 30))
        (found,) = compare_sets(["x"], BITS, {"x": {"a": np.zeros((3, 30)), "b": d}}, {"x": np.ones(30)})
        missed += found.decided
    assert 2 <= missed <= 28  # of 20 expected, or fewer: the noise that seed and item share is counted twice


def test_languages_count_alike_in_the_mean():
    values = {
        "reference/de": {"a": np.full((2, 5), 1.0), "b": np.full((2, 5), 3.0)},
        "reference/en": {"a": np.full((2, 500), 1.0), "b": np.full((2, 500), 1.0)},
    }
    (found,) = compare_means(values, {"reference/de": np.ones(5), "reference/en": np.ones(500)})
    assert found.difference == pytest.approx(1.0) and found.better == "a"


def test_a_result_has_a_row_a_set_and_verdicts_on_the_mean():
    rng = np.random.default_rng(5)

    def measured(worse: float) -> list[Measured]:
        bytes_ = np.full(20, 100.0)
        bits = 200 + rng.normal(size=20) + worse * 100
        return [
            Measured("reference/de", BITS, bits, bytes_),
            Measured("reference/en", BITS, bits, bytes_),
            Measured("blimp", ACCURACY, np.ones(20), np.ones(20)),
        ]

    cells = {(name, seed): measured(worse) for name, worse in (("good", 0.0), ("bad", 1.0)) for seed in range(3)}
    found = result(cells, ["good", "bad"], 3)
    assert [row["name"] for row in found["sets"]] == ["mean of languages", "reference/de", "reference/en", "blimp"]
    assert found["sets"][0]["selections"]["bad"]["mean"] == pytest.approx(3.0, abs=0.01)
    assert len(found["verdicts"]) == 1 and found["verdicts"][0].startswith("good is better than bad by 1.0")
    assert {each["name"] for each in found["comparisons"]} == {row["name"] for row in found["sets"]}


def test_one_item_says_nothing_of_how_items_vary():
    """Its residual is 0 but for rounding, and no degree of freedom is left to divide by."""
    for seed in range(50):
        a, b = np.random.default_rng(seed).random((2, 3, 1))
        weights = {"en": np.array([7.3])}
        (found,) = compare_sets(["en"], BITS, {"en": {"a": a, "b": b}}, weights)
        assert math.isfinite(found.low) and math.isfinite(found.high) and found.low < found.high
