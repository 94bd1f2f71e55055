"""`signals.redpajama2 = false`: RedPajama-V2's signals are measured where a rule names them, and the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import corpusmill
from corpusmill.cli.main import main
from corpusmill.errors import RunRefused
from corpusmill.report.payload.build import words_of
from corpusmill.store.rpv2 import export_rpv2

pytestmark = pytest.mark.usefixtures("tasks_here")

RECIPE = """
name = "words"
[language]
threshold = 0.0
[signals]
minhash = false
redpajama2 = {redpajama2}
[[rule]]
name = "words"
value = "rps_doc_word_count"
min = 12
[[rule]]
name = "hashes"
value = "gopher_hash_count / gopher_word_count_fast"
max = 0.1
"""
TEXTS = {
    "short": "Only a few words are here.",
    "long": "This one is of the kind that has more than a dozen words in its one line.",
    "hashes": "#one #two #three #four #five #six #seven #eight #nine #ten #eleven #twelve #thirteen",
    "brace": "A text that has a { in it and is long enough for the rule that counts its words.",
}


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    lines = [json.dumps({"id": name, "text": text, "url": f"https://{name}.example/"}) for name, text in TEXTS.items()]
    (tmp_path / "a.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path / "a.jsonl"


def run(pages: Path, recipe: str, redpajama2: bool) -> Path:
    out = pages.with_name(f"run-{str(redpajama2).lower()}")
    path = pages.with_name("recipe.toml")
    path.write_text(recipe.format(redpajama2=str(redpajama2).lower()))
    assert main(["run", str(path), "--input", str(pages), "--out", str(out), "--workers", "1"]) == 0
    return out


def verdicts(run: Path, name: str) -> list[dict[str, object]]:
    return list(corpusmill.open(run).selection(name).to_table().sort_by("doc_id").to_pylist())


def stored_columns(run: Path) -> list[str]:
    (path,) = (run / "quality_signals").rglob("*.parquet")
    return list(pq.read_schema(path).names)


def test_the_same_verdicts(pages: Path):
    without, with_all = run(pages, RECIPE, False), run(pages, RECIPE, True)
    assert verdicts(without, "words") == verdicts(with_all, "words")
    assert [row["keep"] for row in verdicts(without, "words")] == [False, True, False, True]
    assert stored_columns(without) == ["doc_id", "id_int"]
    assert "rps_doc_word_count" in stored_columns(with_all)
    assert [path.name for path in (without / "measured/stored").iterdir()].count("redpajama2") == 1
    assert not (with_all / "measured/stored/redpajama2").exists()


def test_what_no_rule_names_is_not_measured(pages: Path):
    made = run(pages, RECIPE.replace('"rps_doc_word_count"', '"gopher_word_count_fast"'), False)
    assert sorted(path.name for path in (made / "measured/stored").iterdir()) == ["gopher", "gopher_fast"]


def test_a_later_recipe_measures_it(pages: Path):
    made = run(pages, RECIPE, False)
    later = pages.with_name("later.toml")
    later.write_text(
        'name = "later"\n[signals]\nminhash = false\nredpajama2 = false\n'
        '[[rule]]\nname = "braces"\nvalue = "rps_doc_curly_bracket"\nmax = 0\n'
    )
    corpusmill.open(made).select(str(later), workers=1)
    assert [row["keep"] for row in verdicts(made, "later")] == [True, True, True, False]


def test_thresholds_can_be_moved(pages: Path):
    found = corpusmill.open(run(pages, RECIPE, False)).whatif("rule.words.min=1", selection="words")
    assert found.after.documents == 3


def test_the_report_counts_words_all_the_same(pages: Path):
    made = run(pages, RECIPE.replace('"rps_doc_word_count"', '"gopher_word_count_fast"'), False)
    (table,) = (made / "quality_signals").rglob("*.parquet")
    path = table.relative_to(made / "quality_signals").as_posix().removesuffix(".signals.parquet")
    counted = words_of(made, path, np.arange(len(TEXTS)))
    assert counted is not None
    assert counted.to_pylist()[0] == len(re.findall(r"\w+", TEXTS["short"]))
    assert (made / "report.html").is_file()


def test_nothing_to_export(pages: Path, tmp_path: Path):
    made = run(pages, RECIPE, False)
    with pytest.raises(RunRefused, match=r"no signals to export.*--set signals\.redpajama2=true"):
        export_rpv2(made, tmp_path / "out")
    assert [row["quality_signals"] for row in corpusmill.load(made)] == [None] * len(TEXTS)
