"""The last pass: how much of the documents is repeated, by language, source and host."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.dedupe.substrings.parameters import SubstringParameters
from corpusmill.dedupe.substrings.repeats import MOST_PASSAGES
from corpusmill.pipeline.dedupe.parts import Part
from corpusmill.pipeline.dedupe.substring.tables import substring_columns
from corpusmill.pipeline.dedupe.tally import Tally
from corpusmill.pipeline.task import Report
from corpusmill.store import layout
from corpusmill.store.commit import Attempt

SHOWN_CHARS = 100
LEFT_CHARS = 20  # documents with less left are nothing but copies: RefinedWeb drops them (§1, step 8)


@dataclass(frozen=True)
class SummariseSpans:
    """Counts what the tables of all parts say. Memory: the tables of one key, and the names of all hosts.

    `duplicates` are documents with spans and fewer than LEFT_CHARS code points of tokens outside of them.
    """

    duplicates: str
    parts: tuple[Part, ...]
    parameters: SubstringParameters
    sha256: tuple[tuple[str, ...], ...]  # of all documents, part by part

    kind = "dedupe"

    @property
    def name(self) -> str:
        return self.duplicates

    def depends_on(self) -> dict[str, Any]:
        return asdict(self) | {"parameters": self.parameters.described()}

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        tally = Tally()
        counts: Counter[str] = Counter()
        characters: dict[str, Counter[str]] = {}
        fraction, left = substring_columns(self.duplicates)
        for key in (key for part in self.parts for key in part.keys):
            table = pq.read_table(root / layout.duplicate_spans(self.duplicates, key))
            spans = pc.list_value_length(table["spans"]).to_numpy()
            lefts = pq.read_table(root / layout.scores(left, key), columns=["score"])["score"].to_numpy()
            tally.add(root, key, (spans > 0) & (lefts < LEFT_CHARS))
            counts.update(with_spans=int((spans > 0).sum()), spans=int(spans.sum()))
            of_language = characters.setdefault(key.language, Counter())
            for name in ("repeated", "total"):
                of_language[name] += int(table[name].to_numpy().sum())
        repeated, total = (sum(of[name] for of in characters.values()) for name in ("repeated", "total"))
        return {
            "name": self.duplicates,
            "column": fraction,
            "left_column": left,
            **self.parameters.described(),
            **tally.counts(),
            "left_chars": LEFT_CHARS,
            "with_spans": counts["with_spans"],
            "spans": counts["spans"],
            "repeated": repeated,
            "total": total,
            "fraction": round(repeated / max(total, 1), 6),
            "characters": {code: [of["total"], of["repeated"]] for code, of in sorted(characters.items())},
            **({"passages": self._passages(root)} if self.parameters.by == "suffix_array" else {}),
        }

    def _passages(self, root: Path) -> list[dict[str, Any]]:
        """Those that repeat most tokens within one group, and how each begins."""
        found = [
            row
            for part in self.parts
            for row in pq.read_table(root / layout.passages(self.duplicates, part.name)).to_pylist()
        ]
        found.sort(key=lambda row: row["tokens"] * (1 - row["occurrences"]))  # stable: groups in their order
        return [{**row, "text": row["text"][:SHOWN_CHARS]} for row in found[:MOST_PASSAGES]]
