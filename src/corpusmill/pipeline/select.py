"""The select tasks: verdicts of a recipe's rules over the stored signals of one key. No text is touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.errors import RunRefused
from corpusmill.pipeline.task import Report
from corpusmill.rules.rule import Rule
from corpusmill.rules.verdicts import columns_of, select
from corpusmill.schema import SELECTION, Key
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.folder import RunFolder
from corpusmill.store.tables import TableWriter


@dataclass(frozen=True)
class Select:
    """Writes one row a document of `key`, in the order of the documents."""

    key: Key
    selection: str
    rules: tuple[Rule, ...]
    signals_sha256: str
    scores_sha256: tuple[tuple[str, str], ...] = ()  # of each column of scores that the rules name

    kind = "select"

    @property
    def name(self) -> str:
        return f"{self.selection}/{self.key.path}"

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self)
        if not self.scores_sha256:
            del described["scores_sha256"]
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        rules: Counter[str] = Counter()
        only: Counter[str] = Counter()
        kept = 0
        scored = [name for name, _ in self.scores_sha256]
        columns = ["doc_id", *(name for name in columns_of(self.rules) if name not in scored)]
        scores = {name: _scores(root, name, self.key) for name in scored}
        start = 0
        with (
            pq.ParquetFile(root / layout.quality_signals(self.key)) as signals,
            TableWriter(attempt.path(layout.selection(self.selection, self.key)), SELECTION) as writer,
        ):
            for batch in signals.iter_batches(batch_size=65_536, columns=columns):
                named = {name: batch[name] for name in columns}
                for name, table in scores.items():
                    part = table.slice(start, batch.num_rows)
                    assert part["doc_id"].equals(named["doc_id"].cast(pa.string())), "scores of other documents"
                    named[name] = part["score"]
                start += batch.num_rows
                verdicts = select(named.pop("doc_id"), named, self.rules)
                writer.write(verdicts)
                kept += pc.sum(verdicts["keep"]).as_py() or 0
                failed = verdicts["failed"]
                rules.update(failed.flatten().field("rule").to_pylist())
                alone = failed.filter(pc.equal(pc.list_value_length(failed), 1))
                only.update(alone.flatten().field("rule").to_pylist())
        return {
            "selection": self.selection,
            "documents": writer.rows,
            "kept": kept,
            "rules": {rule.name: rules[rule.name] for rule in self.rules},
            "only": {rule.name: only[rule.name] for rule in self.rules},
        }


def select_tasks(folder: RunFolder, selection: str, rules: tuple[Rule, ...], keys: Sequence[Key]) -> list[Select]:
    """A task for each key, with the hashes of what its rules look at.

    Raises RunRefused where a column of scores is not there for all keys.
    """
    hashes = {path: output.sha256 for entry in folder.entries.values() for path, output in entry.outputs.items()}
    scored = {entry.counts["column"] for entry in folder.of_kind("score")}
    used = [name for name in columns_of(rules) if name in scored]
    for name in used:
        if any(layout.scores(name, key) not in hashes for key in keys):
            raise RunRefused(f"{folder.root}: scores {name!r} are not complete: run corpusmill score again")
    return [
        Select(
            key,
            selection,
            rules,
            hashes[layout.quality_signals(key)],
            tuple((name, hashes[layout.scores(name, key)]) for name in used),
        )
        for key in keys
    ]


def _scores(root: Path, name: str, key: Key) -> pa.RecordBatch:
    """All scores of one key, row by row as its documents."""
    table = pq.read_table(root / layout.scores(name, key))
    return table.combine_chunks().to_batches()[0] if table.num_rows else pa.RecordBatch.from_pylist([], table.schema)
