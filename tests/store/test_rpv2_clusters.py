"""Exported clusters: RedPajama-V2's own at four similarities, and names by the least id."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import corpusmill
from corpusmill.api import annotate_documents
from corpusmill.cli.main import main
from corpusmill.keys import id_int
from corpusmill.store.rpv2 import export_rpv2
from corpusmill.store.rpv2_clusters import SCHEMA

TEXT = " ".join(f"word{n} of a long text about rivers and towns" for n in range(60))


def exported(folder: Path) -> dict[str, list[dict[str, object]]]:
    """Rows of each file of clusters, sorted by id."""
    return {
        path.relative_to(folder).as_posix(): sorted(pq.read_table(path).to_pylist(), key=lambda row: row["id"])
        for path in folder.rglob("*.clusters.parquet")
    }


def dedupe(run: Path, similarity: float, name: str) -> None:
    command = ["dedupe", str(run), "--method", "minhash", "--similarity", str(similarity), "--name", name]
    assert main([*command, "--workers", "1"]) == 0


def test_a_cluster_is_named_by_its_least_id(tmp_path: Path):
    for name in ("a", "b"):
        texts = [TEXT, f"{name} stands alone here", TEXT]
        lines = (json.dumps({"text": text, "id": f"{name}{n}"}) + "\n" for n, text in enumerate(texts))
        (tmp_path / f"{name}.jsonl").write_text("".join(lines))
    inputs = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    corpusmill.run("keep-all", inputs, tmp_path / "run", settings=["language.threshold=0"], workers=1)
    dedupe(tmp_path / "run", 0.9, "near")
    assert main(["dedupe", str(tmp_path / "run"), "--method", "exact", "--name", "equal", "--workers", "1"]) == 0
    export_rpv2(tmp_path / "run", tmp_path / "out")
    found = exported(tmp_path / "out" / "clusters")
    assert sorted(found) == [f"sim0.9/0000-00/000{n}/en_all.clusters.parquet" for n in (0, 1)]
    rows = [row for rows in found.values() for row in rows]
    ids = [f"0000-00/000{n}/en_all.json.gz/{line}" for n in (0, 1) for line in (0, 2)]
    assert sorted(row["id"] for row in rows) == ids
    numbers = {doc_id: id_int(doc_id) % 2**64 for doc_id in ids}
    assert all(row["id_int"] == numbers[row["id"]] for row in rows)
    assert {row["cluster_id"] for row in rows} == {min(numbers.values())}
    assert all(row["id"].startswith(row["shard_id"]) for row in rows)
    path = next((tmp_path / "out" / "clusters").rglob("*.parquet"))
    assert pq.read_schema(path).equals(SCHEMA)


@pytest.mark.shared
def test_clusters_are_redpajama_s(shared: Path, tmp_path: Path):
    golden = shared / "conformance" / "rpv2"
    annotate_documents(golden / "documents", tmp_path / "run", workers=2)
    for similarity in (1.0, 0.9, 0.8, 0.7):
        dedupe(tmp_path / "run", similarity, f"sim{round(similarity * 100)}")
    export_rpv2(tmp_path / "run", tmp_path / "out")
    expected = exported(golden / "clusters")
    assert len(expected) == 26
    assert exported(tmp_path / "out" / "clusters") == expected
