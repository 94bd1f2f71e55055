"""Conformance vectors of RedPajama-V2: the handmade ones in tests/data, all of them in the reference material."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from corpusmill.artifacts import Artifacts
from corpusmill.batch import TextBatch

VENDORED = Path(__file__).parent.parent / "data" / "rpv2"
COLUMNS = {
    "length": pa.int64(),
    "nlines": pa.int64(),
    "original_length": pa.int64(),
    "original_nlines": pa.int64(),
    "language_score": pa.float64(),
    "perplexity": pa.float64(),
    "bucket": pa.string(),
    "source_domain": pa.string(),
}


class Vectors(NamedTuple):
    """The annotated documents of one key and the records that the reference made of them."""

    key: str
    language: str
    documents: list[dict[str, Any]]
    records: list[dict[str, Any]]

    def batch(self, artifacts: Artifacts) -> TextBatch:
        columns = {name: pa.array([row[name] for row in self.documents], kind) for name, kind in COLUMNS.items()}
        return TextBatch(pa.array([row["raw_content"] for row in self.documents]), self.language, artifacts, columns)


def read_vectors(folder: Path) -> Iterator[Vectors]:
    for path in sorted((folder / "quality_signals").rglob("*.signals.json.gz")):
        key = path.relative_to(folder / "quality_signals").as_posix().removesuffix(".signals.json.gz")
        with gzip.open(path) as file:
            records = [json.loads(line) for line in file]
        with gzip.open(folder / "documents" / f"{key}.json.gz") as file:
            lines = file.read().split(b"\n")
        documents = [json.loads(lines[int(record["id"].rpartition("/")[2])]) for record in records]
        yield Vectors(key, path.name.partition("_")[0], documents, records)


def differences(vectors: Vectors, artifacts: Artifacts, names: list[str]) -> list[str]:
    """What we measure otherwise than the reference, to the last bit: "signal document ours theirs"."""
    from corpusmill.signals.registry import measure

    measured = measure(vectors.batch(artifacts), [*names, "line_ends"])
    ends = measured["line_ends"].to_pylist()
    found = []
    for name in names:
        for record, ours, line_ends in zip(vectors.records, measured[name].to_pylist(), ends, strict=True):
            theirs = record["quality_signals"][name]
            if name.startswith("rps_lines_"):
                if theirs == [[0, 0, None]]:  # quirk Q10
                    theirs = []
                spans = [[start, end] for start, end in zip([0, *line_ends], line_ends, strict=False)]
                same = ours == [row[2] for row in theirs] and spans[: len(theirs)] == [row[:2] for row in theirs]
            else:
                same = ours == theirs[0][2]
            if not same:
                found.append(f"{name} {record['id']} {ours} {theirs}"[:300])
    return found
