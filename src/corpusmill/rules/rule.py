"""A rule: an expression over stored columns with named thresholds. It decides; it never measures.

>>> rule = Rule("word_count", "rps_doc_word_count", min=50, max=10_000)
>>> rule.verdict({"rps_doc_word_count": pa.array([10, 60, None])}, 3)[0].tolist()
[True, False, True]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.rules.expression import Expression, Values


@dataclass(frozen=True)
class Rule:
    """Keep documents with `min <= value <= max`, both inclusive; None means no limit on that side.

    A missing value fails the rule: nothing is kept that was not measured. `pass_missing = true` says otherwise.
    """

    name: str
    value: str
    min: float | None = None
    max: float | None = None
    pass_missing: bool = False

    def mistakes(self) -> list[str]:
        """What is wrong with the rule by itself."""
        found = []
        if self.min is None and self.max is None:
            found.append(f'rule "{self.name}" has no threshold; wanted min, max or both')
        if self.min is not None and self.max is not None and self.min > self.max:
            found.append(f'rule "{self.name}": min {self.min:g} is above max {self.max:g}, so it would drop everything')
        try:
            Expression.parse(self.value)
        except ValueError as error:
            found.append(f'rule "{self.name}": {error}')
        return found

    @property
    def columns(self) -> tuple[str, ...]:
        return Expression.parse(self.value).columns

    def verdict(self, columns: Mapping[str, pa.Array], rows: int) -> tuple[npt.NDArray[np.bool_], Values, Values]:
        """For each document: does it fail, its value (NaN: missing), and the threshold it failed by (NaN: none)."""
        values = Expression.parse(self.value).evaluate(columns, rows)
        missing = np.isnan(values)
        low = np.zeros(rows, np.bool_) if self.min is None else values < self.min
        high = np.zeros(rows, np.bool_) if self.max is None else values > self.max
        fails = low | high | (missing & (not self.pass_missing))
        thresholds = np.full(rows, np.nan)
        thresholds[low] = self.min
        thresholds[high] = self.max
        return fails, values, thresholds
