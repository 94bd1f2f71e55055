"""Rank codes part documents exactly as the values do, at every border and at every limit of a recipe."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.report.payload.codes import MOST_CODES, encode, passing, positions
from corpusmill.rules.rule import Rule

NUMBERS = st.one_of(
    st.integers(-3, 12).map(float),
    st.floats(-2, 2),
    st.floats(allow_nan=False),
    st.sampled_from([0.1, 0.2, 0.30000000000000004, 1e-300, -0.0, math.inf, -math.inf]),
)
VALUES = st.lists(st.one_of(NUMBERS, st.just(math.nan)), max_size=60)
LIMIT = st.one_of(st.none(), st.integers(-3, 12).map(float), st.floats(-2, 2), st.just(0.1))


def keeps(rule: Rule, values: np.ndarray) -> np.ndarray:
    return ~rule.verdict({"x": pa.array(values, pa.float64())}, len(values))[0]


@settings(derandomize=True, max_examples=300)
@given(values=VALUES, limits=st.lists(st.tuples(LIMIT, LIMIT, LIMIT, LIMIT), max_size=4), missing=st.booleans())
def test_positions_give_the_verdicts_of_the_rules(values, limits, missing):
    values = np.array(values, np.float64)
    rules = [
        Rule(f"r{n}", "x", min=a, max=b, above=c, below=d, pass_missing=missing)
        for n, (a, b, c, d) in enumerate(limits)
        if any(limit is not None for limit in (a, b, c, d))
    ]
    coded = encode(values, rules)
    for rule in rules:
        assert (passing(coded, *positions(coded, rule), missing) == keeps(rule, values)).all(), rule


def check_borders(values):
    coded = encode(values)
    ranges = coded.starts.size
    assert len(coded.least) == len(coded.most) == ranges + 1 and ranges <= MOST_CODES
    present = ~np.isnan(values)
    for border in range(ranges + 1):
        least, most = coded.least[border], coded.most[border]
        if least is not None:
            assert ((coded.codes > border) == (present & (values >= least))).all(), (border, least)
        if most is not None:
            assert ((coded.codes <= border) & present == (present & (values <= most))).all(), (border, most)


@settings(derandomize=True, max_examples=300)
@given(values=VALUES)
def test_every_border_is_a_threshold(values):
    check_borders(np.array(values, np.float64))


@pytest.mark.parametrize("kind", ["lognormal", "integers", "fractions", "constant", "huge"])
def test_every_border_of_many_values_is_a_threshold(kind):
    random = np.random.default_rng(5)
    values = {
        "lognormal": random.lognormal(5, 2, 20_000),
        "integers": random.lognormal(5, 2, 20_000).astype(np.int64).astype(np.float64),
        "fractions": np.where(random.random(20_000) < 0.9, 0, random.random(20_000)),
        "constant": np.full(20_000, 0.7),
        "huge": random.random(20_000) * 1e308,
    }[kind]
    values[::11] = np.nan
    check_borders(values)


def test_thresholds_are_short_where_values_leave_room():
    coded = encode(np.array([0.1234567, 0.5111111, 0.8999999]))
    assert coded.least == [0.1, 0.5, 0.8, None]
    assert coded.most == [None, 0.2, 0.6, 0.9]


def test_a_present_limit_is_shown_as_it_is():
    values = np.array([0.1, 7.0, 49.0, 51.0, 300.0])
    rule = Rule("words", "x", min=50, max=299.5)
    coded = encode(values, [rule])
    low, high = positions(coded, rule)
    assert coded.least[low - 1] == 50 and coded.most[high] == 299.5


def test_no_value_at_all():
    coded = encode(np.full(3, np.nan), [Rule("r", "x", min=1)])
    assert coded.codes.tolist() == [0, 0, 0] and coded.bars is None
    assert not passing(coded, *positions(coded, Rule("r", "x", min=1)), False).any()
