"""Artifacts that `corpusmill train` made: read by the signals, registered, and refused before work when damaged."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import corpusmill
from corpusmill.cli.main import main

CRAWL = ["buy cheap pills now", "cookies: accept all", "log in to read more"] * 4
WIKIPEDIA = ["The city lies on the river.", "The river is 40 km long.", "Its name is old."] * 4


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    crawl, wikipedia = folder / "crawl.txt", folder / "wikipedia.txt"
    crawl.write_text("\n".join(CRAWL))
    wikipedia.write_text("\n".join(WIKIPEDIA))
    out = folder / "artifacts"
    command = ["train", "importance", "--language", "en", "--crawl", crawl, "--target", "wikipedia", wikipedia]
    assert main([*map(str, command), "--out", str(out)]) == 0
    command = ["train", "classifier", "--positive", wikipedia, "--negative", crawl, "--dim", "5", "--out"]
    assert main([*map(str, command), str(out / "classifiers" / "en" / "palm")]) == 0
    return folder


def arguments(artifacts: Path, demo_crawl: Path, out: Path) -> list[str]:
    command = ["run", "keep-all", "--input", demo_crawl / "demo-00003.warc.gz", "--out", out, "--workers", "1"]
    return [str(part) for part in [*command, "--limit", "60", "--set", f"signals.artifacts={artifacts}"]]


def test_signals_read_them_and_the_run_keeps_their_cards(trained: Path, demo_crawl: Path, tmp_path: Path):
    assert main(arguments(trained / "artifacts", demo_crawl, tmp_path / "run")) == 0
    opened = corpusmill.open(tmp_path / "run")
    found = opened.sql(
        "select rps_doc_ml_palm_score as a, rps_doc_wikipedia_importance as b, rps_doc_books_importance as c "
        "from signals join documents using (doc_id) where language = 'en' and length > 0"
    ).fetchall()
    assert len(found) > 5
    assert all(a is not None and b is not None and c is None for a, b, c in found)
    models = opened.manifest["models"]
    assert models["artifacts/dsir/en"]["kind"] == "dsir-importance"
    assert models["artifacts/classifiers/en/palm"]["parameters"]["dim"] == 5
    assert list(models["artifacts/dsir/en"]["training_text"]) == ["ccnet/crawl.txt", "wikipedia/wikipedia.txt"]
    card = (trained / "artifacts" / "dsir" / "en" / "model.json").read_bytes()
    assert (tmp_path / "run" / "models" / "artifacts" / "dsir" / "en.json").read_bytes() == card
    assert "wikipedia/wikipedia.txt" in (tmp_path / "run" / "report.html").read_text()
    assert main(["check", str(tmp_path / "run")]) == 0


def damage(folder: Path, how: str) -> str:
    tables, classifier = folder / "dsir" / "en", folder / "classifiers" / "en" / "palm"
    counts = tables / "wikipedia.en.10000.counts.npy"
    match how:
        case "swapped":
            shutil.copy(tables / "ccnet.en.10000.counts.npy", counts)
            return counts.name
        case "cut":
            (classifier / "model.bin").write_bytes((classifier / "model.bin").read_bytes()[:500])
            return "model.bin"
        case "missing":
            (classifier / "model.bin").unlink()
            return "model.bin"
        case "published, cut":
            path = classifier.with_name("wikiref.model.bin")
            path.write_bytes((classifier / "model.bin").read_bytes()[:500])
            return path.name
        case "published, pickle":
            (tables / "model.json").unlink()
            counts.write_bytes(pickle.dumps([1]))
            return counts.name
        case _:
            (tables / "model.json").unlink()
            np.save(counts, np.array([{}], object), allow_pickle=True)
            return counts.name


@pytest.mark.parametrize("how", ["swapped", "cut", "missing", "published, cut", "published, pickle", "objects"])
def test_damaged_ones_are_refused_before_any_work(
    trained: Path, demo_crawl: Path, tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]
):
    folder = shutil.copytree(trained / "artifacts", tmp_path / "artifacts")
    name = damage(folder, how)
    assert main(arguments(folder, demo_crawl, tmp_path / "run")) == 2
    assert name in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_another_hash_seed_gives_the_same_tables(trained: Path, tmp_path: Path):
    first = trained / "artifacts" / "dsir" / "en"
    command = ["train", "importance", "--language", "en", "--crawl", trained / "crawl.txt"]
    command += ["--target", "wikipedia", trained / "wikipedia.txt", "--out", tmp_path]
    code = "import sys; from corpusmill.cli.main import main; sys.exit(main())"
    subprocess.run([sys.executable, "-c", code, *map(str, command)], check=True, env={"PYTHONHASHSEED": "7"})
    files = sorted(path.name for path in first.iterdir())
    assert len(files) == 5
    for name in files:
        assert (tmp_path / "dsir" / "en" / name).read_bytes() == (first / name).read_bytes()
