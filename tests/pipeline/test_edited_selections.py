"""Selections whose rules look at edited texts: the same from text and from stored signals; measured once."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import corpusmill
from corpusmill.pipeline.tokens import kept_texts
from corpusmill.store import layout, ledger

RECIPE = """
name = "edited"

[[rule]]
name = "long"
value = "rps_doc_word_count"
min = 30

[[edit]]
name = "lines"
lines = "c4"

[[edit.line]]
name = "short_line"
value = "c4_lines_word_count"
min = 4

[[edit.line]]
name = "braces"
value = "c4_lines_curly_bracket"
max = 0
drop = "document"

[[edit.total]]
name = "few_words"
value = "sum(c4_lines_word_count)"
min = 20

[[rule]]
name = "much_is_left"
value = "lines.gopher_char_count / gopher_char_count"
min = 0.5

[[rule]]
name = "still_long"
value = "lines.rps_doc_word_count"
min = 40
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("recipe") / "edited.toml"
    path.write_text(RECIPE)
    return str(path)


@pytest.fixture(scope="module")
def run(demo_run: Path, recipe: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(demo_run, tmp_path_factory.mktemp("edited") / "run"))
    corpusmill.open(folder).select(recipe, workers=1)
    return folder


def verdicts(run: Path, name: str = "edited") -> dict[str, dict[str, Any]]:
    return {row["doc_id"]: row for row in corpusmill.open(run).selection(name).to_table().to_pylist()}


def test_text_and_stored_signals_say_the_same(run: Path, recipe: str):
    columns = ["doc_id", "raw_content", "language", "url"]
    documents = corpusmill.open(run).documents.to_table(columns=columns).rename_columns(["id", "text", *columns[2:]])
    judged = corpusmill.judge(documents, recipe)
    stored = verdicts(run)
    assert {row["doc_id"]: row for row in judged.verdicts.to_pylist()} == stored
    dropping = {rule for row in stored.values() for rule in {each["rule"] for each in row["failed"]}}
    assert dropping == {"long", "short_line", "braces", "few_words", "much_is_left", "still_long"} - {"short_line"}
    assert any(row["keep"] and row["replacements"] for row in stored.values())


def test_reasons_come_in_the_order_of_the_steps(run: Path):
    order = ["long", "braces", "few_words", "much_is_left", "still_long"]
    assert corpusmill.open(run).manifest["selections"]["edited"]["definitions"]["order"] == order
    for row in verdicts(run).values():
        places = [order.index(each["rule"]) for each in row["failed"]]
        assert places == sorted(places)
        assert row["failed_rules"] == sum(1 << place for place in places)


def test_texts_of_the_selection_are_the_edited_ones(run: Path, recipe: str):
    opened = corpusmill.open(run)
    documents = opened.documents.to_table(columns=["doc_id", "raw_content", "language"])
    judged = corpusmill.judge(documents.rename_columns(["id", "text", "language"]), recipe)
    expected = dict(zip(judged.kept["id"].to_pylist(), judged.kept["text"].to_pylist(), strict=True))
    found: list[str] = []
    for path in opened.manifest["outputs"]:
        if (key := layout.key_of_documents(path)) is not None:
            found += [text for batch in kept_texts(run, "edited", key) for text in batch.to_pylist()]
    assert sorted(found) == sorted(expected.values())
    assert set(found) - set(documents["raw_content"].to_pylist()), "no text was edited"


def test_what_was_measured_is_not_measured_again(run: Path, recipe: str, tmp_path: Path):
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    before = {entry.task for entry in ledger.read(copy / layout.LEDGER) if entry.kind == "measure"}
    corpusmill.open(copy).select(recipe, name="looser", settings=["rule.still_long.min=10"], workers=1)
    after = {entry.task for entry in ledger.read(copy / layout.LEDGER) if entry.kind == "measure"}
    assert before == after != set()
    # another edit makes another text, and only what is named of it is measured
    corpusmill.open(copy).select(recipe, name="other", settings=["edit.lines.line.short_line.min=9"], workers=1)
    outputs = {path.split("/")[1] for path in corpusmill.open(copy).manifest["outputs"] if path.startswith("measured/")}
    assert len(outputs) == 3  # the stored text, and two that edits leave


def test_workers_change_no_byte(run: Path, recipe: str, demo_run: Path, tmp_path: Path):
    copy = Path(shutil.copytree(demo_run, tmp_path / "run"))
    corpusmill.open(copy).select(recipe, workers=2)
    one, two = (corpusmill.open(folder).manifest["outputs"] for folder in (run, copy))
    assert one == two


def test_whatif_is_what_select_would_be(run: Path, recipe: str, tmp_path: Path):
    settings = ["rule.still_long.min=200", "rule.long.min=1", "rule.much_is_left.min=0.9"]
    found = corpusmill.open(run).whatif(*settings, selection="edited")
    copy = Path(shutil.copytree(run, tmp_path / "run"))
    corpusmill.open(copy).select(recipe, name="after", settings=settings, workers=1)
    described = corpusmill.open(copy).manifest["selections"]
    assert found.after.documents == described["after"]["kept"]
    assert found.before.documents == described["edited"]["kept"]
    assert dict(found.rules_after) == described["after"]["rules"]
    assert dict(found.rules_before) == described["edited"]["rules"]
    before, after = verdicts(copy), verdicts(copy, "after")
    gained = [key for key in before if after[key]["keep"] and not before[key]["keep"]]
    lost = [key for key in before if before[key]["keep"] and not after[key]["keep"]]
    assert (found.gained.documents, found.lost.documents) == (len(gained), len(lost))
    assert lost and set(found.lost_ids) <= set(lost) and set(found.gained_ids) <= set(gained)


def test_rethreshold_is_what_judge_would_say():
    texts = [{"text": "word " * n, "id": str(n)} for n in range(0, 120, 7)]
    judged = corpusmill.judge(texts, "gopher-fast")
    settings = ["rule.gopher_short_doc.min=20", "rule.top_2_gram.max=9", "rule.duplicated_5_n_grams.max=2"]
    again = corpusmill.judge(texts, "gopher-fast", settings=settings)
    assert judged.rethreshold(*settings).verdicts.equals(again.verdicts)
    assert again.reasons["gopher_short_doc"] == np.sum(np.arange(0, 120, 7) < 20)
    assert judged.kept.num_rows + judged.dropped.num_rows == len(texts)
    assert pa.types.is_list(judged.dropped["failed"].type)
