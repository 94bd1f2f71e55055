"""Resampling by importance: of what the rules keep, a sample without replacement, likelier the greater a value is.

To the value, a logarithm of a weight, a standard Gumbel variate is added, and the greatest sums are drawn: that is
sampling without replacement with probabilities proportional to the weights (DSIR, Xie and others 2023). The variate is
made of a seed and the document's id, so the sample depends on neither order, shards nor workers; and a sample of more
documents contains that of fewer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.rules.expression import Expression

RULE = "resample"  # what a document that was not drawn is said to fail

Keys = npt.NDArray[np.float64]
_DIGIT_BITS = 16
_SIGN = np.uint64(1 << 63)


@dataclass(frozen=True)
class ResampleParameters:
    """The `[resample]` table of a recipe; one of `documents` and `fraction`."""

    value: str  # a signal or arithmetic over signals: the logarithm of a document's weight, in nats
    documents: int | None = None  # of each language
    fraction: float | None = None  # of what the rules keep in each language, rounded down
    seed: int = 0

    def mistakes(self) -> list[str]:
        found = []
        if (self.documents is None) == (self.fraction is None):
            found.append("resample: wanted either documents or fraction")
        if self.documents is not None and self.documents < 0:
            found.append(f"resample.documents {self.documents}: wanted 0 or more")
        if self.fraction is not None and not 0 <= self.fraction <= 1:
            found.append(f"resample.fraction {self.fraction} is no fraction; wanted 0 to 1")
        if not 0 <= self.seed < 2**63:
            found.append(f"resample.seed {self.seed}: wanted 0 or more, under 2^63")
        try:
            Expression.parse(self.value)
        except ValueError as error:
            found.append(f"resample.value: {error}")
        return found

    @property
    def columns(self) -> tuple[str, ...]:
        return Expression.parse(self.value).columns

    def size(self, eligible: int) -> int:
        """How many are drawn from so many."""
        wanted = self.documents if self.fraction is None else int(self.fraction * eligible)
        return min(eligible, wanted or 0)


@dataclass(frozen=True)
class Threshold:
    """Drawn are the keys above `least`, and of those that equal it the documents in `ties`, the first by their ids."""

    eligible: int
    drawn: int
    least: float
    ties: tuple[str, ...]

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Threshold:
        least = float("inf") if described["least"] is None else described["least"]  # JSON has no infinity
        return cls(described["eligible"], described["drawn"], least, tuple(described["ties"]))

    def draws(self, keys: Keys, doc_ids: pa.Array) -> npt.NDArray[np.bool_]:
        drawn: npt.NDArray[np.bool_] = keys > self.least
        for i in np.flatnonzero(keys == self.least):
            drawn[i] = doc_ids[i].as_py() in self.ties
        return drawn


def disturbed(doc_ids: pa.Array, columns: Mapping[str, pa.Array], parameters: ResampleParameters) -> Keys:
    """The value of each document with its noise; NaN where the value is missing: such a document cannot be drawn."""
    from corpusmill.kernels.hashes.gumbel import add_gumbel

    values = Expression.parse(parameters.value).evaluate(columns, len(doc_ids))
    ids = TextBatch(doc_ids)
    keys = np.empty(len(doc_ids))
    add_gumbel(values, ids.data, ids.offsets, np.uint64(parameters.seed), keys)
    return keys


def cut(chunks: Callable[[], Iterable[Keys]], parameters: ResampleParameters) -> tuple[Threshold, int]:
    """Where a sample ends among the keys that `chunks` yields, anew at each call; and how many of the equal it has.

    Exact, in the memory of 65,536 counters: the key is found digit by digit, in one pass for each 16 bits.
    """
    eligible = sum(len(keys) for keys in chunks())
    drawn = parameters.size(eligible)
    if drawn == 0:
        return Threshold(eligible, 0, float("inf"), ()), 0
    prefix, left = 0, drawn  # of the keys with this prefix, the `left` greatest are drawn
    for shift in range(64 - _DIGIT_BITS, -1, -_DIGIT_BITS):
        counts = np.zeros(1 << _DIGIT_BITS, np.int64)
        for keys in chunks():
            bits = _ordered(keys)
            if shift + _DIGIT_BITS < 64:
                bits = bits[bits >> np.uint64(shift + _DIGIT_BITS) == np.uint64(prefix)]
            digits = (bits >> np.uint64(shift)) & np.uint64((1 << _DIGIT_BITS) - 1)
            counts += np.bincount(digits.astype(np.int64), minlength=len(counts))
        above = np.cumsum(counts[::-1])  # keys with this digit or a greater one, from the greatest
        place = int(np.searchsorted(above, left))
        left -= int(above[place - 1]) if place else 0
        prefix = prefix << _DIGIT_BITS | (len(counts) - 1 - place)
    return Threshold(eligible, drawn, _key(prefix), ()), left


def _ordered(keys: Keys) -> npt.NDArray[np.uint64]:
    """Bits that compare as the numbers do; -0 is 0."""
    bits = (keys + 0.0).view(np.uint64)
    return np.where(bits & _SIGN, ~bits, bits | _SIGN)


def _key(ordered: int) -> float:
    bits = np.array([ordered], np.uint64)
    return float(np.where(bits & _SIGN, bits ^ _SIGN, ~bits).view(np.float64)[0])
