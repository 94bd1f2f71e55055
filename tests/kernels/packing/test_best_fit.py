"""Best-fit packing against plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.packing import best_fit, nonnegative
from corpusmill.kernels.packing import reference as reference_packing


def packed(lengths, capacity):
    packs = np.empty(len(lengths), np.int64)
    made = best_fit.best_fit(np.array(lengths, np.int64), capacity, packs)
    assert made == packs.max(initial=-1) + 1
    return packs.tolist()


@st.composite
def lengths_and_capacity(draw):
    capacity = draw(st.sampled_from([1, 2, 3, 7, 8, 9, 64, 100, 4097]))
    return draw(st.lists(st.integers(1, capacity), max_size=60)), capacity


@settings(derandomize=True, max_examples=300, deadline=None)
@given(lengths_and_capacity())
def test_as_the_oracle_packs(given_):
    lengths, capacity = given_
    assert packed(lengths, capacity) == reference_packing.best_fit(lengths, capacity)


@pytest.mark.parametrize("capacity", [31, 32, 33, 1000])
def test_as_the_oracle_packs_many(capacity):
    lengths = np.random.default_rng(capacity).integers(1, capacity + 1, 700).tolist()
    for order in (lengths, sorted(lengths, reverse=True)):
        assert packed(order, capacity) == reference_packing.best_fit(order, capacity)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    columns=st.lists(st.tuples(*[st.integers(0, 6)] * 3).filter(any), min_size=1, max_size=12, unique=True),
    wanted=st.lists(st.integers(0, 20), min_size=6, max_size=6),
    light=st.floats(0.1, 1),
)
def test_no_other_nonnegative_solution_is_nearer(columns, wanted, light):
    """The conditions of Karush, Kuhn and Tucker: no slope where x > 0, none downward where x = 0."""
    ways, target = np.array(columns, np.int32), np.array([0, *wanted], np.float64)
    weights = np.array([1, light, 1, 1, light, 1, 1.0])
    residual, solution = target.copy(), np.zeros(len(columns))
    nonnegative.descend(ways, weights, residual, solution, 200_000, 1e-10)
    matrix = np.zeros((7, len(columns)))
    for column, way in enumerate(columns):
        for number in way:
            matrix[number, column] += number > 0
    slope = matrix.T @ (weights * (matrix @ solution - target))
    assert (solution >= 0).all()
    assert (slope > -1e-5).all()
    assert (np.abs(slope[solution > 1e-5]) < 1e-5).all()
    assert np.allclose(residual, target - matrix @ solution)
