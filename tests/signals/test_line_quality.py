"""Scores of lines as signals, what they say of documents, and the recipe that drops lines by them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pyarrow as pa
import pytest

import corpusmill
from corpusmill.artifacts import Artifacts
from corpusmill.batch import TextBatch
from corpusmill.cli.main import main
from corpusmill.errors import ModelRefused
from corpusmill.models.lines.train import LINE_TREES, LineParameters, train_lines
from corpusmill.pipeline.recipe import load
from corpusmill.rules.editing import apply
from corpusmill.signals.line_quality import DOCUMENTS, LINES
from corpusmill.signals.registry import measure, of_family
from tests.models.lines.synthetic import documents

PROSE = "The old bridge of the town was under water in the evening rain of the winter."
TEXTS = [f"Home | News 3\n\n  {PROSE}\n- Share 4", "", " \n\u2028", "Log in 5"]


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("lightgbm")
    folder = tmp_path_factory.mktemp("artifacts")
    few = LineParameters(dataclasses.replace(LINE_TREES, trees=20, learning_rate=0.2), folds=0)
    train_lines(documents(40), few, folder / "line_quality", {})
    return folder


def columns(folder: Path | None) -> tuple[dict[str, list], list[str]]:
    found = Artifacts(folder)
    batch = TextBatch(pa.array(TEXTS), artifacts=found)
    return measure(batch, [*of_family(LINES), *of_family(DOCUMENTS)]).to_pydict(), found.warnings


def test_scores_of_lines_and_of_documents(artifacts: Path):
    found, warnings = columns(artifacts)
    assert warnings == []
    assert found["quality_lines_start"] == [[0, 14, 17, 95], [], [0, 2], [0]]
    assert found["quality_lines_end"] == [[13, 14, 94, 104], [], [0, 2], [8]]
    first = found["quality_lines_score"][0]
    assert first[0] < 0.4 and first[1] is None and first[2] > 0.6 and first[3] < 0.4
    assert found["quality_lines_score"][1:3] == [[], [None, None]]
    chars = (13, 77, 9)
    mean = sum(score * count for score, count in zip((first[0], *first[2:]), chars, strict=True)) / sum(chars)
    assert found["line_quality_mean"] == [pytest.approx(mean), None, None, found["quality_lines_score"][3][0]]
    assert found["line_quality_low_fraction"] == [pytest.approx(22 / 99), None, None, 1]


def test_without_a_model_all_is_null_and_a_warning_says_why(tmp_path: Path):
    found, warnings = columns(tmp_path)
    assert found["quality_lines_score"] == [[None] * 4, [], [None] * 2, [None]]
    assert found["line_quality_mean"] == found["line_quality_low_fraction"] == [None] * 4
    assert found["quality_lines_end"] == [[13, 14, 94, 104], [], [0, 2], [8]]
    assert warnings == ["line_quality/ is missing: quality_lines_score and line_quality_* are null"]
    assert "quality_lines_score" in columns(None)[1][0]


def test_a_damaged_model_is_refused(artifacts: Path, tmp_path: Path):
    (tmp_path / "line_quality").mkdir()
    with pytest.raises(ModelRefused, match="no model"):
        columns(tmp_path)
    for file in (artifacts / "line_quality").iterdir():
        (tmp_path / "line_quality" / file.name).write_bytes(file.read_bytes()[:-1])
    with pytest.raises(ModelRefused):
        columns(tmp_path)


def test_the_recipe_drops_noise(artifacts: Path, tmp_path: Path):
    edit = load("line-quality").edit[0]
    found = apply(edit, TextBatch(pa.array(TEXTS), artifacts=Artifacts(artifacts)))
    assert found.texts.to_pylist() == [PROSE, "", "", ""]
    assert [len(failed) for failed in found.failed.to_pylist()] == [0, 1, 1, 1]
    without = apply(edit, TextBatch(pa.array(TEXTS), artifacts=Artifacts(tmp_path)))
    assert without.texts.to_pylist() == [f"Home | News 3\n\n{PROSE}\n- Share 4", "", "", "Log in 5"]


@pytest.mark.usefixtures("tasks_here")
def test_a_run_by_the_recipe_and_a_rule_over_the_document(artifacts: Path, tmp_path: Path):
    texts = tmp_path / "texts.jsonl"
    texts.write_text("".join(json.dumps({"text": text, "id": str(i)}) + "\n" for i, text in enumerate(TEXTS)))
    recipe = tmp_path / "mine.toml"
    recipe.write_text(
        'name = "mine"\nextends = "line-quality"\n[[rule]]\nname = "noisy"\nvalue = "line_quality_mean"\nmin = 0.6\n'
    )
    setting = f'signals.artifacts="{artifacts}"'
    corpusmill.run(str(recipe), [texts], out=tmp_path / "run", workers=1, settings=[setting])
    selection = corpusmill.open(tmp_path / "run").manifest["selections"]["mine"]
    rules = selection["rules"]
    assert rules["noisy"] == 1 and rules["no_line_left"] == 1


@pytest.mark.usefixtures("tasks_here")
def test_a_run_without_the_model_says_so_first(tmp_path: Path):
    texts = tmp_path / "texts.jsonl"
    texts.write_text(json.dumps({"text": PROSE, "id": "1"}) + "\n")
    (tmp_path / "lists").mkdir()
    setting = f'signals.artifacts="{tmp_path / "lists"}"'
    corpusmill.run("line-quality", [texts], out=tmp_path / "run", workers=1, settings=[setting])
    warnings = corpusmill.open(tmp_path / "run").manifest["warnings"]
    assert warnings[0].startswith("line_quality/ is missing") and len(set(warnings)) == len(warnings)


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("lightgbm")
    labels = tmp_path / "labels.jsonl"
    labels.write_text(
        "".join(
            json.dumps({"lines": each.lines, "labels": [int(label) for label in each.labels], "lang": each.language})
            + "\n"
            for each in documents(30)
        )
    )
    command = ["train", "lines", "--labels", str(labels), "--out", str(tmp_path / "model")]
    assert main([*command, "--trees", "10", "--learning-rate", "0.3", "--folds", "3"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "documents  30"
    assert [line.split()[1] for line in printed if line.startswith("auc")] == ["xx", "yy", "all"]
    assert main([*command, "--learning-rate", "2"]) == 2
    assert "learning_rate" in capsys.readouterr().err
