"""The select tasks: verdicts of a recipe's rules over the stored signals of one key. No text is touched.

Where the recipe resamples, a task before them finds where the sample ends in each language.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.errors import RunRefused
from corpusmill.pipeline.parameters import CutParameters
from corpusmill.pipeline.task import Report
from corpusmill.rules.resample import RULE, Keys, ResampleParameters, Threshold, cut, disturbed
from corpusmill.rules.rule import Rule
from corpusmill.rules.verdicts import columns_of, passes, select
from corpusmill.schema import SELECTION, Key
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.folder import RunFolder
from corpusmill.store.tables import TableWriter


@dataclass(frozen=True)
class Measured:
    """The stored columns of one key that a selection looks at."""

    key: Key
    signals_sha256: str
    scores_sha256: tuple[tuple[str, str], ...] = ()  # of each column of scores among them

    def batches(self, root: Path, columns: Sequence[str]) -> Iterator[tuple[pa.Array, dict[str, pa.Array]]]:
        """Ids and columns of the documents, in their order."""
        scored = [name for name, _ in self.scores_sha256]
        stored = ["doc_id", *(name for name in columns if name not in scored)]
        scores = {name: _scores(root, name, self.key) for name in scored}
        start = 0
        with pq.ParquetFile(root / layout.quality_signals(self.key)) as signals:
            for batch in signals.iter_batches(batch_size=65_536, columns=stored):
                named = {name: batch[name] for name in stored}
                doc_ids = named.pop("doc_id").cast(pa.string())
                for name, table in scores.items():
                    part = table.slice(start, batch.num_rows)
                    assert part["doc_id"].equals(doc_ids), "scores of other documents"
                    named[name] = part["score"]
                start += batch.num_rows
                yield doc_ids, named


@dataclass(frozen=True)
class Select:
    """Writes one row a document of a key, in the order of the documents."""

    measured: Measured
    selection: str
    rules: tuple[Rule, ...]
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
        described = asdict(self)
        if self.cut is None:
            del described["cut"]
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        rules: Counter[str] = Counter()
        only: Counter[str] = Counter()
        kept = 0
        resampling = None
        if self.resample is not None:
            resampling = self.resample, read_thresholds(root, self.selection)[self.key.language]
        with TableWriter(attempt.path(layout.selection(self.selection, self.key)), SELECTION) as writer:
            for doc_ids, columns in self.measured.batches(root, _columns(self.rules, self.resample)):
                verdicts = select(doc_ids, columns, self.rules, resampling)
                writer.write(verdicts)
                kept += pc.sum(verdicts["keep"]).as_py() or 0
                failed = verdicts["failed"]
                rules.update(failed.flatten().field("rule").to_pylist())
                alone = failed.filter(pc.equal(pc.list_value_length(failed), 1))
                only.update(alone.flatten().field("rule").to_pylist())
        names = [rule.name for rule in self.rules] + ([RULE] if self.resample else [])
        return {
            "selection": self.selection,
            "documents": writer.rows,
            "kept": kept,
            "rules": {name: rules[name] for name in names},
            "only": {name: only[name] for name in names},
            "definitions": [asdict(rule) for rule in self.rules],
            **({"cut": self.cut} if self.cut is not None else {}),
        }


@dataclass(frozen=True)
class SetThresholds:
    """Writes where the sample of each language ends, among what the rules keep of all keys.

    Memory: one batch of columns; on disk, for its time, 8 bytes a document of one language.
    """

    measured: tuple[Measured, ...]
    selection: str
    rules: tuple[Rule, ...]
    resample: ResampleParameters

    kind = "resample"

    @property
    def name(self) -> str:
        return f"{self.selection}/{RULE}"

    def depends_on(self) -> dict[str, Any]:
        return asdict(self)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        languages = sorted({measured.key.language for measured in self.measured})
        found = {language: asdict(self._threshold(root, language)) for language in languages}
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
        for measured in self.measured:
            if measured.key.language == language:
                for doc_ids, columns in measured.batches(root, _columns(self.rules, self.resample)):
                    keys = disturbed(doc_ids, columns, self.resample)
                    candidates = passes(columns, self.rules, len(doc_ids)) & ~np.isnan(keys)
                    yield keys[candidates], doc_ids.filter(pa.array(candidates))


def measured_of(
    folder: RunFolder, rules: Sequence[Rule], resample: ResampleParameters | None, keys: Sequence[Key]
) -> tuple[Measured, ...]:
    """What rules look at in each of `keys`, with its hashes.

    Raises RunRefused where a column of scores is not there for all keys.
    """
    hashes = folder.hashes()
    scored = {column for entry in folder.entries.values() for column in entry.columns}
    used = [name for name in _columns(rules, resample) if name in scored]
    for name in used:
        if any(layout.scores(name, key) not in hashes for key in keys):
            raise RunRefused(f"{folder.root}: scores {name!r} are not complete: run corpusmill score again")
    return tuple(
        Measured(
            key, hashes[layout.quality_signals(key)], tuple((name, hashes[layout.scores(name, key)]) for name in used)
        )
        for key in keys
    )


def refuse_missing_spans(folder: RunFolder, cut: CutParameters, keys: Sequence[Key]) -> None:
    """Raises RunRefused where documents have no spans of this name, or nothing says how much they leave."""
    hashes = folder.hashes()
    if any(layout.duplicate_spans(cut.spans, key) not in hashes for key in keys):
        raise RunRefused(
            f"{folder.root} has no spans {cut.spans!r}: corpusmill dedupe --method substring --name {cut.spans}"
        )
    for column in (column for rule in cut.rules for column in rule.columns):
        if any(layout.scores(column, key) not in hashes for key in keys):
            raise RunRefused(f"{folder.root} has no column {column!r}, which [cut] drops by; say cut.min_chars=0")


def read_thresholds(root: Path, selection: str) -> dict[str, Threshold]:
    described = orjson.loads((root / layout.resampling(selection)).read_bytes())
    return {language: Threshold.of(values) for language, values in described.items()}


def _columns(rules: Sequence[Rule], resample: ResampleParameters | None) -> list[str]:
    return sorted({*columns_of(rules), *(resample.columns if resample else ())})


def _numbers_in(file: IO[bytes]) -> Iterator[Keys]:
    file.seek(0)
    while content := file.read(8 << 20):
        yield np.frombuffer(content, np.float64)


def _scores(root: Path, name: str, key: Key) -> pa.RecordBatch:
    """All scores of one key, row by row as its documents."""
    table = pq.read_table(root / layout.scores(name, key))
    return table.combine_chunks().to_batches()[0] if table.num_rows else pa.RecordBatch.from_pylist([], table.schema)
