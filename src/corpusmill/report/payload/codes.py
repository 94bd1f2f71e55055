"""Values as rank codes of one byte: a sample of 50,000 documents by 50 signals is then 2.5 MB.

Code 0 is a missing value; code c from 1 is the c-th of at most 255 neighbouring ranges. A threshold between two ranges
parts the sample as it parts the values: `Coded.least[b]` keeps exactly the codes above b as a rule's `min`, and
`Coded.most[b]` exactly the codes up to b as its `max`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.report.bins import BINS, Histogram, distinct, histogram
from corpusmill.rules.rule import Rule

MOST_CODES = 255
_QUANTILES = 180  # the rest is for thresholds and the edges of bars

# Rounding to one significant digit, to two, and so on.
_UP, _DOWN = ([Context(digits, way) for digits in range(1, 18)] for way in (ROUND_CEILING, ROUND_FLOOR))

Values = npt.NDArray[np.float64]


class Coded(NamedTuple):
    """Codes of one value a document, and what the borders between them mean."""

    codes: npt.NDArray[np.uint8]
    starts: Values  # least value of each range, ascending
    least: list[float | None]  # of each border, from below the first range to above the last
    most: list[float | None]
    bars: Histogram | None  # how a histogram of them is drawn


def encode(values: Values, rules: Sequence[Rule] = ()) -> Coded:
    """Codes of `values` (NaN: missing), exact for the limits of all `rules`."""
    present = ~np.isnan(values)
    ordered = np.sort(values[present])
    once = distinct(ordered)
    if not once.size:
        return Coded(np.zeros(values.size, np.uint8), once, [None], [None], None)
    bars = histogram(values, None)
    limits = sorted({limit for rule in rules for limit, _ in _limits(rule)})
    wanted = [once[:1], _starts(once, limits), _after(once, limits)]
    if once.size <= _QUANTILES:
        wanted.append(once)
    else:
        wanted.append(ordered[np.linspace(0, ordered.size - 1, _QUANTILES).astype(np.int64)])
        wanted.append(_starts(once, _edges(bars)))
    starts = once[:1]
    for found in wanted:  # the limits first: they are never left out unless there are more than codes
        starts = distinct(np.sort(np.concatenate([starts, found[: MOST_CODES - starts.size]])))[:MOST_CODES]
    codes = np.zeros(values.size, np.uint8)
    codes[present] = np.searchsorted(starts, values[present], "right")
    ends = once[np.searchsorted(once, starts[1:], "left") - 1]  # greatest value before each later range
    least: list[float | None] = [_printed(-math.inf, float(starts[0]), limits, up=False)]
    most: list[float | None] = [None]
    for before, after in zip(ends.tolist(), starts[1:].tolist(), strict=True):
        least.append(_printed(before, after, limits, up=False))
        most.append(_printed(after, before, limits, up=True))
    most.append(_printed(math.inf, float(once[-1]), limits, up=True))
    return Coded(codes, starts, [*least, None], most, bars)


def positions(coded: Coded, rule: Rule) -> tuple[int, int]:
    """The first and the last code that the limits of `rule` keep; the first is above the last where none is kept."""
    low, high = 1, coded.starts.size
    for limit, side in _limits(rule):
        if side in ("min", "above"):  # ranges that lie below the limit
            low = max(low, 1 + int(np.searchsorted(coded.starts, limit, "left" if side == "min" else "right")))
        else:
            high = min(high, int(np.searchsorted(coded.starts, limit, "right" if side == "max" else "left")))
    return low, high


def passing(coded: Coded, low: int, high: int, pass_missing: bool) -> npt.NDArray[np.bool_]:
    """What a rule with these positions keeps: the same as its verdict on the values."""
    codes = coded.codes
    inside = (codes >= low) & (codes <= high) & (codes > 0)
    return np.asarray(inside | ((codes == 0) & pass_missing), np.bool_)


def _limits(rule: Rule) -> list[tuple[float, str]]:
    named = ((getattr(rule, side, None), side) for side in ("min", "max", "above", "below"))
    return [(float(limit), side) for limit, side in named if limit is not None]


def _starts(distinct: Values, limits: Sequence[float]) -> Values:
    """The first value from each limit on."""
    place = np.searchsorted(distinct, np.asarray(limits, np.float64), "left")
    return distinct[place[place < distinct.size]]


def _after(distinct: Values, limits: Sequence[float]) -> Values:
    """The first value beyond each limit."""
    place = np.searchsorted(distinct, np.asarray(limits, np.float64), "right")
    return distinct[place[place < distinct.size]]


def _edges(bars: Histogram | None) -> list[float]:
    """Where the bars of a histogram begin."""
    if bars is None or bars.axis == "each value":
        return []
    if bars.axis == "linear":
        return list(map(float, np.linspace(bars.low, bars.high, BINS + 1)))
    return list(map(float, np.expm1(np.linspace(math.log1p(bars.low), math.log1p(bars.high), BINS + 1))))


def _printed(beyond: float, bound: float, limits: Sequence[float], up: bool) -> float:
    """The shortest number from `bound` towards `beyond`, which it does not reach; a present limit before any other."""
    for limit in limits:
        if bound <= limit < beyond if up else beyond < limit <= bound:
            return limit
    if not math.isfinite(bound):
        return bound
    exact = Decimal(bound)
    for context in _UP if up else _DOWN:
        rounded = float(context.plus(exact))
        if bound <= rounded < beyond if up else beyond < rounded <= bound:
            return rounded
    return bound
