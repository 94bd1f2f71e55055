"""Our signals are RedPajama-V2's on the conformance vectors, bit for bit (DSIR and classifiers: other tests)."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest

from corpusmill.artifacts import Artifacts
from corpusmill.batch import TextBatch
from corpusmill.signals.names import RPV2_SIGNALS
from tests.kernels.words.test_views import lines_of, raw_words_of, words_of
from tests.signals.vectors import VENDORED, differences, read_vectors

NAMES = [name for name in RPV2_SIGNALS if "_importance" not in name and "_ml_" not in name]


def assert_conforms(folder: Path, documents: int) -> None:
    seen, found = 0, []
    for vectors in read_vectors(folder):
        seen += len(vectors.records)
        found += differences(vectors, Artifacts(folder / "artifacts"), NAMES)
    assert found == []
    assert seen == documents


def test_handmade_vectors() -> None:
    assert_conforms(VENDORED, 143)


@pytest.mark.shared
def test_all_vectors(shared: Path) -> None:
    assert_conforms(shared / "conformance" / "rpv2", 727)


def test_handmade_views() -> None:
    with gzip.open(VENDORED / "primitives.jsonl.gz") as file:
        rows = [json.loads(line) for line in file]
    batch = TextBatch(pa.array([row["raw_content"] for row in rows]))
    assert len(batch) > 100
    for document, row in enumerate(rows):
        assert words_of(batch, document) == row["normalized_words"]
        assert " ".join(words_of(batch, document)) == row["normalized_content"]
        assert raw_words_of(batch, document) == row["raw_words"]
        assert [list(span) for span in lines_of(batch, document)] == row["lines"]
