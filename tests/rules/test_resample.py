"""Resampling by importance: the textbook's draw, exact ends, ties, nothing but seed and ids decides."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.rules.resample import RULE, ResampleParameters, Threshold, cut, disturbed
from corpusmill.rules.rule import Rule
from corpusmill.rules.ruleset import RuleSet
from corpusmill.rules.verdicts import passes, select


def ids(count: int) -> pa.Array:
    return pa.array([f"2024-22/0000/en_head.json.gz/{i}" for i in range(count)])


def keys_of(weights: Sequence[float | None], parameters: ResampleParameters) -> np.ndarray:
    return disturbed(ids(len(weights)), {"w": pa.array(weights, pa.float64())}, parameters)


def test_noise_is_gumbel_s():
    keys = keys_of([0.0] * 50_000, ResampleParameters("w", documents=1))
    uniform = np.sort(np.exp(-np.exp(-keys)))  # its distribution function makes it uniform
    expected = (np.arange(len(keys)) + 0.5) / len(keys)
    assert np.abs(uniform - expected).max() < 1.63 / math.sqrt(len(keys))  # Kolmogorov's test at 1 %
    assert abs(keys.mean() - np.euler_gamma) < 0.02


def test_noise_of_other_seeds_and_of_neighbouring_ids_is_unrelated():
    one, two = (keys_of([0.0] * 20_000, ResampleParameters("w", documents=1, seed=seed)) for seed in (0, 1))
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.03
    assert abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < 0.03


def test_chances_are_those_of_the_weights():
    """The first of the draw is document i with probability wᵢ / Σw."""
    weights = [1.0, 2.0, 3.0, 4.0]
    drawn = Counter(
        int(np.argmax(keys_of([math.log(w) for w in weights], ResampleParameters("w", documents=1, seed=seed))))
        for seed in range(20_000)
    )
    chi_square = sum((drawn[i] - 2000 * w) ** 2 / (2000 * w) for i, w in enumerate(weights))
    assert chi_square < 11.34  # three degrees of freedom, 1 %


def test_the_same_numbers_for_ever():
    found = keys_of([0.0, -5.0, None, 1e6], ResampleParameters("w", documents=1, seed=7))
    assert np.isnan(found[2])
    np.testing.assert_array_equal(found[[0, 1, 3]], [0.8697220756843792, -5.132049881300166, 999999.2911167925])


number = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0, 1.0, -1.0, 5e-324])


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(number, max_size=60), st.integers(0, 70), st.integers(1, 9))
def test_the_greatest_are_drawn_exactly(values: list[float], documents: int, size: int):
    keys = np.array(values)
    chunks = [keys[i : i + size] for i in range(0, len(keys), size)]
    found, ties = cut(lambda: iter(chunks), ResampleParameters("w", documents=documents))
    assert (found.eligible, found.drawn) == (len(keys), min(documents, len(keys)))
    assert (keys > found.least).sum() + ties == found.drawn
    assert ties <= (keys == found.least).sum()
    if found.drawn:
        assert found.least == np.sort(keys)[::-1][found.drawn - 1]


@pytest.mark.parametrize(("fraction", "eligible", "drawn"), [(0, 9, 0), (0.5, 9, 4), (1, 9, 9), (0.1, 9, 0)])
def test_fractions_are_rounded_down(fraction: float, eligible: int, drawn: int):
    found, _ = cut(lambda: iter([np.arange(eligible, dtype=float)]), ResampleParameters("w", fraction=fraction))
    assert found.drawn == drawn


def test_equal_keys_are_drawn_by_their_ids():
    threshold = Threshold(3, 2, 1.0, ("a",))
    assert threshold.draws(np.array([1.0, 2.0, 1.0]), pa.array(["a", "b", "c"])).tolist() == [True, True, False]


def test_a_greater_sample_holds_the_smaller():
    keys = keys_of(list(np.linspace(-3, 3, 1000)), ResampleParameters("w", documents=1))
    small, large = (cut(lambda: iter([keys]), ResampleParameters("w", documents=n))[0].least for n in (100, 300))
    assert set(np.flatnonzero(keys >= small)) < set(np.flatnonzero(keys >= large))


def test_verdicts_say_key_and_threshold_and_come_after_the_rules():
    columns = {"w": pa.array([5.0, None, 1.0, 9.0]), "words": pa.array([60, 60, 60, 1])}
    rules = RuleSet((Rule("words", "words", min=50),))
    parameters = ResampleParameters("w", documents=1)
    assert passes(rules, columns, {}, {}, 4).tolist() == [True, True, True, False]
    keys = disturbed(ids(4), columns, parameters)
    least = keys[0]
    assert least > keys[2]
    rows = select(
        ids(4), columns, rules, {}, {}, (parameters, Threshold(2, 1, float(least), ("2024-22/0000/en_head.json.gz/0",)))
    )
    failed = [[(f["rule"], f["value"], f["threshold"]) for f in row["failed"]] for row in rows.to_pylist()]
    assert failed[0] == []
    assert failed[2] == [(RULE, keys[2], least)]
    assert failed[1] == [(RULE, None, None)]
    assert failed[3] == [("words", 1.0, 50.0)]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        (ResampleParameters("w"), "either documents or fraction"),
        (ResampleParameters("w", documents=1, fraction=0.5), "either documents or fraction"),
        (ResampleParameters("w", documents=-1), "resample.documents -1"),
        (ResampleParameters("w", fraction=1.5), "resample.fraction 1.5"),
        (ResampleParameters("w", fraction=0.5, seed=-1), "resample.seed -1"),
        (ResampleParameters("w +", fraction=0.5), "resample.value"),
    ],
)
def test_mistakes(parameters: ResampleParameters, said: str):
    (mistake,) = parameters.mistakes()
    assert said in mistake
