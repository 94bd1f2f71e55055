"""Documents and verdicts of the reference implementations."""

from __future__ import annotations

import functools
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpusmill.artifacts import Artifacts
from corpusmill.language.codes import short
from corpusmill.pipeline.judge import Judge, documents_of, judged_in_order
from corpusmill.pipeline.recipe import load


@functools.cache
def rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@functools.cache
def documents(folder: Path) -> pa.RecordBatch:
    found = rows(folder / "documents.jsonl.gz")
    columns = [[row["id"] for row in found], [row["text"] for row in found], [short(row["lang"]) for row in found]]
    return documents_of(*columns, [None] * len(found))


@functools.cache
def verdicts(folder: Path, recipe: str) -> dict[str, dict[str, Any]]:
    """By id: `failed`, `keep` and the `text` after edits."""
    judge = Judge(load(recipe), Artifacts(None))
    found, texts = judged_in_order(judge, documents(folder))
    return {row["doc_id"]: row | {"text": text} for row, text in zip(found.to_pylist(), texts.to_pylist(), strict=True)}
