"""`[[duplicates]]` in a recipe: one command to a deduplicated selection, among what the other rules keep."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import corpusmill
from corpusmill.cli.main import main
from corpusmill.errors import RecipeError, RunRefused

pytestmark = pytest.mark.usefixtures("tasks_here")

LINES = [f"Line {n} says something about rivers, towns and the weather of day {n * 7}." for n in range(40)]
OTHER = [f"Quite another matter, number {n}: stones, bread and {n * 13} kinds of cheese." for n in range(40)]
RECIPE = """
name = "unique"
[language]
threshold = 0.0
[signals]
minhash = false
[[duplicates]]
name = "copies"
method = "{method}"
{options}
among_kept = {among}
[[rule]]
name = "no_list"
value = "rps_doc_curly_bracket"
max = 0
[[rule]]
name = "copy"
value = "copies_duplicate"
max = 0
"""


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A text, its copy without a bracket, and another text; the first of each pair comes first."""
    texts = {"bracket": [*LINES, "{"], "copy": LINES, "again": LINES, "other": OTHER}
    lines = [json.dumps({"id": name, "text": "\n".join(text)}) for name, text in texts.items()]
    (tmp_path / "a.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path / "a.jsonl"


def kept(run: Path) -> list[str]:
    opened = corpusmill.open(run)
    query = "select record_id from selections_unique join pages using (doc_id) where keep order by ordinal"
    return [name for (name,) in opened.sql(query).fetchall()]


@pytest.mark.parametrize(
    ("method", "options", "among", "expected"),
    [
        ("minhash", 'scheme = "near"', "true", ["copy", "other"]),  # the first is dropped, so its copy stays
        ("minhash", 'scheme = "near"', "false", ["other"]),
        ("minhash", 'scheme = "fineweb"', "true", ["copy", "other"]),
        ("exact", 'key = "text"', "true", ["copy", "other"]),
        ("exact", 'key = "text"', "false", ["copy", "other"]),  # with a bracket it is another text
    ],
)
def test_one_command(method: str, options: str, among: str, expected: list[str], pages: Path, tmp_path: Path):
    recipe = tmp_path / "unique.toml"
    recipe.write_text(RECIPE.format(method=method, options=options, among=among))
    command = ["run", str(recipe), "--input", str(pages), "--out", str(tmp_path / "run"), "--workers", "1"]
    assert main(command) == 0
    assert kept(tmp_path / "run") == expected
    assert corpusmill.open(tmp_path / "run").manifest["duplicates"]["copies"].get("among") == (
        "unique-with-duplicates" if among == "true" else None
    )
    before = (tmp_path / "run" / "ledger.jsonl").read_bytes()
    assert main(command) == 0  # nothing is left to do
    assert (tmp_path / "run" / "ledger.jsonl").read_bytes() == before


def test_a_run_that_has_no_duplicates_gets_them_by_select(pages: Path, tmp_path: Path):
    recipe = tmp_path / "unique.toml"
    recipe.write_text(RECIPE.format(method="minhash", options="", among="true"))
    run = tmp_path / "run"
    corpusmill.run("keep-all", [pages], run, settings=["language.threshold=0.0"])
    corpusmill.open(run).select(str(recipe))
    assert kept(run) == ["copy", "other"]
    # the same duplicates among other documents are other duplicates
    with pytest.raises(RunRefused, match="choose another --name"):
        corpusmill.open(run).select(str(recipe), settings=["rule.no_list.max=1"])


def test_what_texts_alone_cannot_decide_is_refused(pages: Path, tmp_path: Path):
    recipe = tmp_path / "unique.toml"
    recipe.write_text(RECIPE.format(method="minhash", options="", among="true"))
    with pytest.raises(RecipeError, match="found in a whole run"):
        corpusmill.judge([{"text": "a"}], str(recipe))
    recipe.write_text(RECIPE.format(method="minhash", options='keep = "loudest"', among="true"))
    with pytest.raises(RecipeError, match="loudest"):
        corpusmill.judge([{"text": "a"}], str(recipe))
