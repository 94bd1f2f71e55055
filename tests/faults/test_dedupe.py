"""Deduplication disturbed: killed at every step, with other memory and partitions, with colliding keys, a full disk."""

from __future__ import annotations

import errno
import functools
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import corpusmill
from corpusmill.cli.main import main
from corpusmill.dedupe import exact
from corpusmill.schema import MINHASH
from corpusmill.store import layout
from tests.killed import killed_at

pytestmark = pytest.mark.usefixtures("tasks_here")

METHODS: dict[str, list[str]] = {
    "exact": ["--method", "exact"],
    "near": ["--method", "minhash"],
    "stored": ["--method", "minhash", "--similarity", "0.7", "--keep", "longest"],
}


def texts() -> list[str]:
    random = np.random.RandomState(3)
    sources = [[f"w{source}x{n}" for n in range(40)] for source in range(12)]
    found = []
    for _ in range(60):
        words = list(sources[random.randint(12)])
        for _ in range(random.choice([0, 0, 1, 2])):
            words[random.randint(40)] = f"y{random.randint(5)}"
        found.append(" ".join(words))
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, tasks_here: None) -> Path:
    folder = tmp_path_factory.mktemp("disturbed")
    for part in range(3):
        lines = [json.dumps({"text": text, "id": f"{part}-{n}"}) for n, text in enumerate(texts()[part * 20 :][:20])]
        (folder / f"{part}.jsonl").write_text("\n".join(lines) + "\n")
    inputs = sorted(folder.glob("*.jsonl"))
    corpusmill.run("keep-all", inputs, folder / "run", settings=["language.threshold=1"], workers=1)
    return folder / "run"


def dedupe(run: Path, *options: str) -> int:
    return main(["dedupe", str(run), "--name", "d", "--workers", "1", *options])


@pytest.fixture(scope="module")
def undisturbed(made: Path, tmp_path_factory: pytest.TempPathFactory, tasks_here: None) -> dict[str, Path]:
    """A deduplicated run by method."""
    found = {}
    for name, options in METHODS.items():
        found[name] = Path(shutil.copytree(made, tmp_path_factory.mktemp("undisturbed") / name))
        assert dedupe(found[name], *options) == 0
        assert corpusmill.open(found[name]).manifest["duplicates"]["d"]["duplicates"] > 5
    return found


def manifest(run: Path) -> bytes:
    return (run / "manifest.json").read_bytes()


@pytest.mark.parametrize("name", METHODS)
def test_killed_at_every_step(made: Path, undisturbed: dict[str, Path], name: str, tmp_path: Path):
    """At every file that is renamed or removed, in every pass; the same command then gives the same bytes."""
    step = 0
    while True:
        run = Path(shutil.copytree(made, tmp_path / str(step)))
        killed = killed_at(step, ("replace", "unlink"), functools.partial(dedupe, run, *METHODS[name]))
        assert dedupe(run, *METHODS[name]) == 0
        assert manifest(run) == manifest(undisturbed[name])
        assert not (run / layout.WORK).exists() and not list(run.glob(f"{layout.ATTEMPT_PREFIX}*"))
        if not killed:
            break
        shutil.rmtree(run)
        step += 1
    assert step > 15


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(
    "cut",
    [
        {"corpusmill.dedupe.partitions.TABLE_BYTES": 1000},
        {"corpusmill.dedupe.partitions.TABLE_BYTES": 300, "corpusmill.pipeline.dedupe.parts.PART_DOCUMENTS": 7},
        {
            "corpusmill.pipeline.dedupe.clusters.search.MEMBER_BYTES": 1 << 24,
            "corpusmill.dedupe.partitions.BUFFER_BYTES": 600,
        },
    ],
    ids=["many partitions", "many parts", "many partitions of clusters"],
)
def test_how_the_work_is_cut_changes_nothing(
    made: Path, undisturbed: dict[str, Path], name: str, cut: dict[str, int], tmp_path: Path, monkeypatch: Any
):
    for what, value in cut.items():
        monkeypatch.setattr(what, value)
    run = Path(shutil.copytree(made, tmp_path / "run"))
    assert dedupe(run, *METHODS[name]) == 0
    found, expected = json.loads(manifest(run)), json.loads(manifest(undisturbed[name]))
    assert found["outputs"] == expected["outputs"]
    assert found["duplicates"] == expected["duplicates"]


def test_other_memory_after_a_kill(made: Path, undisturbed: dict[str, Path], tmp_path: Path, monkeypatch: Any):
    """What the killed one left for the next pass is of no use to the one that goes on, and goes away."""
    run = Path(shutil.copytree(made, tmp_path / "run"))
    assert killed_at(6, ("replace",), functools.partial(dedupe, run, *METHODS["near"]))
    assert list((run / layout.WORK).rglob("*"))
    monkeypatch.setattr("corpusmill.dedupe.partitions.TABLE_BYTES", 500)
    assert dedupe(run, *METHODS["near"]) == 0
    assert manifest(run) == manifest(undisturbed["near"])


