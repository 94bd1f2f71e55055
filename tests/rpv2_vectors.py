"""RedPajama-V2 conformance vectors: the handmade part in the repository, all of it in the reference material."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.artifacts import Artifacts
from corpusmill.batch import TextBatch
from corpusmill.keys import Key

VENDORED = Path(__file__).parent / "data" / "rpv2"


class Vectors(NamedTuple):
    """One file of documents and what the reference makes of it."""

    key: Key
    batch: TextBatch
    signals: list[dict[str, Any]]  # one record a document
    minhash: pa.Table


def vectors(folder: Path) -> Iterator[Vectors]:
    """All annotated files below `folder`."""
    artifacts = Artifacts(folder / "artifacts")
    for path in sorted((folder / "quality_signals").rglob("*.signals.json.gz")):
        key = Key.parse(path.relative_to(folder / "quality_signals").as_posix().removesuffix(".signals.json.gz"))
        with gzip.open(path, "rb") as file:
            records = [json.loads(line) for line in file]
        numbers = {int(record["id"].rpartition("/")[2]) for record in records}  # malformed lines have no record
        with gzip.open(folder / "documents" / key.source, "rb") as file:
            texts = [json.loads(line)["raw_content"] for i, line in enumerate(file) if i in numbers]
        table = pq.read_table(folder / "minhash" / f"{key.path}.minhash.parquet")
        yield Vectors(key, TextBatch(pa.array(texts, pa.string()), key.language, artifacts), records, table)


def wanted(records: list[dict[str, Any]], name: str) -> list[float | None]:
    """The reference's values of the document signal `name`; null where it does not emit it."""
    return [record["quality_signals"].get(name, [[0, 0, None]])[0][2] for record in records]


def differing(
    records: list[dict[str, Any]], name: str, ours: list[float | None], tolerance: float
) -> list[tuple[str, float | None, float | None]]:
    """Documents whose value is off the reference by more than `tolerance` · max(1, |value|), or null against number."""
    pairs = zip(records, ours, wanted(records, name), strict=True)
    return [(record["id"], have, want) for record, have, want in pairs if not _close(have, want, tolerance)]


def _close(have: float | None, want: float | None, tolerance: float) -> bool:
    if have is None or want is None:
        return have is want
    return abs(have - want) <= tolerance * max(1.0, abs(want))
