"""`corpusmill languages`: another model over a finished run, and rules over how far it agrees."""

from __future__ import annotations

import pickle
import shutil
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import corpusmill
from corpusmill.cli.main import main
from corpusmill.language.codes import agree
from corpusmill.language.identify import LanguageParameters
from tests.language.languages_model import SENTENCES, train_languages
from tests.models.fasttext.test_train import train

RULE = """\
name = "{name}"
[[rule]]
name = "one_language"
value = "lid_line_agreement"
min = 0.9
"""


@pytest.fixture
def run(demo_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demo_run, tmp_path / "run"))


@pytest.fixture(scope="module")
def glotlid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_languages(tmp_path_factory.mktemp("model") / "glotlid.bin")


@pytest.fixture(scope="module")
def identified_once(demo_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(demo_run, tmp_path_factory.mktemp("identified") / "run"))
    assert languages(folder) == 0
    return folder


@pytest.fixture
def identified(identified_once: Path, tmp_path: Path) -> Path:
    """A run with languages of lid.176, to change."""
    return Path(shutil.copytree(identified_once, tmp_path / "identified"))


def languages(run: Path, *options: object, name: str = "lid", workers: int = 1) -> int:
    return main(["languages", str(run), "--name", name, "--workers", str(workers), *map(str, options)])


def files_of(run: Path) -> dict[str, bytes]:
    return {
        path.relative_to(run).as_posix(): path.read_bytes()
        for path in run.rglob("*")
        if path.is_file() and path.name not in (".lock", "ledger.jsonl")
    }


def test_the_same_model_says_of_documents_what_the_run_says(identified: Path):
    opened = corpusmill.open(identified)
    names = ["doc_id", "language", "language_score"]
    documents = opened.documents.to_table(columns=names).sort_by("doc_id")
    assert len(documents) > 200
    assert opened.languages("lid").to_table(columns=names).sort_by("doc_id").to_pydict() == documents.to_pydict()
    counts = opened.manifest["languages_by"]["lid"]
    own = Counter(documents["language"].to_pylist())
    assert {name: one["documents"] for name, one in counts["languages"].items()} == own
    for name, one in counts["languages"].items():
        assert (one["same"], one["und"]) == ((0, own[name]) if name == "und" else (own[name], 0))
    assert counts["pairs"] == [] and counts["documents"] == len(documents)


def test_tables_follow_the_documents_and_check_knows_them(identified: Path):
    for path in identified.glob("documents/**/*.parquet"):
        key = path.relative_to(identified / "documents").with_suffix("")
        ids = pq.read_table(path, columns=["doc_id"])["doc_id"].to_pylist()
        table = pq.read_table(identified / f"languages/lid/{key}.languages.parquet").to_pydict()
        scores = pq.read_table(identified / f"scores/lid_line_agreement/{key}.scores.parquet").to_pydict()
        assert table["doc_id"] == scores["doc_id"] == ids
        assert table["line_agreement"] == scores["score"]
        own = key.name.split("_")[0]
        for groups, agreement in zip(table["line_languages"], table["line_agreement"], strict=True):
            total = sum(group["chars"] for group in groups)
            agreed = sum(group["chars"] for group in groups if agree(own, group["language"]))
            assert agreement == (agreed / total if groups else None)
    assert main(["check", str(identified)]) == 0
    next(identified.glob("languages/lid/**/*.parquet")).write_bytes(b"x")
    assert main(["check", str(identified)]) != 0


def test_a_second_time_nothing_is_left_to_do(identified: Path, capsys: pytest.CaptureFixture[str]):
    before = files_of(identified)
    assert languages(identified, "--model", LanguageParameters().model_path()) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[0].split()[:5] == ["language", "documents", "same", "another", "und"]
    assert files_of(identified) == before


def test_any_number_of_workers_writes_the_same(run: Path, identified: Path):
    assert languages(run, workers=2) == 0
    assert files_of(run) == files_of(identified)


def test_rules_name_the_agreement(identified: Path, tmp_path: Path):
    recipe = tmp_path / "mine.toml"
    recipe.write_text(RULE.format(name="mine"))
    assert main(["select", str(identified), "--recipe", str(recipe), "--workers", "1"]) == 0
    opened = corpusmill.open(identified)
    table = opened.languages("lid").to_table(columns=["doc_id", "line_agreement"]).to_pydict()
    agreement = dict(zip(table["doc_id"], table["line_agreement"], strict=True))
    verdicts = {row["doc_id"]: row["keep"] for row in opened.selection("mine").to_table().to_pylist()}
    known = {doc_id: value for doc_id, value in agreement.items() if value is not None}
    assert {doc_id: verdicts[doc_id] for doc_id in known} == {doc_id: value >= 0.9 for doc_id, value in known.items()}
    assert 0 < sum(verdicts.values()) < len(verdicts)
    assert opened.manifest["scores"]["lid_line_agreement"]["documents"] == len(verdicts)
    assert main(["check", str(identified)]) == 0


