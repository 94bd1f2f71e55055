"""`corpusmill score`: a column of its own in a finished run, and rules over it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import orjson
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import corpusmill
from corpusmill.batch import TextBatch
from corpusmill.cli.main import main
from corpusmill.language.perplexity import Perplexity
from corpusmill.models.fasttext.classifier import load_classifier, score
from corpusmill.models.importance.tables import load_tables
from corpusmill.models.importance.tables import scores as importance
from corpusmill.read.texts import batches_of
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


def test_an_interrupted_score_goes_on(scored: Path, model: Path):
    """A kill leaves no manifest; the same command writes the same bytes."""
    before = {path: path.read_bytes() for path in scored.glob("scores/**/*.parquet")}
    (scored / "manifest.json").rename(scored.parent / "manifest.json")
    next(iter(before)).unlink()
    assert add_scores(scored, model) == 0
    assert {path: path.read_bytes() for path in before} == before
    assert (scored / "manifest.json").read_bytes() == (scored.parent / "manifest.json").read_bytes()


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
    from corpusmill.keys import Key
    from corpusmill.pipeline.score import Score
    from corpusmill.pipeline.scorers import Scorer
    from corpusmill.schema import DOCUMENTS
    from corpusmill.store import layout
    from corpusmill.store.commit import Attempt
    from corpusmill.store.tables import TableWriter

    key = Key("2024-22", 9, "en", "all")
    TableWriter(run / "empty.parquet", DOCUMENTS).close()
    path = run / layout.documents(key)
    path.parent.mkdir(parents=True)
    (run / "empty.parquet").replace(path)
    scorer = Scorer("classifier", str(model))
    task = Score(key, "quality_score", scorer, scorer.sha256(), None, "")
    with Attempt(run) as attempt:
        counts = task.run(run, attempt, lambda progress: None)
        attempt.commit()
    assert counts["documents"] == 0
    assert pq.read_table(run / layout.scores("quality_score", key)).num_rows == 0


@pytest.fixture(scope="module")
def others(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A German language model, and English tables with one target."""
    folder = tmp_path_factory.mktemp("models")
    table = corpusmill.open(demo_run).sql("select raw_content, language from documents order by doc_id").fetchall()
    for language in ("de", "en"):
        texts = [" ".join(text.split()) for text, code in table if code == language][:15]
        (folder / f"{language}.txt").write_text("\n".join(texts), encoding="utf-8")
    german, english, out = folder / "de.txt", folder / "en.txt", folder / "lm"
    command = ["train", "lm", "--language", "de", "--text", german, "--out", out, "--vocabulary-size", "500"]
    assert main([str(part) for part in command]) == 0
    command = ["train", "importance", "--language", "en", "--crawl", german, "--target", "manual", english]
    assert main([str(part) for part in [*command, "--out", folder]]) == 0
    return folder


@pytest.mark.parametrize(("method", "language"), [("lm", "de"), ("importance", "en")])
def test_models_of_a_language_score_its_documents_alone(run: Path, others: Path, method: str, language: str):
    folder = others / "lm" if method == "lm" else others / "dsir" / "en"
    options = ["--target", "manual"] if method == "importance" else []
    assert main(["score", str(run), f"--{method}", str(folder), *options, "--name", "other", "--workers", "1"]) == 0
    opened = corpusmill.open(run)
    scores = dict(zip(*(opened.scores("other").to_table()[c].to_pylist() for c in ("doc_id", "score")), strict=True))
    documents = opened.documents.to_table(columns=["doc_id", "language", "raw_content"])
    mine = documents.filter(pc.equal(documents["language"], language))
    assert {doc_id for doc_id, score in scores.items() if score is not None} == set(mine["doc_id"].to_pylist())
    texts = mine["raw_content"].combine_chunks()
    if method == "lm":
        expected = Perplexity(others, "lm").measure(texts).to_pylist()
    else:
        tables = load_tables(folder, "en", ["manual"])
        expected = importance(tables, TextBatch(texts))[:, 0].tolist()
    assert [scores[doc_id] for doc_id in mine["doc_id"].to_pylist()] == expected
    assert len(set(expected)) > 5
    card = opened.manifest["models"]["scores/other"]
    assert card["kind"] == ("ngram-lm" if method == "lm" else "dsir-importance")
    assert card["parameters"]["language"] == language
    assert card["training_text"]
    assert main(["check", str(run)]) == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--importance", "{models}/dsir/en"], "--importance and --target go together"),
        (["--classifier", "{models}/lm", "--target", "manual"], "--importance and --target go together"),
        (["--importance", "{models}/dsir/en", "--target", "books"], "has no target 'books'; it has manual"),
        (["--importance", "{models}/lm", "--target", "manual"], "found a model of kind 'ngram-lm'"),
        (["--lm", "{models}/dsir/en"], "found a model of kind 'dsir-importance'"),
        (["--lm", "{models}/none"], "none"),
    ],
)
def test_scorers_that_are_none(
    run: Path, others: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
):
    assert main(["score", str(run), *(part.format(models=others) for part in options), "--name", "x"]) == 2
    assert said in capsys.readouterr().err
    assert not (run / "scores").exists()
