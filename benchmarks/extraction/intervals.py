"""Paired differences with intervals: whole sites are drawn, since pages of one site succeed and fail together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Score = Callable[[Floats, Floats | None], tuple[Floats, Floats, Floats]]

DRAWS = 2000
SEED = 7


@dataclass(frozen=True)
class Difference:
    """Of two F1 over the same pages: what was measured, and where 95 % of the draws lie."""

    mean: float
    low: float
    high: float


def difference(score: Score, ours: Floats, theirs: Floats, sites: Sequence[str], draws: int = DRAWS) -> Difference:
    """F1 of `ours` minus that of `theirs`, values of the same pages [n, 3], by `draws` draws of sites with replacement.

    >>> from metrics import word_score
    >>> one, other = np.full((4, 3), 0.75), np.full((4, 3), 0.5)
    >>> difference(word_score, one, other, ["a", "a", "b", "c"])
    Difference(mean=0.25, low=0.25, high=0.25)
    """
    _, number = np.unique(np.asarray(sites), return_inverse=True)
    count = int(number.max()) + 1
    generator = np.random.default_rng(SEED)
    drawn = generator.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)
    weights = drawn[:, number]
    spread = score(ours, weights)[2] - score(theirs, weights)[2]
    low, high = np.quantile(spread, [0.025, 0.975])
    mean = score(ours, None)[2][0] - score(theirs, None)[2][0]
    return Difference(float(mean), float(low), float(high))
