"""What a selection would be with other thresholds: a scan of stored columns, no text.

Of rules that do not change the verdicts are taken from the selection as they are, one bit a rule; so only what the
changed rules look at is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.keys import Key
from corpusmill.pipeline.definitions import decisions, rethresholded, selection_named
from corpusmill.pipeline.measure_texts import Text, texts_of
from corpusmill.rules.rule import Rule
from corpusmill.rules.ruleset import text_of
from corpusmill.rules.settings import settings_of
from corpusmill.rules.verdicts import failing_each
from corpusmill.signals.registry import SIGNALS
from corpusmill.store import layout
from corpusmill.store.measured import has_redpajama2
from corpusmill.store.opened import OpenedRun

Int64s = npt.NDArray[np.int64]
SHOWN = 5  # ids of documents that change sides


@dataclass
class Side:
    """Documents and characters."""

    documents: int = 0
    characters: int = 0

    def add(self, chosen: npt.NDArray[np.bool_], characters: Int64s) -> None:
        self.documents += int(chosen.sum())
        self.characters += int(characters[chosen].sum())


@dataclass
class WhatIf:
    """A selection before and after."""

    selection: str
    changed: list[str]  # rules, in their order
    total: Side = field(default_factory=Side)
    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)
    gained: Side = field(default_factory=Side)  # dropped before, kept after
    lost: Side = field(default_factory=Side)
    rules_before: Counter[str] = field(default_factory=Counter)  # documents that fail each rule
    rules_after: Counter[str] = field(default_factory=Counter)
    languages: dict[str, tuple[Side, Side]] = field(default_factory=dict)  # kept before and after
    gained_ids: list[str] = field(default_factory=list)  # the first of them, at most SHOWN
    lost_ids: list[str] = field(default_factory=list)


def what_if(opened: OpenedRun, settings: Sequence[str], selection: str | None = None) -> WhatIf:
    """The selection with thresholds changed as by `corpusmill select --set`.

    Raises RecipeError for settings that are wrong, or that change an edit: its text would have to be measured anew.
    """
    described = opened.manifest
    name = selection_named(described, selection, opened.root)
    definitions = described["selections"][name]["definitions"]
    scored = sorted(described["scores"])
    before = decisions(definitions)
    old, new = before.rule_set, rethresholded(before, settings).rule_set
    names = new.names
    changed = [rule for rule, was in zip(new.rules, old.rules, strict=True) if rule != was]
    found = WhatIf(name, [rule.name for rule in changed])
    outputs = described["outputs"]
    texts = texts_of(new, definitions.get("artifacts_sha256"), has_redpajama2(opened.root, outputs))
    for path in outputs:
        key = layout.key_of_documents(path)
        if key is not None and layout.selection(name, key) in outputs:
            _add_key(found, opened, key, texts, changed, names, definitions["settings"], scored)
    return found


def _add_key(
    found: WhatIf,
    opened: OpenedRun,
    key: Key,
    texts: Sequence[Text],
    changed: Sequence[Rule],
    names: Sequence[str],
    settings: str | None,
    scored: Sequence[str],
) -> None:
    path = opened.root / layout.selection(found.selection, key)
    bits = _column(path, "failed_rules").to_numpy()
    characters = _column(opened.root / layout.documents(key), "length").fill_null(0).to_numpy()
    after = bits.copy()
    columns = {
        column: _column(opened.root / _path_of(column, key, texts, scored), _stored_name(column, scored))
        for rule in changed
        for column in rule.columns
    }
    for rule in changed:
        fails, _, _ = rule.with_settings(settings_of(settings, key.language)).verdict(columns, len(bits))
        bit = np.int64(1) << names.index(rule.name)
        after = np.where(fails, after | bit, after & ~bit)
    kept, keeps = bits == 0, after == 0
    everything = np.ones(len(bits), np.bool_)
    sides = found.languages.setdefault(key.language, (Side(), Side()))
    for side, chosen in (
        (found.total, everything),
        (found.before, kept),
        (found.after, keeps),
        (found.gained, keeps & ~kept),
        (found.lost, kept & ~keeps),
        (sides[0], kept),
        (sides[1], keeps),
    ):
        side.add(chosen, characters)
    found.rules_before.update(failing_each(bits, names))
    found.rules_after.update(failing_each(after, names))
    for listed, chosen in ((found.gained_ids, keeps & ~kept), (found.lost_ids, kept & ~keeps)):
        if len(listed) < SHOWN and chosen.any():
            rows = np.flatnonzero(chosen)[: SHOWN - len(listed)]
            listed += _column(path, "doc_id").take(pa.array(rows)).to_pylist()


def _path_of(column: str, key: Key, texts: Sequence[Text], scored: Sequence[str]) -> str:
    """The table that holds a column as a rule names it."""
    name = column.rpartition(".")[2]
    if column in scored:
        return layout.scores(column, key)
    text = next(text for text in texts if text.edit == text_of(column))
    family = SIGNALS[name].family
    if family is None and not text.edits and text.with_documents:
        return layout.quality_signals(key)
    return layout.measured(text.name, family, key)


def _stored_name(column: str, scored: Sequence[str]) -> str:
    return "score" if column in scored else column.rpartition(".")[2]


def _column(path: Path, name: str) -> pa.Array:
    with pq.ParquetFile(path) as file:  # read_table would import pyarrow.dataset, and that pandas where it is installed
        column = file.read([name]).column(0)
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
