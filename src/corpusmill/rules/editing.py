"""Edits applied to a batch of texts: what stays, what is replaced, and which of the edit's rules each document fails.

What is measured comes from stored line signals where there are any, so that other thresholds need no new measurements.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.rules.edit import DOCUMENT, Edit
from corpusmill.rules.replace.compose import composed
from corpusmill.rules.replace.joined import joined
from corpusmill.rules.replace.registry import REPLACEMENTS
from corpusmill.rules.replace.spans import Replaced, spliced, stored
from corpusmill.schema import FAILED
from corpusmill.segment.pieces import Pieces
from corpusmill.segment.splits import SPLITS, Split
from corpusmill.signals.registry import SIGNALS

Columns = Mapping[str, pa.Array]


@dataclass(frozen=True)
class Edited:
    """What an edit makes of a batch of n documents."""

    texts: pa.Array  # large_string[n]
    replacements: pa.Array  # schema.REPLACEMENTS[n]: code points of the text before; null: unchanged
    failed: pa.Array  # schema.FAILED[n]: rules of the edit itself, in the order in which they count


@dataclass(frozen=True)
class Failures:
    """Failures of the edit's rules, by their place in `Edit.rule_names`; in any order."""

    documents: npt.NDArray[np.int64]
    rules: npt.NDArray[np.int64]
    ranks: npt.NDArray[np.int64]  # the lower, the earlier it counts among the document's
    values: npt.NDArray[np.float64]
    thresholds: npt.NDArray[np.float64]


def apply(edit: Edit, batch: TextBatch, columns: Columns | None = None) -> Edited:
    """What `edit`, which has no mistakes, makes of the texts of `batch`.

    `columns`: stored signals of these very texts, one list a document; what is not among them is measured. Raises
    ValueError where a stored signal has other pieces than the text.
    """
    failures: list[Failures] = []
    if edit.lines is None:
        replaced = _replace(edit, batch)
    else:
        replaced, failures = _select_lines(edit, SPLITS[edit.lines], batch, {} if columns is None else columns)
    texts = spliced(batch, replaced)
    if edit.if_empty is not None:
        failures.append(_empty(texts, len(edit.rule_names) - 1))
    return Edited(texts, stored(batch, replaced), _failed(edit, failures, len(batch)))


def _replace(edit: Edit, batch: TextBatch) -> Replaced:
    """The named replacements one after another, as replacements of the first text."""
    first, *others = edit.replace
    whole = REPLACEMENTS[first].function(batch)
    for name in others:
        after = batch.with_texts(spliced(batch, whole))
        whole = composed(batch, whole, after, REPLACEMENTS[name].function(after))
    return whole


def _select_lines(edit: Edit, split: Split, batch: TextBatch, columns: Columns) -> tuple[Replaced, list[Failures]]:
    """The replacements that leave the pieces that pass, and failures of all rules but `if_empty`."""
    measured = {name: columns[name] if name in columns else SIGNALS[name].function(batch) for name in edit.columns}
    lengths = {name: np.asarray(lists.value_lengths().fill_null(0)) for name, lists in measured.items()}
    counts = lengths[split.span_columns[0]]
    for name, found in lengths.items():
        if not np.array_equal(found, counts):
            raise ValueError(f"{name} has other pieces than {split.span_columns[0]}: they are not of the same texts")
    flat = {name: lists.flatten() for name, lists in measured.items()}
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    owners = np.repeat(np.arange(len(batch)), counts)
    kept, failures = _judge_lines(edit, flat, owners)
    pieces = _pieces(batch, offsets, *(flat[name] for name in split.span_columns))
    failures += _judge_totals(edit, flat, owners, kept, len(batch))
    replaced = joined(batch, pieces, split.cuts(batch, pieces), kept, split.separator, strip=split.strip)
    return replaced, failures


def _judge_lines(
    edit: Edit, flat: Columns, owners: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.bool_], list[Failures]]:
    """Which pieces pass all rules; of each document and rule that drops documents the first piece that decided so."""
    kept = np.ones(len(owners), np.bool_)
    failures = []
    number = 0  # of the rule in Edit.rule_names
    for rule in edit.line:
        fails, values, thresholds = rule.rule.verdict(flat, len(owners))
        decided = np.flatnonzero(fails & kept)
        kept[decided] = False
        if rule.drop == DOCUMENT:
            documents, first = np.unique(owners[decided], return_index=True)
            pieces = decided[first]
            failures.append(
                Failures(documents, np.full(len(pieces), number), pieces, values[pieces], thresholds[pieces])
            )
            number += 1
    return kept, failures


def _judge_totals(
    edit: Edit, flat: Columns, owners: npt.NDArray[np.int64], kept: npt.NDArray[np.bool_], rows: int
) -> list[Failures]:
    offsets = pa.array(np.concatenate([[0], np.cumsum(np.bincount(owners[kept], minlength=rows))]), pa.int32())
    mask = pa.array(kept)
    lists = {
        name: pa.ListArray.from_arrays(offsets, flat[name].filter(mask))
        for name in {column for rule in edit.total for column in rule.columns}
    }
    failures = []
    number = sum(rule.drop == DOCUMENT for rule in edit.line)
    for rule in edit.total:
        fails, values, thresholds = rule.verdict(lists, rows)
        documents = np.flatnonzero(fails)
        ranks = np.full(len(documents), len(owners) + number)  # behind all lines
        failures.append(
            Failures(documents, np.full(len(documents), number), ranks, values[documents], thresholds[documents])
        )
        number += 1
    return failures


def _empty(texts: pa.Array, number: int) -> Failures:
    documents = np.flatnonzero(np.diff(TextBatch(texts).offsets) == 0)
    last = np.iinfo(np.int64).max
    lengths = np.zeros(len(documents))
    return Failures(documents, np.full(len(documents), number), np.full(len(documents), last), lengths, lengths + 1)


def _pieces(batch: TextBatch, offsets: npt.NDArray[np.int64], char_starts: pa.Array, char_ends: pa.Array) -> Pieces:
    from corpusmill.kernels.lines.pieces import measure_bytes

    starts, ends = np.empty(len(char_starts), np.int64), np.empty(len(char_starts), np.int64)
    measure_bytes(batch.data, batch.offsets, offsets, np.asarray(char_starts), np.asarray(char_ends), starts, ends)
    return Pieces(starts, ends, offsets)


def _failed(edit: Edit, failures: list[Failures], rows: int) -> pa.Array:
    """By document, in the order in which they count."""
    documents = np.concatenate([np.zeros(0, np.int64), *(part.documents for part in failures)])
    ranks = np.concatenate([np.zeros(0, np.int64), *(part.ranks for part in failures)])
    order = np.lexsort((ranks, documents))
    rules = np.concatenate([np.zeros(0, np.int64), *(part.rules for part in failures)])[order]
    values = np.concatenate([np.zeros(0), *(part.values for part in failures)])[order]
    thresholds = np.concatenate([np.zeros(0), *(part.thresholds for part in failures)])[order]
    entries = pa.StructArray.from_arrays(
        [
            pa.array(edit.rule_names, pa.string()).take(pa.array(rules)),
            pa.array(values, mask=np.isnan(values)),
            pa.array(thresholds, mask=np.isnan(thresholds)),
        ],
        fields=list(FAILED.value_type),
    )
    offsets = np.concatenate([[0], np.cumsum(np.bincount(documents, minlength=rows))])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), entries)
