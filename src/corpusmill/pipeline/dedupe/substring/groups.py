"""Repeated passages of each group of shards by itself, by a suffix array in memory: one pass in place of two.

A passage that stands in two groups only is not found: so the groups, and with them the result, depend on the sizes of
the texts and on `group_bytes`, never on the memory given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.batch import TextBatch
from corpusmill.dedupe.substrings.parameters import SubstringParameters
from corpusmill.dedupe.substrings.repeats import GROUP_BYTES_PER_TOKEN, MOST_PASSAGES, Suffixes, passage
from corpusmill.dedupe.substrings.search import BATCH_TEXTS, Marked
from corpusmill.dedupe.substrings.windows import Tokens, tokens_of
from corpusmill.errors import RunRefused
from corpusmill.pipeline.dedupe.parts import Part
from corpusmill.pipeline.dedupe.substring.tables import substring_columns, write_spans
from corpusmill.pipeline.task import Report
from corpusmill.schema import PASSAGES
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.tables import TableWriter


def cut_in_groups(parts: Sequence[tuple[Part, int]], group_bytes: int) -> list[Part]:
    """Consecutive keys of at most `group_bytes` of text; `parts` are of one key each, with the bytes of their texts.

    A key with more is a group of its own.
    """
    groups: list[list[Part]] = []
    room = 0
    for part, size in parts:
        if not groups or size > room:
            groups.append([])
            room = group_bytes
        groups[-1].append(part)
        room -= size
    return [_joined(number, group) for number, group in enumerate(groups)]


def _joined(number: int, group: Sequence[Part]) -> Part:
    keys = tuple(key for part in group for key in part.keys)
    return Part(f"{number:05d}", keys, (*(part.firsts[0] for part in group), group[-1].firsts[-1]))


@dataclass(frozen=True)
class MarkGroup:
    """The tables of a group, and the passages that repeat most of it. Memory: see repeats.py.

    Raises RunRefused where that is more than `memory_bytes`.
    """

    duplicates: str
    part: Part
    parameters: SubstringParameters
    memory_bytes: int
    sha256: tuple[str, ...]  # of the documents

    kind = "dedupe_spans"

    @property
    def name(self) -> str:
        return f"{self.duplicates}/{self.part.name}"

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self) | {"parameters": self.parameters.described()}
        del described["memory_bytes"]
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        suffixes = Suffixes(self._tokens(root))
        first, end = self.part.bounds
        marked = Marked(len(suffixes.ids) - (end - first), 0)
        marked.mark([suffixes.copies(self.parameters.min_tokens, self.parameters.keep)])
        repeats = suffixes.repeats(self.parameters.min_tokens, MOST_PASSAGES, apart=True)
        del suffixes
        for key in self.part.keys:
            write_spans(root, attempt, self.duplicates, key, marked, self.parameters)
        with TableWriter(attempt.path(layout.passages(self.duplicates, self.part.name)), PASSAGES) as writer:
            rows = [self._passage(root, *row) for row in repeats.tolist()]
            writer.write(pa.RecordBatch.from_pylist(rows, PASSAGES))
        return {"columns": substring_columns(self.duplicates)}

    def _tokens(self, root: Path) -> Iterator[Tokens]:
        count = 0
        for texts in self._texts(root):
            tokens = tokens_of(TextBatch(texts))
            count += len(tokens.hashes) + len(texts)
            if count * GROUP_BYTES_PER_TOKEN > self.memory_bytes:
                raise RunRefused(
                    f"{self.duplicates}: group {self.part.name}, of {len(self.part.keys)} keys from "
                    f"{self.part.keys[0].path} on, takes more than {self.memory_bytes:,} bytes of memory; "
                    "say --memory, --workers 1 or --group-bytes"
                )
            yield tokens

    def _texts(self, root: Path) -> Iterator[pa.Array]:
        for key in self.part.keys:
            with pq.ParquetFile(root / layout.documents(key)) as file:
                for batch in file.iter_batches(BATCH_TEXTS, columns=["raw_content"]):
                    yield batch["raw_content"]

    def _passage(self, root: Path, tokens: int, occurrences: int, document: int, token: int) -> dict[str, Any]:
        """`document`: its number in the group."""
        number, before = self.part.firsts[0] + document, 0
        key = next(key for key, end in zip(self.part.keys, self.part.firsts[1:], strict=True) if number < end)
        row = number - self.part.firsts[self.part.keys.index(key)]
        with pq.ParquetFile(root / layout.documents(key)) as file:
            for batch in file.iter_batches(BATCH_TEXTS, columns=["doc_id", "raw_content"]):
                if row < before + batch.num_rows:
                    break
                before += batch.num_rows
        found = batch.slice(row - before, 1)
        return {
            "doc_id": found["doc_id"][0].as_py(),
            **passage(found["raw_content"], tokens, occurrences, document, token),
        }
