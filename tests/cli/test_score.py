"""`corpusmill score`: a column of its own in a finished run, and rules over it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import orjson
import pyarrow.parquet as pq
import pytest

import corpusmill
from corpusmill.cli.main import main
from corpusmill.models.fasttext.classifier import load_classifier, score
from corpusmill.models.fasttext.corpus import batches_of
from tests.models.fasttext.test_train import train

RULE = """\
name = "{name}"
[[rule]]
name = "quality"
value = "quality_score"
min = {least}
[[rule]]
name = "words"
value = "rps_doc_word_count"
min = 50
"""


@pytest.fixture
def run(demo_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demo_run, tmp_path / "run"))


@pytest.fixture(scope="module")
def model(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Short documents against long ones."""
    documents = corpusmill.open(demo_run).documents.to_table(columns=["raw_content"])["raw_content"].to_pylist()
    documents.sort(key=len)
    folder = tmp_path_factory.mktemp("classifier") / "m"
    half = len(documents) // 2
    train(folder, documents[:half], documents[half:], epoch=5, lr=0.5)
    return folder


@pytest.fixture(scope="module")
def scored_once(demo_run: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(demo_run, tmp_path_factory.mktemp("scored") / "run"))
    assert add_scores(folder, model) == 0
    return folder


@pytest.fixture
def scored(scored_once: Path, tmp_path: Path) -> Path:
    """A run with scores, to change."""
    return Path(shutil.copytree(scored_once, tmp_path / "scored"))


def add_scores(run: Path, model: Path, name: str = "quality_score") -> int:
    return main(["score", str(run), "--classifier", str(model), "--name", name, "--workers", "1"])


def test_adds_a_column_that_check_knows(scored: Path, model: Path):
    opened = corpusmill.open(scored)
    texts = dict(zip(*(opened.documents.to_table()[c].to_pylist() for c in ("doc_id", "raw_content")), strict=True))
    table = opened.scores("quality_score").to_table().to_pydict()
    assert len(table["doc_id"]) == len(texts) == opened.manifest["scores"]["quality_score"]["documents"]
    (batch,) = batches_of([texts[doc_id] for doc_id in table["doc_id"]])
    expected, _ = score(load_classifier(model), batch)
    np.testing.assert_array_equal(np.array(table["score"]), expected)
    assert len(set(table["score"])) > 5
    assert main(["check", str(scored)]) == 0
    next(scored.glob("scores/quality_score/**/*.parquet")).write_bytes(b"x")
    assert main(["check", str(scored)]) != 0


def test_a_second_time_nothing_is_left_to_do(scored: Path, model: Path, capsys: pytest.CaptureFixture[str]):
    before = {path: path.read_bytes() for path in scored.rglob("*") if path.is_file() and path.name != ".lock"}
    assert add_scores(scored, model / "model.bin") == 0
    assert "quality_score" in (out := capsys.readouterr().out) and "percentile 50" in out
    assert {path: path.read_bytes() for path in before} == before


def test_rules_name_the_column(run: Path, scored: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    recipe = tmp_path / "mine.toml"
    recipe.write_text(RULE.format(name="mine", least=0.5))
    assert main(["select", str(run), "--recipe", str(recipe)]) == 2
    assert '"quality_score" is unknown' in capsys.readouterr().err
    assert main(["select", str(scored), "--recipe", str(recipe), "--workers", "1"]) == 0
    opened = corpusmill.open(scored)
    table = opened.scores("quality_score").to_table().to_pydict()
    scores = dict(zip(table["doc_id"], table["score"], strict=True))
    words = opened.signals.to_table(columns=["doc_id", "rps_doc_word_count"]).to_pydict()
    kept = {
        d for d, n in zip(words["doc_id"], words["rps_doc_word_count"], strict=True) if n >= 50 and scores[d] >= 0.5
    }
    verdicts = opened.selection("mine").to_table().to_pylist()
    assert {row["doc_id"] for row in verdicts if row["keep"]} == kept
    assert 0 < len(kept) < len(verdicts)
    failed = [f for row in verdicts for f in row["failed"] if f["rule"] == "quality"]
    assert failed and all(f["value"] < 0.5 == f["threshold"] for f in failed)
    assert main(["check", str(scored)]) == 0


def test_another_model_under_the_same_name_is_refused(scored: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    before = (scored / "manifest.json").read_bytes()
    train(tmp_path / "other", seed=5)
    assert add_scores(scored, tmp_path / "other") == 2
    assert "of another model; choose another --name" in capsys.readouterr().err
    assert (scored / "manifest.json").read_bytes() == before
    assert add_scores(scored, tmp_path / "other", "other_score") == 0
    assert sorted(corpusmill.open(scored).manifest["scores"]) == ["other_score", "quality_score"]


@pytest.mark.parametrize("name", ["", "Upper", "a b", "../x", "rps_doc_word_count", "doc_id", "1st", "x" * 65])
def test_names_are_those_of_columns(run: Path, model: Path, name: str, capsys: pytest.CaptureFixture[str]):
    assert add_scores(run, model, name) == 2
    assert f"name {name!r}" in capsys.readouterr().err
    assert not (run / "scores").exists()


def test_models_that_are_none_are_refused_before_any_work(
    run: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    before = (run / "manifest.json").read_bytes()
    (tmp_path / "cut.bin").write_bytes((model / "model.bin").read_bytes()[:1000])
    changed = shutil.copytree(model, tmp_path / "changed")
    (changed / "model.json").write_bytes(orjson.dumps({}))
    for path in (tmp_path / "none", tmp_path / "cut.bin", changed, run):
        assert add_scores(run, path) == 2
        assert str(path) in capsys.readouterr().err
    assert (run / "manifest.json").read_bytes() == before
    assert not (run / "scores").exists()


def test_folders_that_are_no_run_are_refused(tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]):
    assert add_scores(tmp_path, model) == 2
    assert "is not a run folder" in capsys.readouterr().err


def test_an_empty_table_of_documents(run: Path, model: Path):
    from corpusmill.files import sha256_of
    from corpusmill.pipeline.score import Score
    from corpusmill.schema import DOCUMENTS, Key
    from corpusmill.store import layout
    from corpusmill.store.commit import Attempt
    from corpusmill.store.tables import TableWriter

    key = Key("2024-22", 9, "en", "all")
    TableWriter(run / "empty.parquet", DOCUMENTS).close()
    path = run / layout.documents(key)
    path.parent.mkdir(parents=True)
    (run / "empty.parquet").replace(path)
    task = Score(key, "quality_score", str(model / "model.bin"), sha256_of(model / "model.bin"), "")
    with Attempt(run) as attempt:
        counts = task.run(run, attempt, lambda progress: None)
        attempt.commit()
    assert counts["documents"] == 0
    assert pq.read_table(run / layout.scores("quality_score", key)).num_rows == 0
