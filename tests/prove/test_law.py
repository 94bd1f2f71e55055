"""The law of filtering: fitted to losses that were made by it, and what is planned by it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from corpusmill.errors import InputRefused
from corpusmill.pipeline.prove.plan_filter import FilterPlan
from corpusmill.prove.law.fit import Point, fit
from corpusmill.prove.law.plan import plan
from corpusmill.prove.law.utility import Law, Utility, growths

LAW = Law((Utility(0.30, -0.30, 2.0), Utility(0.35, -0.22, 4.0), Utility(0.40, -0.12, 8.0)), 1.1)


def _points(law: Law, noise: float = 0.0, seeds: int = 3, tokens: tuple[float, ...] = (2.5e4, 5e4, 1e5, 2e5, 4e5, 8e5)):
    random = np.random.default_rng(1)
    return [
        Point(b, seed, n, 1e5, float(Law((own,), law.d).loss([1e5], np.array([n]))[0]) + noise * random.normal())
        for b, own in enumerate(law.buckets)
        for seed in range(seeds)
        for n in tokens
    ]


def test_the_formula_by_hand():
    """Two epochs of 4 units and a half: the second is worth half, the third a quarter."""
    law = Law((Utility(np.log(2.0), -0.5, 1.0),), 0.5)
    wanted = 2 * 4**-0.5 * 2 ** (-0.5 / 2) * (10 / 8) ** (-0.5 / 4) + 0.5
    assert law.loss([4e5], np.array([1e6]))[0] == pytest.approx(wanted)
    assert growths(1e6, 4e5) == pytest.approx([np.log(4), np.log(2), np.log(1.25)])


def test_without_worth_repetition_changes_nothing():
    law = Law((Utility(0.0, -0.5, 0.0),), 0.0)
    first, later = law.loss([4e5], np.array([4e5, 4e7]))
    assert first == later == pytest.approx(0.5)


def test_a_pool_is_between_its_buckets_and_repeats_later():
    both = LAW.loss([1e6, 1e6, 0], np.array([5e5, 1e7]))
    first = Law(LAW.buckets[:1], LAW.d).loss([1e6], np.array([5e5, 1e7]))
    second = Law(LAW.buckets[1:2], LAW.d).loss([1e6], np.array([5e5, 1e7]))
    assert first[0] < both[0] < second[0]
    assert both[1] < first[1], "the best bucket alone has been seen ten times by then"


def test_the_fit_recovers_the_law():
    found = fit(_points(LAW), 3)
    assert found.d == pytest.approx(1.1, abs=0.01)
    for own, wanted in zip(found.buckets, LAW.buckets, strict=True):
        assert own.b == pytest.approx(wanted.b, abs=0.01)
        assert own.tau == pytest.approx(wanted.tau, rel=0.15)
        assert own.log_a == pytest.approx(wanted.log_a, abs=0.02)


def test_noise_moves_it_little():
    found = fit(_points(LAW, noise=0.003), 3)
    assert [own.b for own in found.buckets] == pytest.approx([-0.30, -0.22, -0.12], abs=0.04)


def test_without_repetition_there_is_no_half_life():
    found = fit(_points(LAW, tokens=(1e4, 2e4, 4e4, 8e4)), 3)
    assert [own.tau for own in found.buckets] == [0.0, 0.0, 0.0]


def test_text_that_teaches_nothing_is_refused():
    flat = [Point(0, 0, n, 1e6, 2.0 + n / 1e6) for n in (1e4, 2e4, 4e4)]
    with pytest.raises(InputRefused, match="bucket 1: its loss does not fall"):
        fit(flat, 1)
    with pytest.raises(InputRefused, match="bucket 2 has losses at fewer than three"):
        fit(_points(Law(LAW.buckets[:1], 1.1)), 2)


def test_the_filter_is_strict_for_few_tokens_and_lenient_for_many():
    found = plan(_points(LAW, noise=0.002), [1e6, 1e6, 1e6], [1e6, 1e5, 1e8])
    assert [row.tokens for row in found.rows] == [1e5, 1e6, 1e8]
    assert found.rows[0].best == 1 and found.rows[-1].best > 1
    assert found.rows[-1].extrapolated and not found.rows[0].extrapolated
    assert found.rows[-1].epochs == pytest.approx(1e8 / (1e6 * found.rows[-1].best))
    for row in found.rows:
        assert all(low <= loss <= high for low, loss, high in zip(row.low, row.losses, row.high, strict=True))
        assert 0 <= row.sure <= 1
    assert 0.0005 < found.residual < 0.005


def test_the_same_runs_give_the_same_plan():
    points = _points(LAW, noise=0.01, seeds=2, tokens=(2.5e4, 5e4, 1e5))
    assert plan(points, [1e6] * 3, [1e6]) == plan(points, [1e6] * 3, [1e6])


@pytest.mark.parametrize(
    ("name", "budgets", "scale"),
    [
        ("../y", (1e6,), 1.0),
        ("report", (1e6,), 1.0),
        ("a", (math.inf,), 1.0),
        ("a", (math.nan,), 1.0),
        ("a", (1e6,), math.inf),
    ],
)
def test_plans_that_cannot_be_written_or_reckoned_are_mistakes(name: str, budgets: tuple[float, ...], scale: float):
    assert len(FilterPlan(name, "rps_doc_word_count", budgets, (), scale=scale).mistakes()) == 1
