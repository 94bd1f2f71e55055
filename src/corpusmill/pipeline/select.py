"""The select tasks: verdicts of a recipe's rules over the stored signals of one key. No text is touched.

Where the recipe resamples, a task before them finds where the sample ends in each language.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.errors import RunRefused
from corpusmill.keys import Key
from corpusmill.pipeline.measure_texts import families_of, texts_of
from corpusmill.pipeline.parameters import CutParameters
from corpusmill.pipeline.task import Report, fields_of
from corpusmill.rules.resample import RULE, Keys, ResampleParameters, Threshold, cut, disturbed
from corpusmill.rules.ruleset import RuleSet
from corpusmill.rules.settings import settings_of
from corpusmill.rules.verdicts import EditVerdicts, columns_of, failing_each, passes, select
from corpusmill.schema import SELECTION
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.folder import RunFolder
from corpusmill.store.measured import has_redpajama2
from corpusmill.store.tables import TableWriter, has_many_rows, read_table


class Batch(NamedTuple):
    """Documents of one key as rules see them."""

    doc_ids: pa.Array
    columns: dict[str, pa.Array]  # those of edited texts by "edit.name"
    edited: dict[str, EditVerdicts]


@dataclass(frozen=True)
class Measured:
    """The stored columns of one key that a selection looks at, with the hashes of their files."""

    key: Key
    signals_sha256: str
    scores_sha256: tuple[tuple[str, str], ...] = ()  # of each column of scores among them
    families: tuple[tuple[str, str, str | None, str], ...] = ()  # edit, name of its text, family, sha256
    edits: tuple[tuple[str, str, str], ...] = ()  # edit, name of its text, sha256
    artifacts_sha256: str | None = None  # what families and edits were measured with

    def batches(self, root: Path, columns: Sequence[str]) -> Iterator[Batch]:
        """Ids, columns and edits of the documents, in their order."""
        besides = {name: _scores(root, name, self.key) for name, _ in self.scores_sha256}
        for edit, text, family, _ in self.families:
            besides |= _measured(root / layout.measured(text, family, self.key), edit, columns)
        edited = {edit: _table(root / layout.edits(text, self.key)) for edit, text, _ in self.edits}
        stored = ["doc_id", *(name for name in columns if name not in besides)]
        start = 0
        with pq.ParquetFile(root / layout.quality_signals(self.key)) as signals:
            for batch in signals.iter_batches(batch_size=65_536, columns=stored):
                named = {name: batch[name] for name in stored}
                doc_ids = named.pop("doc_id").cast(pa.string())
                for name, table in besides.items():
                    part = table.slice(start, batch.num_rows)
                    assert part["doc_id"].equals(doc_ids), f"{name} is of other documents"
                    named[name] = part[1]
                parts = {name: table.slice(start, batch.num_rows) for name, table in edited.items()}
                start += batch.num_rows
                yield Batch(
                    doc_ids,
                    named,
                    {name: EditVerdicts(part["replacements"], part["failed"]) for name, part in parts.items()},
                )


@dataclass(frozen=True)
class Select:
    """Writes one row a document of a key, in the order of the documents."""

    measured: Measured
    selection: str
    rule_set: RuleSet
    settings: str | None  # thresholds by language
    resample: ResampleParameters | None
    resampling_sha256: str | None  # of the thresholds
    cut: str | None = None  # spans that the texts of the selection are without

    kind = "select"

    @property
    def key(self) -> Key:
        return self.measured.key

    @property
    def name(self) -> str:
        return f"{self.selection}/{self.key.path}"

    def depends_on(self) -> dict[str, Any]:
        described = fields_of(self)
        if self.cut is None:
            del described["cut"]
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        names = self.rule_set.names + ([RULE] if self.resample else [])
        rules: Counter[str] = Counter()
        only: Counter[str] = Counter()
        kept = 0
        resampling = None
        if self.resample is not None:
            resampling = self.resample, read_thresholds(root, self.selection)[self.key.language]
        with TableWriter(attempt.path(layout.selection(self.selection, self.key)), SELECTION) as writer:
            settings = settings_of(self.settings, self.key.language)
            for batch in self.measured.batches(root, _columns(self.rule_set, self.resample)):
                verdicts = select(batch.doc_ids, batch.columns, self.rule_set, settings, batch.edited, resampling)
                writer.write(verdicts)
                kept += pc.sum(verdicts["keep"]).as_py() or 0
                bits = verdicts["failed_rules"].to_numpy()
                rules.update(failing_each(bits, names))
                only.update(failing_each(bits[np.bitwise_count(bits.view(np.uint64)) == 1], names))
        return {
            "selection": self.selection,
            "documents": writer.rows,
            "kept": kept,
            "rules": {name: rules[name] for name in names},
            "only": {name: only[name] for name in names},
            "definitions": {
                **fields_of(self.rule_set),
                "settings": self.settings,
                "order": names,
                "artifacts_sha256": self.measured.artifacts_sha256,
            },
            **({"cut": self.cut} if self.cut is not None else {}),
        }


@dataclass(frozen=True)
class SetThresholds:
    """Writes where the sample of each language ends, among what the rules keep of all keys.

    Memory: one batch of columns; on disk, for its time, 8 bytes a document of one language.
    """

    measured: tuple[Measured, ...]
    selection: str
    rule_set: RuleSet
    settings: str | None
    resample: ResampleParameters

    kind = "resample"

    @property
    def name(self) -> str:
        return f"{self.selection}/{RULE}"

    def depends_on(self) -> dict[str, Any]:
        return fields_of(self)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        languages = sorted({measured.key.language for measured in self.measured})
        found = {language: fields_of(self._threshold(root, language)) for language in languages}
        # orjson writes the infinite threshold of an empty sample as null
        attempt.path(layout.resampling(self.selection)).write_bytes(orjson.dumps(found, option=orjson.OPT_SORT_KEYS))
        drawn = {code: {name: value[name] for name in ("eligible", "drawn")} for code, value in found.items()}
        return {"selection": self.selection, "languages": drawn}

    def _threshold(self, root: Path, language: str) -> Threshold:
        with tempfile.TemporaryFile(dir=root) as file:
            for keys, _ in self._eligible(root, language):
                file.write(keys.tobytes())
            threshold, ties = cut(lambda: _numbers_in(file), self.resample)
        if not ties:
            return threshold
        equal = [ids.filter(pa.array(keys == threshold.least)) for keys, ids in self._eligible(root, language)]
        names = sorted(name for ids in equal for name in ids.to_pylist())
        return dataclasses.replace(threshold, ties=tuple(names[:ties]))

    def _eligible(self, root: Path, language: str) -> Iterator[tuple[Keys, pa.Array]]:
        """Keys, and ids, of the documents that the rules keep and that have the value."""
        settings = settings_of(self.settings, language)
        for measured in self.measured:
            if measured.key.language == language:
                for batch in measured.batches(root, _columns(self.rule_set, self.resample)):
                    keys = disturbed(batch.doc_ids, batch.columns, self.resample)
                    passing = passes(self.rule_set, batch.columns, batch.edited, settings, len(batch.doc_ids))
                    candidates = passing & ~np.isnan(keys)
                    yield keys[candidates], batch.doc_ids.filter(pa.array(candidates))


def measured_of(
    folder: RunFolder,
    rule_set: RuleSet,
    resample: ResampleParameters | None,
    keys: Sequence[Key],
    artifacts_sha256: str | None,
) -> tuple[Measured, ...]:
    """What rules look at in each of `keys`, with its hashes.

    Raises RunRefused where a column of scores is not there for all keys.
    """
    hashes = folder.hashes()
    scored = {column for entry in folder.entries.values() for column in entry.columns}
    used = [name for name in _columns(rule_set, resample) if name in scored]
    for name in used:
        if any(layout.scores(name, key) not in hashes for key in keys):
            raise RunRefused(f"{folder.root}: scores {name!r} are not complete: run corpusmill score again")
    texts = texts_of(rule_set, artifacts_sha256, has_redpajama2(folder.root, hashes))
    families = [(text, family) for text in texts for family in families_of(rule_set, text)]
    return tuple(
        Measured(
            key,
            hashes[layout.quality_signals(key)],
            tuple((name, hashes[layout.scores(name, key)]) for name in used),
            tuple(
                (text.edit, text.name, family, hashes[layout.measured(text.name, family, key)])
                for text, family in families
            ),
            tuple((text.edit, text.name, hashes[layout.edits(text.name, key)]) for text in texts[1:]),
            artifacts_sha256,
        )
        for key in keys
    )


def refuse_missing_spans(folder: RunFolder, cut: CutParameters, keys: Sequence[Key]) -> None:
    """Raises RunRefused where documents have no spans of this name, or nothing says how much they leave."""
    hashes = folder.hashes()
    if any(layout.cut_spans(cut.of, key) not in hashes for key in keys):
        lacks = (
            f"no spans {cut.spans!r}: corpusmill dedupe --method substring --name {cut.spans}"
            if cut.spans is not None
            else f"no contaminants {cut.contaminants!r}: corpusmill decontaminate RUN --index INDEX"
        )
        raise RunRefused(f"{folder.root} has {lacks}")
    for column in (column for rule in cut.rules for column in rule.columns):
        if any(layout.scores(column, key) not in hashes for key in keys):
            raise RunRefused(f"{folder.root} has no column {column!r}, which [cut] drops by; say cut.min_chars=0")


def read_thresholds(root: Path, selection: str) -> dict[str, Threshold]:
    described = orjson.loads((root / layout.resampling(selection)).read_bytes())
    return {language: Threshold.of(values) for language, values in described.items()}


def _columns(rule_set: RuleSet, resample: ResampleParameters | None) -> list[str]:
    return sorted({*columns_of(rule_set.rules), *(resample.columns if resample else ())})


def _numbers_in(file: IO[bytes]) -> Iterator[Keys]:
    file.seek(0)
    while content := file.read(8 << 20):
        yield np.frombuffer(content, np.float64)


def _scores(root: Path, name: str, key: Key) -> pa.RecordBatch:
    """Ids and scores of one key, row by row as its documents."""
    return _table(root / layout.scores(name, key), ["doc_id", "score"])


def _measured(path: Path, edit: str, columns: Sequence[str]) -> dict[str, pa.RecordBatch]:
    """Ids and values of each of `columns` that a table of a family on the text of `edit` has."""
    with pq.ParquetFile(path) as file:
        names = [name for name in file.schema_arrow.names if _qualified(edit, name) in columns]
        table = _whole(file.read(["doc_id", *names], use_threads=has_many_rows(file)))
    return {_qualified(edit, name): table.select(["doc_id", name]) for name in names}


def _qualified(edit: str, name: str) -> str:
    return f"{edit}.{name}" if edit else name


def _table(path: Path, columns: Sequence[str] | None = None) -> pa.RecordBatch:
    return _whole(read_table(path, columns=columns))


def _whole(table: pa.Table) -> pa.RecordBatch:
    """As one batch."""
    return table.combine_chunks().to_batches()[0] if table.num_rows else pa.RecordBatch.from_pylist([], table.schema)