def test_keys_that_collide_join_nothing(made: Path, undisturbed: dict[str, Path], tmp_path: Path, monkeypatch: Any):
    """Keys of 4 bits in place of 128: the second digest tells documents apart."""
    digest = exact._digest_of
    monkeypatch.setattr(exact, "_digest_of", lambda value: bytes([digest(value)[0] & 15]) + bytes(15))
    run = Path(shutil.copytree(made, tmp_path / "run"))
    assert dedupe(run, *METHODS["exact"]) == 0
    found, expected = (json.loads(manifest(each))["duplicates"]["d"] for each in (run, undisturbed["exact"]))
    assert found == expected


@pytest.mark.parametrize("name", ["near", "stored"])
def test_a_full_disk(
    made: Path, undisturbed: dict[str, Path], name: str, tmp_path: Path, monkeypatch: Any, capsys: Any
):
    """While keys are shuffled to disk: exit 4, nothing half-written, and the same command goes on."""
    run = Path(shutil.copytree(made, tmp_path / "run"))

    def full(*ignored: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(run / "work"))

    with monkeypatch.context() as patch:
        patch.setattr("corpusmill.dedupe.shuffle.ShuffleWriter._spill", full)
        assert dedupe(run, *METHODS[name]) == 4
    said = capsys.readouterr().err
    assert "No space left on device" in said and "MB are free" in said and "resumes" in said
    assert dedupe(run, *METHODS[name]) == 0
    assert manifest(run) == manifest(undisturbed[name])


def with_signatures(run: Path, change: Any) -> None:
    """Other signatures in all tables, as if another tool had written them."""
    for path in run.glob("minhash/**/*.parquet"):
        table = pq.read_table(path)
        changed = table.set_column(2, "signature", change(table["signature"].combine_chunks()))
        pq.write_table(changed, path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda column: pa.FixedSizeListArray.from_arrays(
                pa.array(np.full(128 * len(column), np.nan, np.float32)), 128
            ),
            "wanted signatures of int32",
        ),
        (lambda column: pa.FixedSizeListArray.from_arrays(column.values[: 64 * len(column)], 64), "take 126 values"),
        (
            lambda column: pa.FixedSizeListArray.from_arrays(pa.nulls(128 * len(column), pa.int32()), 128),
            "a signature has null values",
        ),
    ],
    ids=["numbers with NaN", "too short", "nulls inside"],
)
def test_signatures_of_another_kind_are_refused(made: Path, change: Any, said: str, tmp_path: Path, capsys: Any):
    run = Path(shutil.copytree(made, tmp_path / "run"))
    with_signatures(run, change)
    for path in run.glob("minhash/**/*.parquet"):  # the size that the ledger knows must not give it away
        ledger = run / layout.LEDGER
        entry = path.relative_to(run).as_posix()
        lines = [json.loads(line) for line in ledger.read_text().splitlines()]
        for line in lines:
            if entry in line["outputs"]:
                line["outputs"][entry]["bytes"] = path.stat().st_size
        ledger.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert dedupe(run, *METHODS["stored"]) == 2
    found = capsys.readouterr().err
    assert said in found and ".minhash.parquet" in found


def test_documents_without_a_signature_are_in_no_cluster(made: Path, tmp_path: Path):
    run = Path(shutil.copytree(made, tmp_path / "run"))
    for path in run.glob("minhash/**/*.parquet"):
        table = pq.read_table(path)
        size = path.stat().st_size
        nulls = pa.nulls(len(table), MINHASH.field("signature").type)
        pq.write_table(table.set_column(2, "signature", nulls), path, compression=None)
        ledger = run / layout.LEDGER
        ledger.write_text(ledger.read_text().replace(f'"bytes":{size}', f'"bytes":{path.stat().st_size}'))
    assert dedupe(run, *METHODS["stored"]) == 0
    found = corpusmill.open(run).manifest["duplicates"]["d"]
    assert (found["not_compared"], found["clusters"]) == (60, 0)


def test_one_bucket_of_all(tmp_path: Path):
    """Thousands of equal pages: one stays, in linear time."""
    lines = [json.dumps({"text": texts()[0], "id": str(n)}) for n in range(5000)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines) + "\n")
    corpusmill.run("keep-all", [tmp_path / "a.jsonl"], tmp_path / "run", settings=["language.threshold=1"], workers=1)
    for name, options in METHODS.items():
        command = ["dedupe", str(tmp_path / "run"), "--name", name, "--workers", "1", "--no-index", *options]
        assert main(command) == 0
        found = corpusmill.open(tmp_path / "run").manifest["duplicates"][name]
        assert (found["clusters"], found["duplicates"], found["largest_cluster"]) == (1, 4999, 5000)
