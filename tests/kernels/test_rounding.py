"""round_decimals is Python's round."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.rounding import round_decimals


def assert_as_python(values: list[float], digits: int = 8) -> None:
    ours = round_decimals(np.array(values), digits).tolist()
    wrong = [
        (value, mine)
        for value, mine in zip(values, ours, strict=True)
        if mine != round(value, digits) or math.copysign(1, mine) != math.copysign(1, round(value, digits))
    ]
    assert wrong == []


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
@settings(max_examples=500, derandomize=True, deadline=None)
def test_any_float(values: list[float]) -> None:
    assert_as_python(values)


def test_ties_are_exact() -> None:
    assert_as_python([numerator / 2**power for power in range(1, 30) for numerator in range(-64, 64)])


def test_fractions_of_counts() -> None:
    assert_as_python([above / below for below in range(1, 300) for above in range(below + 1)])


def test_neighbours_of_halves() -> None:
    chance = random.Random(5)
    halves = [(chance.randrange(10**15) + 0.5) / 1e8 for _ in range(5000)]
    near = [[math.nextafter(half, 0), half, math.nextafter(half, math.inf), -half] for half in halves]
    assert_as_python([value for group in near for value in group])


@pytest.mark.parametrize("digits", range(9))
def test_other_digits(digits: int) -> None:
    assert_as_python([2.675, 1.005, 0.5, 1.5, 2.5, 1234567.891, 1e300, -0.0, 4503599627370495.5], digits)


def test_infinities_and_nan_stay() -> None:
    assert round_decimals(np.array([math.inf, -math.inf])).tolist() == [math.inf, -math.inf]
    assert math.isnan(round_decimals(np.array([math.nan]))[0])
