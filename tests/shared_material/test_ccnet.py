"""Normal forms and paragraph deduplication as cc_net itself made them: `conformance/filters/ccnet_*`."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest

from corpusmill.dedupe.paragraphs import paragraph_hash, paragraphs, seen, union, without_repeated
from corpusmill.language.ccnet_text import document_form, paragraph_form

pytestmark = pytest.mark.shared


def test_normal_forms_and_hashes(shared: Path):
    lines = gzip.decompress((shared / "conformance/filters/ccnet_normalise.jsonl.gz").read_bytes()).splitlines()
    assert len(lines) == 3076
    for row in map(json.loads, lines):
        if "line" in row:
            assert paragraph_form(row["line"]) == row["dedup_norm"]
            assert paragraph_hash(row["line"]) == row["hash_u64"]
        assert document_form(row.get("line", row.get("document"))) == row["lm_norm"]


def test_two_shards(shared: Path):
    vectors = json.loads(gzip.decompress((shared / "conformance/filters/ccnet_dedup_two_shards.json.gz").read_bytes()))
    texts = [[document["raw_content"] for document in shard] for shard in vectors["shards"]]
    batches = [paragraphs(pa.array(shard)) for shard in texts]
    parts = [seen(batch) for batch in batches]
    assert [len(part.hashes) for part in parts] == vectors["unique_hashes"]
    assert [int(part.repeated.sum()) for part in parts] == vectors["flagged"]
    group = union(parts)
    for shard, batch, expected in zip(texts, batches, vectors["result"], strict=True):
        kept = without_repeated(batch, group)
        for number, (text, wanted) in enumerate(zip(shard, expected, strict=True)):
            ids = kept.of(number).tolist()
            if wanted is None:
                assert ids == []
                continue
            lines = text.split("\n")
            assert ids == wanted["line_ids"]
            assert "\n".join(lines[n] for n in ids) == wanted["raw_content"]
            assert (len(lines), len(text)) == (wanted["original_nlines"], wanted["original_length"])
