"""Histograms that stay readable whatever a signal looks like.

`distinct` and `quantile` are NumPy's, whose own load numpy.ma first: that takes as long as all bars of a small run.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

BINS = 30
_TAIL = 0.005  # part of the documents at either end that is gathered in the outermost bars
_SKEWED = 10.0  # 99.5 % quantile over median, above which the axis is logarithmic


class Histogram(NamedTuple):
    """Counts of kept and dropped documents in equal bars over [low, high] of the axis."""

    kept: list[int]
    dropped: list[int]
    documents: int  # with a value
    missing: int  # null, NaN or infinite
    low: float  # least value shown as a bar of its own; all below are in the first bar
    high: float
    median: float
    axis: str  # "linear", "logarithmic" or "each value"
    below: int  # documents gathered from beyond the axis
    above: int


def histogram(values: npt.NDArray[np.float64], keep: npt.NDArray[np.bool_] | None) -> Histogram | None:
    """Bars of `values` (NaN: missing), parted by `keep` (None: all count as kept); None where no value is there.

    Few whole numbers get a bar each. Otherwise the axis runs between the 0.5 % and 99.5 % quantiles, logarithmically
    (of 1 + value) where the values are skewed and not negative; what lies beyond is counted in the outermost bars.
    """
    present = np.isfinite(values)
    found = values[present]
    if not found.size:
        return None
    kept = np.ones(found.size, np.bool_) if keep is None else keep[present]
    ordered = np.sort(found)
    median = quantile(ordered, 0.5)
    least, most = float(found.min()), float(found.max())
    if most - least < BINS and bool((found == np.floor(found)).all()):
        low, high, bars, axis = least, most, int(most - least) + 1, "each value"
        place = (found - least).astype(np.int64)
    else:
        low, high = quantile(ordered, _TAIL), quantile(ordered, 1 - _TAIL)
        if low == high:  # nearly all are equal: show the rest too
            low, high = least, most
        skewed = least >= 0 and high > _SKEWED * max(median, 1e-9) and high > 1
        axis, bars = ("logarithmic" if skewed else "linear"), BINS
        scale: Any = np.log1p if skewed else np.asarray
        start, end = float(scale(low)), float(scale(high))
        with np.errstate(over="ignore", invalid="ignore"):
            position = (scale(np.clip(found, low, high)) - start) / (end - start) * bars
        place = np.clip(np.nan_to_num(position), 0, bars - 1).astype(np.int64)
    return Histogram(
        np.bincount(place[kept], minlength=bars).tolist(),
        np.bincount(place[~kept], minlength=bars).tolist(),
        int(found.size),
        int(values.size - found.size),
        low,
        high,
        median,
        axis,
        int((found < low).sum()),
        int((found > high).sum()),
    )


def distinct(ordered: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Each value of an ascending array once."""
    is_first = np.ones(ordered.size, np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return ordered[is_first]


def quantile(ordered: npt.NDArray[np.float64], fraction: float) -> float:
    """Of an ascending array that is not empty; between two values in proportion."""
    place = (ordered.size - 1) * fraction
    before = int(place)
    low, high, part = float(ordered[before]), float(ordered[min(before + 1, ordered.size - 1)]), place - before
    return low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part)
