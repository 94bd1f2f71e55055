"""The spans of each document as tables, and two columns of scores that rules can name.

NAME_duplicate_fraction   code points in spans, of all
NAME_left_chars           code points of the tokens outside of spans: what is left but for white space
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.batch import TextBatch
from corpusmill.dedupe.shuffle import ShuffleFile, read_partition
from corpusmill.dedupe.substrings.parameters import SubstringParameters
from corpusmill.dedupe.substrings.search import BATCH_TEXTS, Marked
from corpusmill.dedupe.substrings.spans import Spans
from corpusmill.keys import Key
from corpusmill.pipeline.dedupe.parts import Part
from corpusmill.pipeline.dedupe.spans import span_lists
from corpusmill.pipeline.dedupe.substring.find import PART_POSITIONS, copies_file, counted_file
from corpusmill.pipeline.task import Report
from corpusmill.schema import DUPLICATE_SPANS, SCORES
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.tables import TableWriter

# Columns, by what each is of.
COLUMNS: dict[str, Callable[[Spans], np.ndarray]] = {
    "duplicate_fraction": lambda spans: spans.fractions,
    "left_chars": lambda spans: spans.left.astype(np.float64),
}


def substring_columns(name: str) -> list[str]:
    """The columns of scores of the duplicates `name`."""
    return [f"{name}_{column}" for column in COLUMNS]


@dataclass(frozen=True)
class WriteSpans:
    """The tables of a part. Memory: a bit for each of its tokens."""

    duplicates: str
    part: Part
    number: int
    parameters: SubstringParameters
    joins: int  # files of copies
    sha256: tuple[tuple[str, ...], ...]  # of all documents, part by part

    kind = "dedupe_spans"

    @property
    def name(self) -> str:
        return f"{self.duplicates}/{self.part.name}"

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self) | {"parameters": self.parameters.described()}
        del described["joins"]  # follows from the memory given
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        tokens = orjson.loads((root / counted_file(self.duplicates, self.part.name)).read_bytes())["tokens"]
        marked = Marked(tokens, self.number * PART_POSITIONS)
        files = [ShuffleFile(root / copies_file(self.duplicates, join)) for join in range(self.joins)]
        marked.mark(read_partition(files, self.number))
        for key in self.part.keys:
            write_spans(root, attempt, self.duplicates, key, marked, self.parameters)
        return {"columns": substring_columns(self.duplicates)}


def write_spans(
    root: Path, attempt: Attempt, name: str, key: Key, marked: Marked, parameters: SubstringParameters
) -> None:
    """The tables of one key, whose documents are those that `marked` is to be asked for next."""
    described = {f"corpusmill.{what}": str(value) for what, value in parameters.described().items()}
    with (
        pq.ParquetFile(root / layout.documents(key)) as documents,
        TableWriter(attempt.path(layout.duplicate_spans(name, key)), DUPLICATE_SPANS, described) as rows,
        TableWriter(attempt.path(layout.scores(f"{name}_duplicate_fraction", key)), SCORES) as fractions,
        TableWriter(attempt.path(layout.scores(f"{name}_left_chars", key)), SCORES) as left,
    ):
        for batch in documents.iter_batches(BATCH_TEXTS, columns=["doc_id", "raw_content"]):
            spans = marked.spans(TextBatch(batch["raw_content"]), parameters)
            doc_ids = batch["doc_id"].cast(pa.string())
            columns = [
                doc_ids,
                span_lists(spans.starts, spans.ends, spans.offsets),
                pa.array(spans.repeated),
                pa.array(spans.total),
            ]
            rows.write(pa.RecordBatch.from_arrays(columns, schema=DUPLICATE_SPANS))
            for writer, column in zip((fractions, left), COLUMNS.values(), strict=True):
                scores = pa.array(column(spans), pa.float64())
                writer.write(pa.RecordBatch.from_arrays([doc_ids, scores], schema=SCORES))
