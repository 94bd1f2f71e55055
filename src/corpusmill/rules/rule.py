"""A rule: an expression over stored columns with named thresholds. It decides; it never measures.

>>> rule = Rule("word_count", "rps_doc_word_count", min=50, max=10_000)
>>> rule.verdict({"rps_doc_word_count": pa.array([10, 60, None])}, 3)[0].tolist()
[True, False, True]
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.rules.expression import Expression, Values

LIMITS = ("min", "max", "above", "below")


@dataclass(frozen=True)
class Rule:
    """Keep documents with `min <= value <= max` and `above < value < below`; None means no limit.

    A missing value fails the rule: nothing is kept that was not measured. `pass_missing = true` says otherwise.
    `min_setting` and `max_setting` name entries of the recipe's settings by language, which then are min and max.
    """

    name: str
    value: str
    min: float | None = None
    max: float | None = None
    above: float | None = None
    below: float | None = None
    min_setting: str | None = None
    max_setting: str | None = None
    pass_missing: bool = False
    undecided: bool = False  # where the implementation that a recipe reproduces raises: `judge` says null, not false

    def mistakes(self) -> list[str]:
        """What is wrong with the rule by itself."""
        found = []
        if not self.name.strip() or not self.name.isprintable():
            found.append(f"rule {self.name!r}: wanted a name that can be shown on one line")
        found += [
            f'rule "{self.name}": {name} {limit} is no limit; wanted a number, or leave it out'
            for name, limit in zip(LIMITS, self._limits, strict=True)
            if limit is not None and not math.isfinite(limit)
        ]
        if all(limit is None for limit in (*self._limits, self.min_setting, self.max_setting)):
            found.append(f'rule "{self.name}" has no threshold; wanted min, max or both')
        found += [
            f'rule "{self.name}": {low} {least:g} is above {high} {most:g}, so it would drop everything'
            for low, least in (("min", self.min), ("above", self.above))
            for high, most in (("max", self.max), ("below", self.below))
            if least is not None and most is not None and least > most
        ]
        for name in ("min", "max"):
            if getattr(self, name) is not None and getattr(self, f"{name}_setting") is not None:
                found.append(f'rule "{self.name}" has {name} and {name}_setting; wanted one of them')
        try:
            Expression.parse(self.value)
        except ValueError as error:
            found.append(f'rule "{self.name}": {error}')
        return found

    @property
    def _limits(self) -> tuple[float | None, ...]:
        return self.min, self.max, self.above, self.below

    @property
    def columns(self) -> tuple[str, ...]:
        return Expression.parse(self.value).columns

    @property
    def settings(self) -> tuple[str, ...]:
        """The entries of the settings by language that the rule names."""
        return tuple(name for name in (self.min_setting, self.max_setting) if name is not None)

    def with_settings(self, settings: Mapping[str, float | None]) -> Rule:
        """The rule with the thresholds of one language; what the settings lack, or have as None, is no limit."""
        if not self.settings:
            return self
        return dataclasses.replace(
            self,
            min=settings.get(self.min_setting) if self.min_setting else self.min,
            max=settings.get(self.max_setting) if self.max_setting else self.max,
            min_setting=None,
            max_setting=None,
        )

    def verdict(self, columns: Mapping[str, pa.Array], rows: int) -> tuple[npt.NDArray[np.bool_], Values, Values]:
        """For each document: does it fail, its value (NaN: missing), and the threshold it failed by (NaN: none)."""
        values = Expression.parse(self.value).evaluate(columns, rows)
        fails = np.isnan(values) & (not self.pass_missing)
        if all(limit is None for limit in self._limits):  # settings switched it off
            return np.zeros(rows, np.bool_), values, np.full(rows, np.nan)
        thresholds = np.full(rows, np.nan)
        for limit, beyond in zip(self._limits, (np.less, np.greater, np.less_equal, np.greater_equal), strict=True):
            if limit is not None:
                outside = beyond(values, limit)
                fails |= outside
                thresholds[outside] = limit
        return fails, values, thresholds
