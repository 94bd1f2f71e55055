"""Verdicts of a rule set over one batch of documents: every failing rule with value and threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.rules.edit import Edit
from corpusmill.rules.resample import RULE, ResampleParameters, Threshold, disturbed
from corpusmill.rules.rule import Rule
from corpusmill.rules.ruleset import RuleSet
from corpusmill.rules.settings import Settings
from corpusmill.schema import FAILED, REPLACEMENTS, SELECTION

Int64s = npt.NDArray[np.int64]
Columns = Mapping[str, pa.Array]  # by name; those of edited texts by "edit.name"


class EditVerdicts(NamedTuple):
    """What an edit did to a batch: the columns of schema.EDITS."""

    replacements: pa.Array
    failed: pa.Array


class Failing(NamedTuple):
    """Failures, one an entry: document, rule by its place in the rule set, value and threshold (NaN: none)."""

    documents: Int64s
    rules: Int64s
    values: npt.NDArray[np.float64]
    thresholds: npt.NDArray[np.float64]


def columns_of(rules: Sequence[Rule]) -> list[str]:
    """The columns that `rules` need, sorted."""
    return sorted({column for rule in rules for column in rule.columns})


def failing(
    rule_set: RuleSet, columns: Columns, edited: Mapping[str, EditVerdicts], settings: Settings, rows: int
) -> Failing:
    """All failures of a batch in one language, by document, then in the order of the steps."""
    found: list[Failing] = []
    first = 0  # place of the step's first rule
    for step in rule_set.steps:
        if isinstance(step, Edit):
            found.append(_of_edit(edited[step.name].failed, step.rule_names, first))
            first += len(step.rule_names)
        else:
            fails, values, thresholds = step.with_settings(settings).verdict(columns, rows)
            which = np.flatnonzero(fails)
            found.append(Failing(which, np.full(len(which), first), values[which], thresholds[which]))
            first += 1
    return _joined(found)


def passes(
    rule_set: RuleSet, columns: Columns, edited: Mapping[str, EditVerdicts], settings: Settings, rows: int
) -> npt.NDArray[np.bool_]:
    """Whether each document passes all rules."""
    kept = np.ones(rows, np.bool_)
    kept[failing(rule_set, columns, edited, settings, rows).documents] = False
    return kept


def select(
    doc_ids: pa.Array,
    columns: Columns,
    rule_set: RuleSet,
    settings: Settings,
    edited: Mapping[str, EditVerdicts],
    resampling: tuple[ResampleParameters, Threshold] | None = None,
) -> pa.RecordBatch:
    """One row of schema.SELECTION a document, in the order given; no rules keep everything.

    Resampling comes last: only what passes all rules was in the draw, and fails it or not.
    """
    rows = len(doc_ids)
    found = failing(rule_set, columns, edited, settings, rows)
    names = rule_set.names
    if resampling is not None:
        parameters, end = resampling
        keys = disturbed(doc_ids, columns, parameters)
        passing = np.ones(rows, np.bool_)
        passing[found.documents] = False
        which = np.flatnonzero(passing & ~end.draws(keys, doc_ids))
        thresholds = np.where(np.isnan(keys[which]), np.nan, end.least)
        found = _joined([found, Failing(which, np.full(len(which), len(names)), keys[which], thresholds)])
        names = [*names, RULE]
    counts = np.bincount(found.documents, minlength=rows)
    bits = np.zeros(rows, np.int64)
    np.bitwise_or.at(bits, found.documents, np.int64(1) << found.rules)
    keep = counts == 0
    return pa.RecordBatch.from_arrays(
        [
            doc_ids.cast(pa.string()),
            pa.array(keep),
            _failed(found, counts, names),
            pa.array(bits),
            pa.nulls(rows, SELECTION.field("line_ids").type),
            _replacements([edited[edit.name].replacements for edit in rule_set.edits], keep),
        ],
        schema=SELECTION,
    )


def failing_each(bits: Int64s, names: Sequence[str]) -> dict[str, int]:
    """How many documents fail each rule, out of schema.SELECTION's `failed_rules`; `names` in the order of its bits.

    >>> failing_each(np.array([0b01, 0b11, 0]), ["short", "dull"])
    {'short': 2, 'dull': 1}
    """
    return {name: int(np.count_nonzero(bits & (np.int64(1) << place))) for place, name in enumerate(names)}


def _of_edit(failed: pa.Array, names: Sequence[str], first: int) -> Failing:
    """The failures of an edit's own rules, out of lists."""
    counts = pc.list_value_length(failed).fill_null(0).to_numpy()
    entries = failed.flatten()
    place = pc.index_in(entries.field("rule"), pa.array(names, pa.string())).cast(pa.int64())
    values, thresholds = (
        np.asarray(entries.field(name).fill_null(np.nan).to_numpy(zero_copy_only=False), np.float64)
        for name in ("value", "threshold")
    )
    return Failing(np.repeat(np.arange(len(failed)), counts), np.asarray(place) + first, values, thresholds)


def _joined(parts: Sequence[Failing]) -> Failing:
    """By document; within it in the order of the parts."""
    documents = np.concatenate([np.zeros(0, np.int64), *(part.documents for part in parts)])
    order = np.argsort(documents, kind="stable")
    rules = np.concatenate([np.zeros(0, np.int64), *(part.rules for part in parts)])
    values = np.concatenate([np.zeros(0), *(part.values for part in parts)])
    thresholds = np.concatenate([np.zeros(0), *(part.thresholds for part in parts)])
    return Failing(documents[order], rules[order], values[order], thresholds[order])


def _failed(found: Failing, counts: Int64s, names: Sequence[str]) -> pa.Array:
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
    entries = pa.StructArray.from_arrays(
        [
            pa.array(names, pa.string()).take(pa.array(found.rules)),
            _nullable(found.values),
            _nullable(found.thresholds),
        ],
        fields=list(FAILED.value_type),
    )
    return pa.ListArray.from_arrays(offsets, entries)


def _replacements(by_edit: Sequence[pa.Array], keep: npt.NDArray[np.bool_]) -> pa.Array:
    """Of each document those of all edits in turn; null where it is dropped, or where no edit changes it."""
    rows, kind = len(keep), SELECTION.field("replacements").type
    changed = np.zeros(rows, np.bool_)
    for replacements in by_edit:
        changed |= np.asarray(pc.list_value_length(replacements).fill_null(0)) > 0
    chosen = np.flatnonzero(changed & keep)
    if len(chosen) == 0:
        return pa.nulls(rows, kind)
    parts = [replacements.take(pa.array(chosen)).cast(REPLACEMENTS) for replacements in by_edit]
    # document 0's of each edit, document 1's of each edit, …
    order = np.arange(len(chosen) * len(parts)).reshape(len(parts), -1).T.reshape(-1)
    lists = pa.ListArray.from_arrays(
        pa.array(np.arange(len(chosen) + 1) * len(parts), pa.int32()), pa.concat_arrays(parts).take(pa.array(order))
    )
    place = np.full(rows, -1)
    place[chosen] = np.arange(len(chosen))
    return lists.take(pa.array(place, mask=place < 0))


def _nullable(values: np.ndarray) -> pa.Array:
    return pa.array(values, pa.float64(), mask=np.isnan(values))
