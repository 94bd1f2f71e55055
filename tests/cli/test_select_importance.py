"""`corpusmill select --importance`: the sample over a whole run, whatever its shards and workers."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import corpusmill
from corpusmill.cli.main import main
from corpusmill.rules.resample import ResampleParameters, disturbed

SIGNAL = "rps_doc_word_count"  # stands for a logarithm of weights; divided, so that chance has its part
VALUE = f"{SIGNAL} / 1000"


@pytest.fixture
def run(demo_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demo_run, tmp_path / "run"))


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "long.toml"
    path.write_text(f'name = "long"\n[[rule]]\nname = "words"\nvalue = "{SIGNAL}"\nmin = 100\n')
    return path


def draw(run: Path, rules: Path, *options: object) -> int:
    command = ["select", str(run), "--recipe", str(rules), "--importance", VALUE, *map(str, options)]
    return main([*command, "--workers", "1"] if "--workers" not in options else command)


def rows(run: Path) -> dict[str, dict[str, Any]]:
    return {row["doc_id"]: row for row in corpusmill.open(run).selection("long").to_table().to_pylist()}


def test_of_each_language_the_greatest_keys(run: Path, rules: Path, capsys: pytest.CaptureFixture[str]):
    assert draw(run, rules, "--documents", 10, "--seed", 3) == 0
    assert "resample" in capsys.readouterr().out
    opened = corpusmill.open(run)
    table = opened.sql(f"select doc_id, language, {SIGNAL} as n from signals join documents using (doc_id)").arrow()
    table = table.read_all() if hasattr(table, "read_all") else table
    found = rows(run)
    keys = disturbed(
        table["doc_id"].combine_chunks(), {SIGNAL: table["n"].combine_chunks()}, ResampleParameters(VALUE, 10, seed=3)
    )
    drawn = opened.manifest["selections"]["long"]["resample"]
    assert len(drawn) == 5
    for language, counts in drawn.items():
        places = [i for i, code in enumerate(table["language"].to_pylist()) if code == language]
        fit = [i for i in places if table["n"][i].as_py() >= 100]
        best = sorted(fit, key=lambda i: -keys[i])[:10]
        assert {table["doc_id"][i].as_py() for i in best} == {
            table["doc_id"][i].as_py() for i in places if found[table["doc_id"][i].as_py()]["keep"]
        }
        assert counts == {"eligible": len(fit), "drawn": min(10, len(fit))}
    failed = [failure for row in found.values() for failure in row["failed"]]
    assert {failure["rule"] for failure in failed} == {"words", "resample"}
    assert all(f["value"] < f["threshold"] for f in failed)
    assert main(["check", str(run)]) == 0


def test_workers_and_repetition_change_nothing(run: Path, demo_run: Path, rules: Path, tmp_path: Path):
    other = Path(shutil.copytree(demo_run, tmp_path / "other"))
    assert draw(run, rules, "--fraction", 0.25, "--workers", 2) == 0
    assert draw(other, rules, "--fraction", 0.5) == 0  # is replaced
    assert draw(other, rules, "--fraction", 0.25) == 0
    manifests = [(folder / "manifest.json").read_bytes() for folder in (run, other)]
    assert manifests[0] == manifests[1]
    before = {path: path.stat().st_mtime_ns for path in other.rglob("*.parquet")}
    assert draw(other, rules, "--fraction", 0.25) == 0
    assert {path: path.stat().st_mtime_ns for path in other.rglob("*.parquet")} == before


def test_without_the_draw_its_files_are_gone(run: Path, rules: Path):
    assert draw(run, rules, "--documents", 1) == 0
    assert (run / "selections" / "long" / "resampling.json").is_file()
    assert main(["select", str(run), "--recipe", str(rules), "--workers", "1"]) == 0
    assert not (run / "selections" / "long" / "resampling.json").exists()
    assert "resample" not in corpusmill.open(run).manifest["selections"]["long"]
    kept = np.array([row["keep"] for row in rows(run).values()])
    assert kept.sum() > 100


def test_nothing_drawn(run: Path, rules: Path):
    assert draw(run, rules, "--fraction", 0) == 0
    assert not any(row["keep"] for row in rows(run).values())
    assert pa.compute.sum(pa.array([len(row["failed"]) for row in rows(run).values()])).as_py() == len(rows(run))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--importance", "rps_doc_word_cuont", "--documents", "3"], 'signal "rps_doc_word_cuont" is unknown'),
        (["--importance", SIGNAL], "wanted either documents or fraction"),
        (["--importance", SIGNAL, "--fraction", "2"], "resample.fraction 2"),
        (["--documents", "3"], "need --importance"),
        (["--seed", "3"], "need --importance"),
    ],
)
def test_mistakes_are_said_before_any_work(
    run: Path, rules: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
):
    before = (run / "manifest.json").read_bytes()
    assert main(["select", str(run), "--recipe", str(rules), *options]) == 2
    assert said in capsys.readouterr().err
    assert (run / "manifest.json").read_bytes() == before
