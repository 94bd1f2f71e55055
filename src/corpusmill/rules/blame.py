"""What each rule costs: alone, with the others, and as its threshold moves. Arrays in, arrays out; exact.

`fails` is one row a rule and one column a document. Counts of parts of a run add up to those of the whole:
`blame(rules, a) + blame(rules, b)`.

>>> found = blame(["short", "symbols"], np.array([[True, True, False], [False, True, False]]))
>>> found.kept, found.drops.tolist(), found.alone.tolist()
(1, [2, 1], [1, 0])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]

CANDIDATES = 50  # thresholds of a curve, where none are given


@dataclass(frozen=True)
class Blame:
    """Documents and weight (tokens, bytes; 1 a document where none is given) that rules drop."""

    rules: tuple[str, ...]
    documents: int
    kept: int
    weight: float
    weight_kept: float
    drops: Counts  # documents that fail the rule
    alone: Counts  # … and no other: they come back without it
    weight_alone: Values
    overlap: Counts  # [i, j]: documents that fail both; the diagonal is `drops`

    def __add__(self, other: Blame) -> Blame:
        if self.rules != other.rules:
            raise ValueError(f"rules {self.rules} and {other.rules} do not add up")
        return Blame(
            self.rules,
            self.documents + other.documents,
            self.kept + other.kept,
            self.weight + other.weight,
            self.weight_kept + other.weight_kept,
            self.drops + other.drops,
            self.alone + other.alone,
            self.weight_alone + other.weight_alone,
            self.overlap + other.overlap,
        )

    @property
    def useless(self) -> tuple[str, ...]:
        """Rules without which the same documents would be kept."""
        return tuple(rule for rule, alone in zip(self.rules, self.alone.tolist(), strict=True) if not alone)


def blame(rules: Sequence[str], fails: Bools, weights: Values | None = None) -> Blame:
    """Adds up `fails`, bool[rules, documents]; without rules everything is kept."""
    documents = fails.shape[1]
    own = np.ones(documents) if weights is None else np.asarray(weights, np.float64)
    failed = fails.sum(axis=0)
    kept = failed == 0
    alone = fails & (failed == 1)
    # float64 counts up to 2^53 exactly, and unlike integers is multiplied by a compiled library
    narrow = fails.astype(np.float64)
    return Blame(
        tuple(rules),
        documents,
        int(kept.sum()),
        float(own.sum()),
        float(own[kept].sum()),
        fails.sum(axis=1).astype(np.int64),
        alone.sum(axis=1).astype(np.int64),
        np.array([own[row].sum() for row in alone], np.float64),
        (narrow @ narrow.T).astype(np.int64),
    )


class Curve(NamedTuple):
    """What is kept at each threshold, the other rules as they are."""

    thresholds: Values  # ascending
    documents: Counts
    weights: Values


def candidate_thresholds(values: Values, most: int = CANDIDATES) -> Values:
    """At most `most` distinct values among the finite `values`, at equal steps of rank."""
    found = np.unique(values[np.isfinite(values)])
    if len(found) <= most:
        return found
    return found[np.unique(np.linspace(0, len(found) - 1, most).round().astype(np.int64))]


def yield_curve(
    values: Values,
    others_pass: Bools,
    side: str,
    thresholds: Values | None = None,
    weights: Values | None = None,
    pass_missing: bool = False,
) -> Curve:
    """Documents and weight that are kept at each of `thresholds` as the rule's `side`, "min" or "max", inclusive.

    `others_pass`: what all other rules keep; a missing value (NaN) is kept where the rule passes missing ones.

    >>> curve = yield_curve(np.array([1.0, 2, 3, np.nan]), np.array([True, False, True, True]), "min")
    >>> curve.thresholds.tolist(), curve.documents.tolist()
    ([1.0, 2.0, 3.0], [2, 1, 1])
    """
    if side not in ("min", "max"):
        raise ValueError(f"side {side!r} is unknown; wanted min or max")
    own = np.ones(len(values)) if weights is None else np.asarray(weights, np.float64)
    chosen = np.sort(candidate_thresholds(values) if thresholds is None else np.asarray(thresholds, np.float64))
    missing = np.isnan(values)
    present = others_pass & ~missing
    order = np.argsort(values[present], kind="stable")
    ranked = values[present][order]
    weight_below = np.concatenate([[0.0], np.cumsum(own[present][order])])
    always = others_pass & missing if pass_missing else np.zeros(len(values), np.bool_)
    if side == "min":
        first = np.searchsorted(ranked, chosen, "left")
        documents, weight = len(ranked) - first, weight_below[-1] - weight_below[first]
    else:
        documents = np.searchsorted(ranked, chosen, "right")
        weight = weight_below[documents]
    return Curve(chosen, (documents + int(always.sum())).astype(np.int64), weight + float(own[always].sum()))


class Pareto(NamedTuple):
    """As the least score rises: what stays, and how good it is in the mean. No point is better in both than another."""

    scores: Values  # least score that is kept, falling
    weights: Values  # tokens kept, rising
    means: Values  # mean score of a token that is kept, falling


def pareto(scores: Values, weights: Values, most: int = CANDIDATES) -> Pareto:
    """Tokens against score: what a threshold on the score buys. Missing scores are not kept at any threshold."""
    present = np.isfinite(scores)
    order = np.argsort(-scores[present], kind="stable")
    ranked, own = scores[present][order], np.asarray(weights, np.float64)[present][order]
    kept, sums = np.cumsum(own), np.cumsum(ranked * own)
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)) if len(ranked) else np.zeros(0, np.int64)
    ends = ends[kept[ends] > 0]
    if len(ends) > most:
        ends = ends[np.unique(np.linspace(0, len(ends) - 1, most).round().astype(np.int64))]
    return Pareto(ranked[ends], kept[ends], sums[ends] / kept[ends])


class Alarm(NamedTuple):
    """A group that loses more than the others would lead one to expect."""

    group: str
    documents: int
    dropped: int


def alarms(groups: Mapping[str, tuple[int, int]], fraction: float, least: int = 20) -> list[Alarm]:
    """Groups (documents, dropped) of at least `least` documents that lose more than `fraction`; most losses first.

    >>> alarms({"de": (100, 80), "en": (100, 10), "fr": (3, 3)}, 0.5)
    [Alarm(group='de', documents=100, dropped=80)]
    """
    found = [Alarm(name, n, lost) for name, (n, lost) in groups.items() if n >= least and lost > fraction * n]
    return sorted(found, key=lambda alarm: (-alarm.dropped, alarm.group))