def test_a_model_of_other_labels(run: Path, glotlid: Path, capsys: pytest.CaptureFixture[str]):
    assert languages(run, "--model", glotlid, name="glotlid") == 0
    opened = corpusmill.open(run)
    found = opened.languages("glotlid").to_table().to_pydict()
    assert set(found["language"]) <= {*SENTENCES, "und"}
    counts = opened.manifest["languages_by"]["glotlid"]
    assert counts["languages"]["en"]["same"] > counts["languages"]["en"]["another"]
    assert counts["languages"]["fr"]["same"] == 0
    owner = dict(zip(*opened.documents.to_table(columns=["doc_id", "language"]).to_pydict().values(), strict=True))
    others = Counter(
        (owner[doc_id], name)
        for doc_id, name in zip(found["doc_id"], found["language"], strict=True)
        if name != "und" and not agree(owner[doc_id], name)
    )
    expected = sorted(others.items(), key=lambda item: (-item[1], item[0]))[:10]
    assert [((pair["language"], pair["found"]), pair["documents"]) for pair in counts["pairs"]] == expected
    by_id = dict(zip(found["doc_id"], found["language"], strict=True))
    for pair in counts["pairs"]:
        assert (owner[pair["example"]], by_id[pair["example"]]) == (pair["language"], pair["found"])
    printed = capsys.readouterr().out
    page = (run / "report.html").read_text(encoding="utf-8")
    assert all(pair["example"] in printed and pair["example"] in page for pair in counts["pairs"])
    assert main(["check", str(run)]) == 0


@pytest.mark.parametrize("change", ["model", "min-line-chars", "threshold"])
def test_another_model_or_other_parameters_under_the_same_name_are_refused(
    identified: Path, glotlid: Path, change: str, capsys: pytest.CaptureFixture[str]
):
    before = files_of(identified)
    options = {"model": glotlid, "min-line-chars": 30, "threshold": 0.6}
    assert languages(identified, f"--{change}", options[change]) == 2
    assert "has languages 'lid' of another model, or by other parameters; choose" in capsys.readouterr().err
    assert files_of(identified) == before


def test_scores_and_languages_do_not_take_each_others_columns(
    identified: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    train(tmp_path / "m", dim=4, epoch=1)
    command = ["--classifier", str(tmp_path / "m"), "--name", "lid_line_agreement", "--workers", "1"]
    assert main(["score", str(identified), *command]) == 2
    assert "choose another --name" in capsys.readouterr().err
    assert main(["score", str(run), *command]) == 0
    assert languages(run) == 2
    assert "choose another --name" in capsys.readouterr().err
    assert not (run / "languages").exists()


def test_the_card_of_a_model_is_kept(run: Path, tmp_path: Path):
    train(tmp_path / "m", dim=4, epoch=1)
    assert languages(run, "--model", tmp_path / "m", name="own") == 0
    opened = corpusmill.open(run)
    assert opened.manifest["models"]["languages/own"]["kind"] == "fasttext-classifier"
    assert set(opened.languages("own").to_table()["language"].to_pylist()) <= {"target", "cc", "und"}
    assert main(["check", str(run)]) == 0


@pytest.mark.parametrize("name", ["", "Upper", "a b", "../x", "1st", "x" * 65])
def test_names_are_those_of_columns(run: Path, name: str, capsys: pytest.CaptureFixture[str]):
    assert languages(run, name=name) == 2
    assert f"name {name!r}" in capsys.readouterr().err
    assert not (run / "languages").exists()


@pytest.mark.parametrize("value", ["-0.1", "1.5", "nan", "inf"])
def test_thresholds_out_of_range_are_refused(run: Path, value: str, capsys: pytest.CaptureFixture[str]):
    assert languages(run, f"--threshold={value}") == 2
    assert "wanted a number from 0 to 1" in capsys.readouterr().err
    assert not (run / "languages").exists()


def test_models_that_are_none_are_refused_before_any_work(
    run: Path, glotlid: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    before = files_of(run)
    (tmp_path / "cut.bin").write_bytes(glotlid.read_bytes()[:1000])
    (tmp_path / "model.pkl").write_bytes(pickle.dumps({"labels": ["en"]}))
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "none", tmp_path / "cut.bin", tmp_path / "model.pkl", tmp_path / "empty"):
        assert languages(run, "--model", path) == 2
        assert str(path) in capsys.readouterr().err
    assert files_of(run) == before


def test_folders_that_are_no_run_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert languages(tmp_path) == 2
    assert "is not a run folder" in capsys.readouterr().err


def test_an_interrupted_identification_goes_on(identified: Path):
    """A kill leaves no manifest, and tables that no ledger line lists: the same command writes the same bytes."""
    before = files_of(identified)
    lines = (identified / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    for left in (len(lines) - 1, sum(b'"kind":"languages"' not in line for line in lines)):
        (identified / "ledger.jsonl").write_bytes(b"".join(lines[:left]))
        (identified / "manifest.json").unlink()
        assert main(["check", str(identified)]) == 2
        assert languages(identified) == 0
        assert files_of(identified) == before


def test_a_run_that_is_not_finished_is_refused(run: Path, capsys: pytest.CaptureFixture[str]):
    lines = (run / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    annotated = [line for line in lines if b'"kind":"annotate"' in line]
    (run / "ledger.jsonl").write_bytes(b"".join(line for line in lines if line != annotated[-1]))
    (run / "manifest.json").unlink()
    assert languages(run) == 2
    assert "is not finished: run the command that made it again" in capsys.readouterr().err
    assert not (run / "languages").exists()
