"""Exported duplicates by digest: RedPajama-V2's own rows, and which of several are exported."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import corpusmill
from corpusmill.api import annotate_documents
from corpusmill.errors import RunRefused
from corpusmill.keys import Key
from corpusmill.pipeline.dedupe.bloom.damaged import is_passed_over
from corpusmill.pipeline.dedupe.bloom.mark import prepare_bloom
from corpusmill.pipeline.dedupe.bloom.search import BloomSearch
from corpusmill.pipeline.runner import Runner
from corpusmill.schema import DUPLICATES
from corpusmill.store.rpv2 import export_rpv2
from corpusmill.store.rpv2_duplicates import digest_duplicates
from tests.faults.running import InProcessEngine

HERE = Path(__file__).parent
VENDORED = HERE.parent / "data" / "rpv2"


def dedupe(run: Path, name: str, capacity: int, every_file: bool = False) -> None:
    runner = Runner(InProcessEngine(1), quiet=True)
    with runner.opened(run) as folder:
        task = prepare_bloom(folder, name, BloomSearch("digest", capacity=capacity, every_file=every_file))
        runner.finish(folder, runner.bloom(folder, task))


def rows_of(paths: list[Path]) -> list[dict[str, str]]:
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


@pytest.mark.shared
def test_duplicates_are_redpajama_s(shared: Path, tmp_path: Path):
    """Row for row within a file, the file with an undecodable line passed over as there."""
    golden = shared / "conformance" / "rpv2"
    order = (golden / "duplicates" / "processing_order.txt").read_text().splitlines()
    skipped = {line.split("\t")[0] for line in order if "skipped" in line}
    assert skipped == {"2023-14/0004/en_head.json.gz"}
    annotate_documents(golden / "documents", tmp_path / "run", workers=2)
    dedupe(tmp_path / "run", "digests", 1_000_000)
    export_rpv2(tmp_path / "run", tmp_path / "out")
    files = sorted((tmp_path / "out/duplicates").rglob("*.duplicates.parquet"))
    names = [path.relative_to(tmp_path / "out/duplicates").as_posix() for path in files]
    assert sorted(line.split("\t")[0] for line in order) == [
        name.replace("duplicates.parquet", "json.gz") for name in names
    ]
    expected: dict[str, list[dict[str, str]]] = {}
    for row in rows_of(sorted((golden / "duplicates").glob("*.parquet"))):
        expected.setdefault(row["shard_id"], []).append(row)
    ours = {name: rows_of([path]) for name, path in zip(names, files, strict=True)}
    found = {rows[0]["shard_id"]: rows for rows in ours.values() if rows}
    assert found == expected
    assert sum(map(len, expected.values())) == 78
    (warning,) = [w for w in corpusmill.open(tmp_path / "run").manifest["warnings"] if "--every-file" in w]
    assert "1 files with a line whose digest cannot be read were passed over" in warning
    dedupe(tmp_path / "run", "every", 1_000_000, every_file=True)
    export_rpv2(tmp_path / "run", tmp_path / "every", "every")
    passed_over = tmp_path / "every/duplicates/2023-14/0004/en_head.duplicates.parquet"
    assert len(rows_of([passed_over])) == 12  # of 13 equal records
    theirs = pq.read_schema(next((golden / "duplicates").glob("*.parquet")))
    assert all(pq.read_schema(path).equals(theirs) for path in files)


def test_which_duplicates_are_exported(tmp_path: Path):
    annotate_documents(VENDORED / "documents", tmp_path / "run", workers=1)
    export_rpv2(tmp_path / "run", tmp_path / "none")
    assert not (tmp_path / "none/duplicates").exists()
    dedupe(tmp_path / "run", "one", 1000)
    export_rpv2(tmp_path / "run", tmp_path / "one")
    files = list((tmp_path / "one/duplicates").rglob("*.parquet"))
    assert len(files) == len(list((tmp_path / "one/documents").rglob("*.json.gz")))
    assert all(pq.read_schema(path).names == DUPLICATES.names for path in files)
    for row in rows_of(files):
        key = Key.parse(row["shard_id"].removesuffix(".json.gz"))
        assert row["doc_id"].startswith(key.source)
    dedupe(tmp_path / "run", "two", 2000)
    with pytest.raises(RunRefused, match="name one with --duplicates: one, two"):
        export_rpv2(tmp_path / "run", tmp_path / "both")
    assert not (tmp_path / "both").exists()
    export_rpv2(tmp_path / "run", tmp_path / "two", "two")
    assert (tmp_path / "two/duplicates").exists()


@pytest.mark.parametrize(
    ("found", "name", "expected"),
    [
        ({}, None, None),
        ({"near": {"method": "minhash"}, "p": {"over": "paragraph"}}, None, None),
        ({"d": {"over": "digest"}, "near": {}}, None, "d"),
        ({"d": {"over": "digest"}, "e": {"over": "digest"}}, "e", "e"),
    ],
)
def test_names(found: dict[str, Any], name: str | None, expected: str | None):
    assert digest_duplicates({"duplicates": found}, name) == expected
    with pytest.raises(RunRefused, match="no duplicates by digest of the name 'x'"):
        digest_duplicates({"duplicates": found}, "x")


@pytest.mark.parametrize(
    ("change", "passed_over"),
    [
        ({"raw_content": 5}, False),  # another field is wrong
        ({"digest": 5}, True),
        ("[1]", True),
        ('{"digest": "sha1:AAAA"', True),
        ({"url": 5, "title": "long" * 2000}, False),
        ({"digest": None, "title": "long" * 2000}, True),
        ('{"digest": "sha1:AAAA", ' + "x" * 9000, True),
    ],
)
def test_which_files_are_passed_over(tmp_path: Path, change: dict[str, Any] | str, passed_over: bool):
    source = tmp_path / "documents/2023-14/0000/en_head.json.gz"
    source.parent.mkdir(parents=True)
    with gzip.open(next((VENDORED / "documents").rglob("en_head.json.gz")), "rt") as whole:
        line = next(whole)
    changed = change if isinstance(change, str) else json.dumps(json.loads(line) | change)
    with gzip.open(source, "wt") as file:
        file.write(line + changed + "\n")
    annotate_documents(tmp_path / "documents", tmp_path / "run", workers=1)
    assert is_passed_over(tmp_path / "run", Key.parse("2023-14/0000/en_head")) == passed_over
