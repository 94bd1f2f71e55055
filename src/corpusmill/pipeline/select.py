"""The select tasks: verdicts of a recipe's rules over the stored signals of one key. No text is touched."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.pipeline.task import Report
from corpusmill.rules.rule import Rule
from corpusmill.rules.verdicts import columns_of, select
from corpusmill.schema import SELECTION, Key
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.tables import TableWriter


@dataclass(frozen=True)
class Select:
    """Writes one row a document of `key`, in the order of the documents."""

    key: Key
    selection: str
    rules: tuple[Rule, ...]
    signals_sha256: str

    kind = "select"

    @property
    def name(self) -> str:
        return f"{self.selection}/{self.key.path}"

    def depends_on(self) -> dict[str, Any]:
        return asdict(self)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        rules: Counter[str] = Counter()
        only: Counter[str] = Counter()
        kept = 0
        columns = ["doc_id", *columns_of(self.rules)]
        with (
            pq.ParquetFile(root / layout.quality_signals(self.key)) as signals,
            TableWriter(attempt.path(layout.selection(self.selection, self.key)), SELECTION) as writer,
        ):
            for batch in signals.iter_batches(batch_size=65_536, columns=columns):
                named = {name: batch[name] for name in columns}
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
