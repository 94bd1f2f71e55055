"""`corpusmill dedupe --method bloom`: exit codes, what is said, rules over its columns, a full disk."""

from __future__ import annotations

import json
import resource
import shutil
from pathlib import Path

import pytest

import corpusmill
from corpusmill.cli.main import main
from corpusmill.store.layout import ATTEMPT_PREFIX
from tests.faults.running import corpusmill as command

LONG = " ".join(f"word{n} of a long text about rivers and towns" for n in range(20))
TEXTS = [LONG, f"An introduction.\n{LONG}", "something else", LONG, *(f"page {n} of many" for n in range(96))]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dedupe-bloom")
    lines = (json.dumps({"text": text, "id": f"p{n}"}) for n, text in enumerate(TEXTS))
    (folder / "a.jsonl").write_text("\n".join(lines) + "\n")
    options = ["--set", "language.threshold=0", "--set", "signals.minhash=false", "--workers", "1"]
    assert main(["run", "keep-all", "--input", str(folder), "--out", str(folder / "run"), *options]) == 0
    return folder / "run"


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "run"))


def bloom(run: Path, *options: object) -> int:
    return main(["dedupe", str(run), "--method", "bloom", "--workers", "1", *map(str, options)])


def test_a_digest_by_default(run: Path, capsys: pytest.CaptureFixture[str]):
    assert bloom(run) == 0
    said = capsys.readouterr()
    assert "bloom_digest: 1 of 100 documents are duplicates (1.0 %); the filter holds 99 keys" in said.out
    assert "bloom_digest: a filter for 100 keys at 1e-06 takes 512 bytes of memory, and as many on disk" in said.err
    assert main(["check", str(run)]) == 0


def test_what_it_will_take(run: Path, capsys: pytest.CaptureFixture[str]):
    before = sorted(run.rglob("*"))
    assert bloom(run, "--over", "ngram", "--capacity", 10**6, "--error-rate", 0.001, "--dry-run") == 0
    assert json.loads(capsys.readouterr().out) == {
        "capacity": 10**6,
        "error_rate": 0.001,
        "memory_bytes": 30363 * 64,
    }
    assert sorted(run.rglob("*")) == before


def test_a_rule_over_repeated_ngrams(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert bloom(run, "--over", "ngram", "--capacity", 10_000, "--name", "bff") == 0
    said = capsys.readouterr().out
    assert "2 of 100 documents are repeated by more than 0.8 (2.0 %)" in said
    assert "2 paragraphs are repeated" in said
    recipe = tmp_path / "bff.toml"
    recipe.write_text('name = "b"\n[[rule]]\nname = "repeated"\nvalue = "bff_duplicate_fraction"\nmax = 0.8\n')
    assert main(["select", str(run), "--recipe", str(recipe), "--workers", "1"]) == 0
    found = corpusmill.open(run).sql("select doc_id, record_id from documents").fetchall()
    names = dict(found)
    verdicts = corpusmill.open(run).selection("b").to_table().to_pylist()
    assert {names[row["doc_id"]] for row in verdicts if not row["keep"]} == {"p1", "p3"}


def test_going_on_and_refusals(run: Path, capsys: pytest.CaptureFixture[str]):
    assert bloom(run, "--name", "first") == 0
    assert bloom(run, "--name", "second", "--filter", run / "filters/first.bloom") == 0
    assert "second: 100 of 100 documents are duplicates" in capsys.readouterr().out
    assert bloom(run, "--name", "third", "--filter", run / "manifest.json") == 2
    assert "manifest.json is no Bloom filter of corpusmill" in capsys.readouterr().err
    assert bloom(run, "--name", "tiny", "--capacity", 5) == 2
    assert "tiny: after 100 of 100 documents the filter holds" in capsys.readouterr().err
    assert bloom(run, "--name", "tiny", "--capacity", 5, "--allow-overfull") == 0
    said = capsys.readouterr().out
    assert "tiny: the filter holds" in said
    assert "make it with --capacity" in said
    assert main(["check", str(run)]) == 0


def test_a_disk_that_fills_while_the_filter_is_saved(run: Path, made: Path, tmp_path: Path):
    options = ["dedupe", run, "--method", "bloom", "--capacity", 1_000_000, "--workers", 1]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200 << 10, 200 << 10))

    ended = command(*options, preexec_fn=limit)
    assert ended.code == 4, ended.err
    assert "File too large" in ended.err
    assert "Traceback" not in ended.err
    assert not list(run.rglob("*.bloom"))
    assert not list(run.glob(f"{ATTEMPT_PREFIX}*"))
    assert command(*options).code == 0
    other = Path(shutil.copytree(made, tmp_path / "other"))
    assert bloom(other, "--capacity", 1_000_000) == 0
    assert (run / "manifest.json").read_bytes() == (other / "manifest.json").read_bytes()
    assert main(["check", str(run)]) == 0
