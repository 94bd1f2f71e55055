"""C4 as datatrove 0.10.1, datatrove 0.2.0 and tensorflow-datasets 4.9.10 evaluate it: `conformance/filters`."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from corpusmill.batch import TextBatch
from corpusmill.pipeline.recipe import load
from corpusmill.rules.editing import apply
from corpusmill.rules.replace.spans import replay
from corpusmill.signals.registry import measure

pytestmark = pytest.mark.shared


def rows(shared: Path, name: str) -> dict[str, Any]:
    """The rows of a file of vectors by the ids of their documents."""
    lines = gzip.decompress((shared / "conformance" / "filters" / f"{name}.jsonl.gz").read_bytes()).splitlines()
    return {row["id"]: row for row in map(json.loads, lines)}


def differences(shared: Path, recipe: str, file: str, field: str) -> list[tuple[str, Any, Any]]:
    """Documents that the recipe's edit keeps, names a reason for or rewrites otherwise than the reference."""
    texts = {key: row["text"] for key, row in rows(shared, "documents").items()}
    wanted = rows(shared, file)
    assert wanted.keys() == texts.keys()
    (edit,) = load(recipe).edit
    batch = TextBatch(pa.array(texts.values(), pa.large_string()))
    found = apply(edit, batch)
    assert replay(batch.texts, found.replacements).equals(found.texts)
    wrong = []
    for key, text, failed in zip(texts, found.texts.to_pylist(), found.failed.to_pylist(), strict=True):
        want = wanted[key][field]
        have = {"keep": not failed}
        if failed and "reason" in want:
            have["reason"] = failed[0]["rule"]
        if not failed:
            have["text_sha1"] = hashlib.sha1(text.encode()).hexdigest()
        wrong += [(key, want.get(name), value) for name, value in have.items() if want.get(name) != value]
    return wrong


@pytest.mark.parametrize("tokenizer", ["spacy", "nltk"])
@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("c4", "c4_default"),
        ("c4-fineweb", "c4_fineweb"),
        ("c4-tfds-like", "c4_tfds_like"),
        ("c4-sentences", "c4_sentences"),
    ],
)
def test_datatrove(shared: Path, tokenizer: str, name: str, field: str):
    pytest.importorskip(tokenizer)
    assert differences(shared, f"datatrove-{name}-{tokenizer}", f"datatrove_0.10.1_{tokenizer}", field) == []


@pytest.mark.parametrize(("name", "field"), [("c4", "c4_default"), ("c4-fineweb", "c4_fineweb")])
def test_datatrove_of_fineweb_v1(shared: Path, name: str, field: str):
    pytest.importorskip("nltk")
    assert differences(shared, f"datatrove-{name}-nltk", "datatrove_0.2.0", field) == []


def test_clean_page_of_tensorflow_datasets(shared: Path):
    pytest.importorskip("nltk")
    assert differences(shared, "tfds-c4", "tfds_4.9.10_c4", "clean_page") == []


@pytest.mark.parametrize(
    ("file", "keep"),
    [
        ("datatrove_0.10.1_spacy", lambda row: row["c4_paragraph"]["keep"]),
        ("tfds_4.9.10_c4", lambda row: row["paragraph_filter"]),
    ],
)
def test_paragraph_filter(shared: Path, file: str, keep: Any):
    texts = {key: row["text"] for key, row in rows(shared, "documents").items()}
    (rule,) = load("datatrove-c4-paragraph-spacy").rule
    batch = measure(TextBatch(pa.array(texts.values(), pa.large_string())), rule.columns)
    fails = rule.verdict(dict(zip(batch.schema.names, batch.columns, strict=True)), len(texts))[0]
    assert (~fails).tolist() == [keep(row) for row in rows(shared, file).values()]


def test_page_length(shared: Path):
    texts = [row["text"] for row in rows(shared, "documents").values()]
    lengths = measure(TextBatch(pa.array(texts)), ["c4_char_count"]).column(0).to_pylist()
    wanted = [row["valid_length"] for row in rows(shared, "tfds_4.9.10_c4").values()]
    assert [length <= 190_000 for length in lengths] == wanted
