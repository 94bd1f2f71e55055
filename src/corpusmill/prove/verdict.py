"""Which selection is better, and is the difference larger than the noise?

Two selections are compared where they had the same seed and the same item, so that what is hard for both does not
count. Of the difference D (selection A less selection B), for S seeds and n items, two kinds of noise are measured:

    between seeds   variance of D over the seeds, over S: other documents of the selection, other initial weights
    between items   variance of D over the items, over n: other held-back text or questions

Their sum is the variance of the mean (the variance of a mean in a design with two crossed random factors; what seed and
item share is in both, so it errs on the safe side), its degrees of freedom are Satterthwaite's (1946), the interval is
Student's. Seeds are few and t knows it: a bootstrap over three seeds would make intervals a third too narrow. No random
number is drawn.

Not in it: another crawl, a larger model, another tokenizer; nor that paragraphs of one article are alike.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpusmill.prove.statistics import holm, t_beyond, t_quantile
from corpusmill.prove.tasks.score import BITS

CONFIDENCE = 0.95
MEAN = "mean of languages"  # of bits per byte over the reference languages: what the verdict is about
MOST_SEEDS = 1000
_POWER = 0.8416  # quantile of the normal distribution: a true difference is found in four of five proofs

Values = Mapping[str, NDArray[np.float64]]  # by selection: [seeds, items]


@dataclass(frozen=True)
class Comparison:
    """`difference` is that of `better` to `worse`, in the measure, never negative."""

    name: str  # of the set
    measure: str
    better: str
    worse: str
    difference: float
    low: float  # of the interval of that difference
    high: float
    probability: float  # of so large a difference without any true one, corrected for the number of comparisons
    seeds: int
    seeds_needed: int | None  # for a difference of this size; None: no number of seeds would do

    @property
    def decided(self) -> bool:
        return self.probability < 1 - CONFIDENCE

    def sentence(self) -> str:
        """The verdict in words."""
        digits = 4 if self.measure == BITS else 3
        size = f"{self.difference:.{digits}f} {'bits per byte' if self.measure == BITS else 'of accuracy'}"
        interval = f"95 % interval {self.low:.{digits}f} to {self.high:.{digits}f}, {self.seeds} seeds"
        if self.decided:
            return f"{self.better} is better than {self.worse} by {size} ({interval}); larger than the noise"
        found = f"{self.better} and {self.worse}: no difference that could be told from noise ({size}, {interval}); "
        if self.low > 0:
            found = f"{self.better} looks better than {self.worse} by {size} ({interval}), but among so many "
            found += "comparisons one such would be no wonder; "
        if self.seeds_needed is None:
            return found + "more seeds would not help, more held-back text or questions might"
        more = f"about {self.seeds_needed:,}" if self.seeds_needed < MOST_SEEDS else f"more than {MOST_SEEDS:,}"
        return found + f"{more} seeds would be needed"


@dataclass(frozen=True)
class _Difference:
    """Mean of A less B, and the variance of that mean from seeds and from items."""

    mean: float
    of_seeds: float
    of_items: float
    seeds: int
    items: int

    def freedom(self, seeds: int | None = None) -> float:
        """Satterthwaite's, were there so many seeds."""
        count = seeds or self.seeds
        parts = ((self.of_seeds * self.seeds / count, count - 1), (self.of_items, self.items - 1))
        total = sum(part for part, _ in parts)
        below = sum(part * part / freedom for part, freedom in parts if part > 0)
        return total * total / below if below else float(count - 1)

    def error(self, seeds: int | None = None) -> float:
        return math.sqrt(self.of_seeds * self.seeds / (seeds or self.seeds) + self.of_items)


def compare_sets(
    names: Sequence[str], measure: str, values: Mapping[str, Values], weights: Mapping[str, NDArray[np.float64]]
) -> list[Comparison]:
    """All pairs of selections on each of the sets `names`; their probabilities are corrected together."""
    found = [
        (name, a, b, _difference(values[name][a], values[name][b], weights[name]))
        for name in names
        for a, b in itertools.combinations(values[name], 2)
    ]
    return _verdicts(found, measure)


def compare_means(values: Mapping[str, Values], weights: Mapping[str, NDArray[np.float64]]) -> list[Comparison]:
    """All pairs of selections on the mean of all sets, each counting as much as another."""
    first = next(iter(values.values()))
    found = []
    for a, b in itertools.combinations(first, 2):
        per_seed = [_per_seed(values[name][a] - values[name][b], weights[name]) for name in values]
        parts = [_difference(values[name][a], values[name][b], weights[name]) for name in values]
        means = np.mean(per_seed, axis=0)
        of_items = sum(part.of_items for part in parts) / len(parts) ** 2
        items = sum(part.items for part in parts)
        found.append((MEAN, a, b, _Difference(float(means.mean()), _of_seeds(means), of_items, len(means), items)))
    return _verdicts(found, BITS)


def _verdicts(found: Sequence[tuple[str, str, str, _Difference]], measure: str) -> list[Comparison]:
    probabilities = []
    for _, _, _, d in found:
        error = d.error()
        t = abs(d.mean) / error if error else (math.inf if d.mean else 0.0)
        probabilities.append(t_beyond(t, d.freedom()))
    compared = []
    for (name, a, b, d), probability in zip(found, holm(probabilities), strict=True):
        a_is_better = d.mean < 0 if measure == BITS else d.mean > 0
        better, worse = (a, b) if a_is_better else (b, a)
        size, half = abs(d.mean), t_quantile(1 - CONFIDENCE, d.freedom()) * d.error()
        compared.append(
            Comparison(name, measure, better, worse, size, size - half, size + half, probability, d.seeds, _needed(d))
        )
    return compared


def _difference(a: NDArray[np.float64], b: NDArray[np.float64], weights: NDArray[np.float64]) -> _Difference:
    differences = a - b
    per_seed = _per_seed(differences, weights)
    mean, items = float(per_seed.mean()), differences.shape[1]
    # of a ratio of sums: by its linear part, the residual of each item (Cochran 1977, §6.3)
    residuals = differences.mean(0) - mean * weights
    of_items = float((residuals**2).sum() / weights.sum() ** 2 * items / (items - 1)) if items > 1 else 0.0
    return _Difference(mean, _of_seeds(per_seed), of_items, len(per_seed), items)


def _per_seed(differences: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = differences.sum(1) / weights.sum()
    return found


def _of_seeds(per_seed: NDArray[np.float64]) -> float:
    return float(per_seed.var(ddof=1) / len(per_seed))


def _needed(d: _Difference) -> int | None:
    """The least number of seeds with which a true difference of this size would be found in four of five proofs."""

    def enough(seeds: int) -> bool:
        return (t_quantile(1 - CONFIDENCE, d.freedom(seeds)) + _POWER) * d.error(seeds) <= abs(d.mean)

    if not d.mean:
        return None
    if not enough(MOST_SEEDS):
        return MOST_SEEDS if (1.96 + _POWER) * math.sqrt(d.of_items) < abs(d.mean) else None
    low, high = 1, MOST_SEEDS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
