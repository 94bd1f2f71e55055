"""Verdicts of a list of rules over one batch of stored columns: every failing rule with value and threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.rules.resample import RULE, ResampleParameters, Threshold, disturbed
from corpusmill.rules.rule import Rule
from corpusmill.schema import SELECTION


def columns_of(rules: Sequence[Rule]) -> list[str]:
    """The stored columns that `rules` need, sorted."""
    return sorted({column for rule in rules for column in rule.columns})


def passes(columns: Mapping[str, pa.Array], rules: Sequence[Rule], rows: int) -> npt.NDArray[np.bool_]:
    """Whether each document passes all rules."""
    kept = np.ones(rows, np.bool_)
    for rule in rules:
        kept &= ~rule.verdict(columns, rows)[0]
    return kept


def select(
    doc_ids: pa.Array,
    columns: Mapping[str, pa.Array],
    rules: Sequence[Rule],
    resampling: tuple[ResampleParameters, Threshold] | None = None,
) -> pa.RecordBatch:
    """One row of schema.SELECTION a document, in the order given; no rules keep everything.

    Resampling comes last: only what passes all rules was in the draw, and fails it or not.
    """
    rows = len(doc_ids)
    document: list[np.ndarray] = []
    rule_number: list[np.ndarray] = []
    values: list[np.ndarray] = []
    thresholds: list[np.ndarray] = []
    passing = np.ones(rows, np.bool_)
    for number, rule in enumerate(rules):
        fails, value, threshold = rule.verdict(columns, rows)
        passing &= ~fails
        failing = np.flatnonzero(fails)
        document.append(failing)
        rule_number.append(np.full(len(failing), number))
        values.append(value[failing])
        thresholds.append(threshold[failing])
    if resampling is not None:
        parameters, end = resampling
        keys = disturbed(doc_ids, columns, parameters)
        failing = np.flatnonzero(passing & ~end.draws(keys, doc_ids))
        document.append(failing)
        rule_number.append(np.full(len(failing), len(rules)))
        values.append(keys[failing])
        thresholds.append(np.where(np.isnan(keys[failing]), np.nan, end.least))
    owner = np.concatenate([np.zeros(0, np.int64), *document])
    order = np.argsort(owner, kind="stable")  # by document, rules in the order of the recipe
    counts = np.bincount(owner, minlength=rows)
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
    names = pa.array([*(rule.name for rule in rules), RULE], pa.string())
    item = SELECTION.field("failed").type.value_type
    failed = pa.StructArray.from_arrays(
        [
            names.take(pa.array(np.concatenate([np.zeros(0, np.int64), *rule_number])[order])),
            _nullable(np.concatenate([np.zeros(0), *values])[order]),
            _nullable(np.concatenate([np.zeros(0), *thresholds])[order]),
        ],
        fields=list(item),
    )
    return pa.RecordBatch.from_arrays(
        [
            doc_ids.cast(pa.string()),
            pa.array(counts == 0),
            pa.ListArray.from_arrays(offsets, failed),
            pa.nulls(rows, SELECTION.field("line_ids").type),
        ],
        schema=SELECTION,
    )


def _nullable(values: np.ndarray) -> pa.Array:
    return pa.array(values, pa.float64(), mask=np.isnan(values))
