"""Bins and samples: every document is in exactly one bar, whatever the values are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.report.bins import BINS, distinct, histogram, quantile
from corpusmill.report.sample import _every


@settings(derandomize=True, max_examples=200)
@given(values=st.lists(st.floats(), max_size=200), seed=st.integers(0, 9))
def test_every_value_is_in_one_bar(values, seed):
    array = np.array(values, np.float64)
    keep = np.random.default_rng(seed).random(array.size) < 0.5
    finite = np.isfinite(array)
    found = histogram(array, keep)
    if not finite.any():
        assert found is None
        return
    assert sum(found.kept) == int((finite & keep).sum())
    assert sum(found.dropped) == int((finite & ~keep).sum())
    assert found.documents + found.missing == array.size
    assert len(found.kept) == len(found.dropped) <= BINS


@settings(derandomize=True, max_examples=200)
@given(
    values=st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=50),
    fraction=st.sampled_from([0.005, 0.5, 0.995, 0.0, 1.0]),
)
def test_quantiles_and_distinct_values_are_those_of_numpy(values, fraction):
    ordered = np.sort(values)
    assert quantile(ordered, fraction) == np.quantile(values, fraction)
    assert distinct(ordered).tolist() == np.unique(values).tolist()


def test_of_no_values_none_is_distinct():
    assert distinct(np.zeros(0)).tolist() == []


def test_few_whole_numbers_get_a_bar_each():
    found = histogram(np.array([2.0, 2, 3, 5]), None)
    assert (found.kept, found.low, found.high, found.axis) == ([2, 1, 0, 1], 2, 5, "each value")


def test_skewed_values_get_a_logarithmic_axis():
    random = np.random.default_rng(1)
    assert histogram(random.lognormal(6, 2, 5_000), None).axis == "logarithmic"
    assert histogram(random.normal(5, 1, 5_000), None).axis == "linear"
    assert histogram(-random.lognormal(6, 2, 5_000), None).axis == "linear"


def test_one_outlier_does_not_flatten_the_others():
    found = histogram(np.append(np.linspace(0, 1, 10_000), 1e12), None)
    assert found.high < 2
    assert found.above == 50
    assert min(found.kept) > 200


@pytest.mark.parametrize("step", [1, 2, 7, 100])
def test_every_kth_row_does_not_depend_on_the_batches(step):
    rows = np.arange(95)
    target = np.full(-(-95 // step), -1)
    for first, last in ((0, 10), (10, 11), (11, 60), (60, 60), (60, 95)):
        taken, place = _every(step, first, last - first)
        target[place] = rows[first:last][taken]
    assert target.tolist() == rows[::step].tolist()
