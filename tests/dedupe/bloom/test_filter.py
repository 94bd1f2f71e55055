"""Rates as calculated and as measured, and what a filter says of itself when it is overfull."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.dedupe.bloom.filter import BloomFilter, percent
from corpusmill.dedupe.bloom.parameters import BloomParameters
from corpusmill.dedupe.bloom.rates import MOST_BLOCKS, Shape, classic_bits, expected_rate, least_shape

KEYS = np.random.default_rng(11).integers(0, 2**64 - 1, (700_000, 2), np.uint64, endpoint=True)
KNOWN, NEW = KEYS[:200_000], KEYS[200_000:]


@pytest.mark.parametrize("error_rate", [0.2, 0.05, 0.01, 0.001])
@pytest.mark.parametrize("fill", [0.5, 1, 2, 10])
def test_rates_are_those_measured(error_rate: float, fill: float):
    capacity = int(len(KNOWN) / fill)
    filter_ = BloomFilter(BloomParameters(capacity, error_rate), "x")
    filter_.add(KNOWN)
    expected = filter_.parameters.expected_rate(len(KNOWN))
    measured = filter_.contains(NEW).mean()
    noise = 5 * (expected / len(NEW)) ** 0.5
    assert abs(measured - expected) < noise + 0.03 * expected
    assert abs(filter_.real_rate() - expected) < 0.04 * expected
    assert abs(filter_.held() - len(KNOWN)) < 0.01 * len(KNOWN) + 1
    assert (expected <= error_rate * 1.000001) == (fill <= 1)


def test_the_classic_formula_promises_too_much():
    """The same bits, its number of probes: what it calls 1 % is 1.17 %."""
    blocks = round(1_000_000 * classic_bits(0.01) / 512)
    assert 0.0115 < expected_rate(1_000_000, Shape(blocks, 7)) < 0.0120


@pytest.mark.parametrize("error_rate", [0.25, 0.01, 1e-5, 1e-10, 1e-15])
@pytest.mark.parametrize("capacity", [1, 1000, 10**6, 10**9])
def test_sizes_are_the_least(capacity: int, error_rate: float):
    shape = least_shape(capacity, error_rate)
    assert expected_rate(capacity, shape) <= error_rate * 1.000001
    if shape.blocks > 2 and shape.blocks <= MOST_BLOCKS:
        fewer = int(shape.blocks * (1 - 1e-6) - 1)
        assert all(expected_rate(capacity, Shape(fewer, k)) > error_rate for k in range(1, 33))


@settings(derandomize=True, max_examples=50, deadline=None)
@given(st.floats(1, 1e5), st.integers(1, 32))
def test_rates_rise_with_keys(keys: float, probes: int):
    shape = Shape(100, probes)
    assert 0 <= expected_rate(keys, shape) <= expected_rate(keys * 1.5, shape) * (1 + 1e-9) <= 1 + 1e-9
    assert expected_rate(0, shape) == 0


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        (BloomParameters(0), "capacity 0: wanted 1 or more"),
        (BloomParameters(-5), "capacity -5"),
        (BloomParameters(10, 0.0), "error rate 0: wanted 1e-15 to 0.25"),
        (BloomParameters(10, 0.9), "error rate 0.9"),
        (BloomParameters(10, float("nan")), "error rate nan"),
        (BloomParameters(10**14), "takes more than 256 GiB"),
    ],
)
def test_mistakes(parameters: BloomParameters, said: str):
    assert said in "\n".join(parameters.mistakes())


def test_an_overfull_filter_names_its_real_rate():
    made = BloomParameters(1000, 0.01)
    assert made.mistakes() == []
    filter_ = BloomFilter(made, "digest")
    filter_.add(KEYS[:1000])
    assert filter_.warning("documents") is None
    assert not filter_.is_refused()
    filter_.add(KEYS[:1000])
    assert filter_.added <= 1000, "keys that are there do not count"
    filter_.add(KEYS[1000:3000])
    rate, held = filter_.real_rate(), filter_.held()
    assert 0.25 < rate < 0.3
    assert abs(held - 3000) < 60
    said = filter_.warning("documents")
    assert said == (
        f"the filter holds {held:,} keys, was made for 1,000: of new documents {100 * rate:.2g} % would be called "
        f"duplicates by mistake, not 1 %; make it with --capacity {held}"
    )
    half = filter_.warning("paragraphs", 0.5) or ""
    assert "of new paragraphs" in half
    assert half.endswith(f"--capacity {2 * held}")
    assert filter_.is_refused()


@pytest.mark.parametrize(
    ("error_rate", "refused"), [(1e-15, 0.05), (0.001, 0.05), (0.01, 0.1), (0.04, 0.4), (0.1, 0.5), (0.25, 0.5)]
)
def test_the_rate_beyond_which_nothing_is_marked(error_rate: float, refused: float):
    assert BloomParameters(10, error_rate).refused_rate == pytest.approx(refused)


def test_a_filter_whose_bits_are_all_set():
    filter_ = BloomFilter(BloomParameters(1), "x")
    filter_.add(KEYS[:20_000])
    assert filter_.real_rate() == 1
    assert filter_.held() == filter_.added
    assert "100 %" in (filter_.warning("documents") or "")


def test_percent():
    assert [percent(rate) for rate in (0.4123, 0.01, 0.0117, 1e-7, 0.996)] == ["41", "1", "1.2", "1e-05", "99.6"]
