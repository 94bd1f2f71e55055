"""The main job on the bundled crawl: conservation, ids, layout, determinism, resume, other readers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow.parquet as pq
import pytest

import corpusmill
from corpusmill.keys import id_int
from corpusmill.schema import DOCUMENTS, FATES, MINHASH, QUARANTINE, SELECTION
from corpusmill.store import manifest
from corpusmill.store.check import check

RECIPE = str(Path(__file__).parent.parent / "recipe.toml")

SHARDS = ("demo-00000.warc.gz", "demo-00003.warc.gz")  # one of each snapshot, for the runs that are made again


@pytest.fixture(scope="module")
def truth(demo_crawl: Path) -> dict[str, dict[str, Any]]:
    rows = map(orjson.loads, (demo_crawl.parent / "truth.jsonl").read_bytes().splitlines())
    return {row["id"]: row for row in rows}


def table(run: Path, folder: str) -> list[dict[str, Any]]:
    return pq.read_table(run / folder).to_pylist()


def test_every_record_has_one_fate_and_the_stages_conserve(demo_run: Path, truth: dict[str, Any]):
    described = manifest.read(demo_run)
    assert described["read"] == described["kept"] + sum(described["dropped"].values()) + sum(
        described["quarantined"].values()
    )
    for stage, following in zip(described["stages"], described["stages"][1:], strict=False):
        assert stage["kept"] == following["in"]
    fates = Counter(row["record_id"] for row in table(demo_run, "pages"))
    missing = set(truth) - set(fates)
    assert not missing
    assert all(fates[record_id] == 1 for record_id in truth)


def test_tables_of_a_key_have_the_same_rows_in_the_same_order(demo_run: Path):
    for path in sorted((demo_run / "documents").rglob("*.parquet")):
        key = path.relative_to(demo_run / "documents").as_posix().removesuffix(".parquet")
        ids = pq.read_table(path, columns=["doc_id"])["doc_id"].to_pylist()
        assert ids == [f"{key}.json.gz/{line}" for line in range(len(ids))]
        for other in (
            f"quality_signals/{key}.signals.parquet",
            f"minhash/{key}.minhash.parquet",
            f"selections/demo/{key}.selection.parquet",
        ):
            assert pq.read_table(demo_run / other, columns=["doc_id"])["doc_id"].to_pylist() == ids
        numbers = pq.read_table(demo_run / f"minhash/{key}.minhash.parquet")["id_int"].to_pylist()
        assert numbers == [id_int(doc_id) for doc_id in ids]


def test_schemas_are_explicit_and_signed(demo_run: Path):
    for folder, schema in (
        ("documents", DOCUMENTS),
        ("pages", FATES),
        ("minhash", MINHASH),
        ("quarantine", QUARANTINE),
        ("selections", SELECTION),
    ):
        for path in (demo_run / folder).rglob("*.parquet"):
            assert pq.read_schema(path).equals(schema), path
    signals = pq.read_schema(next((demo_run / "quality_signals").rglob("*.parquet")))
    assert not [field for field in signals if "uint" in str(field.type)]
    assert any(name.startswith(b"corpusmill.signal.rps_doc_word_count") for name in signals.metadata)


def test_pages_went_where_the_truth_says(demo_run: Path, truth: dict[str, Any]):
    fates = {row["record_id"]: row for row in table(demo_run, "pages")}
    reasons = {kind: Counter() for kind in ("png", "http-error", "robots-txt")}
    for record_id, row in truth.items():
        if row.get("junk") in reasons:
            reasons[row["junk"]][fates[record_id]["reason"]] += 1
    assert set(reasons["http-error"]) <= {"http_status"}
    assert set(reasons["robots-txt"]) <= {"media_type"}
    assert set(reasons["png"]) <= {"media_type", "binary"}


def test_check_finds_a_changed_byte_and_an_extra_file(demo_run: Path, tmp_path: Path):
    assert check(demo_run) == []
    copy = tmp_path / "run"
    subprocess.run(["cp", "-r", demo_run, copy], check=True)
    victim = next((copy / "documents").rglob("*.parquet"))
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    (copy / "documents" / "extra.parquet").write_bytes(b"")
    wrong = check(copy)
    assert any("not those that were written" in line for line in wrong)
    assert any("not in the manifest" in line for line in wrong)


def outputs(run: Path) -> dict[str, str]:
    found: dict[str, str] = manifest.read(run)["outputs"]
    return found


def command(crawl: Path, out: Path, workers: int) -> list[str]:
    inputs = [str(crawl / name) for name in reversed(SHARDS)]
    module = [sys.executable, "-m", "corpusmill.cli.main", "run", RECIPE, "--out", str(out), "--workers", str(workers)]
    return [*module, "--input", *inputs]


def test_workers_order_and_kills_change_nothing(demo_crawl: Path, tmp_path: Path):
    inputs = [demo_crawl / name for name in SHARDS]
    corpusmill.run(RECIPE, inputs, tmp_path / "one", workers=1)
    # Killed in the middle, as soon as the first shard is in the ledger, with all its workers.
    killed = tmp_path / "killed"
    process = subprocess.Popen(command(demo_crawl, killed, 1), stdout=subprocess.DEVNULL, start_new_session=True)
    ledger = killed / "ledger.jsonl"
    while process.poll() is None and not (ledger.exists() and ledger.stat().st_size):
        os.sched_yield()
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (killed / "manifest.json").exists()
    done = subprocess.run(command(demo_crawl, killed, 2), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert outputs(killed) == outputs(tmp_path / "one")
    assert (killed / "manifest.json").read_bytes() == (tmp_path / "one/manifest.json").read_bytes()


def test_a_finished_run_resumes_to_nothing(demo_run: Path, demo_crawl: Path):
    before = (demo_run / "manifest.json").stat().st_mtime_ns
    assert corpusmill.run(RECIPE, [demo_crawl], demo_run, workers=1).resumed
    assert (demo_run / "manifest.json").stat().st_mtime_ns == before


def test_duckdb_polars_and_datasets_read_the_files(demo_run: Path, tmp_path: Path):
    import datasets
    import polars

    kept = manifest.read(demo_run)["kept"]
    documents = str(demo_run / "documents" / "**" / "*.parquet")
    counted = duckdb.sql(f"select count(*), sum(length) from read_parquet('{documents}')").fetchall()[0]
    assert counted[0] == kept
    frame = polars.scan_parquet(documents).select(polars.len(), polars.col("length").sum()).collect()
    assert frame.row(0) == counted
    signals = datasets.load_dataset(
        "parquet",
        data_files=str(demo_run / "quality_signals" / "**" / "*.parquet"),
        split="train",
        cache_dir=str(tmp_path),
    )
    assert len(signals) == kept
    assert signals.features["rps_doc_word_count"].dtype == "int32"


def test_opened_run_answers_sql(demo_run: Path):
    run = corpusmill.open(demo_run)
    rows = run.sql("select language, count(*) from documents group by all order by all").fetchall()
    assert {language for language, _ in rows} == {"de", "en", "es", "fr", "it"}
    assert run.signals.count_rows() == sum(count for _, count in rows)


def test_loader_filters_by_language_and_partition(demo_run: Path):
    rows = list(corpusmill.load(demo_run, languages=["de"], snapshots=["2024-22"]))
    assert rows
    assert all(re.match(r"2024-22/\d{4}/de_all\.json\.gz/\d+$", row["doc_id"]) for row in rows)
    signals = orjson.loads(rows[0]["quality_signals"])
    assert len(signals) == 45
    assert signals["rps_doc_word_count"][0][:2] == [0, len(rows[0]["raw_content"])]
    assert list(corpusmill.load(demo_run, partition="tail")) == []
