"""Selections by signals that lists of the artifacts folder decide: other lists give other signals."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import corpusmill
from corpusmill.signals import bad_words
from corpusmill.store import layout, ledger

RECIPE = """
name = "listed"

[[rule]]
name = "toxic"
value = "toxic_words_per_1000"
max = 0
pass_missing = true

[[edit]]
name = "flat"
replace = ["newlines"]

[[rule]]
name = "still_toxic"
value = "flat.toxic_words_per_1000"
max = 0
pass_missing = true
"""


pytestmark = pytest.mark.usefixtures("tasks_here")


def lists(folder: Path, word: str) -> Path:
    (folder / "toxicity").mkdir(parents=True)
    (folder / "toxicity" / "en.txt").write_text(f"{word}\n")
    return folder


def select(run: Path, recipe: Path, artifacts: Path, name: str) -> dict[str, int]:
    corpusmill.open(run).select(str(recipe), name=name, settings=[f'signals.artifacts="{artifacts}"'], workers=1)
    found: dict[str, int] = corpusmill.open(run).manifest["selections"][name]["rules"]
    return found


def measured(run: Path) -> int:
    return sum(entry.kind == "measure" for entry in ledger.read(run / layout.LEDGER))


def test_changed_lists_are_measured_anew(demo_run: Path, tmp_path: Path):
    run = Path(shutil.copytree(demo_run, tmp_path / "run"))
    recipe = tmp_path / "listed.toml"
    recipe.write_text(RECIPE)
    folder = lists(tmp_path / "lists", "the")
    the = select(run, recipe, folder, "the")
    before = measured(run)
    assert the["toxic"] == the["still_toxic"] > 0
    # the same lists in another folder: nothing is measured again
    moved = shutil.copytree(folder, tmp_path / "moved")
    assert select(run, recipe, moved, "moved") == the
    assert measured(run) == before
    # other lists in the same folder
    (folder / "toxicity" / "en.txt").write_text("nosuchword\n")
    bad_words._automaton_of.cache_clear()  # a process reads a list once; workers are new ones for every verb
    assert select(run, recipe, folder, "none") == {"toxic": 0, "still_toxic": 0}
    assert measured(run) == 2 * before
    # what was decided by the first is what it was, also for whatif
    opened = corpusmill.open(run)
    assert opened.manifest["selections"]["the"]["rules"] == the
    found = opened.whatif("rule.toxic.max=0.5", "rule.still_toxic.max=0.5", selection="the")
    assert dict(found.rules_before) == the
    assert found.after.documents >= found.before.documents
    loose = opened.whatif("rule.toxic.max=1000", "rule.still_toxic.max=1000", selection="the")
    assert loose.after.documents > found.before.documents
    none = opened.whatif("rule.toxic.max=1000", selection="none")
    assert none.after.documents == none.before.documents


def test_recipes_without_measures_need_no_hash(demo_run: Path, tmp_path: Path):
    """Rules over what every document has do not read the folder."""
    run = Path(shutil.copytree(demo_run, tmp_path / "run"))
    select(run, Path("redpajama2-gopher"), tmp_path / "nowhere", "plain")
    assert measured(run) == 0
