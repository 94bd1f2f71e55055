"""Reference recipes say what the reference implementations say of the same documents, reason for reason."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from corpusmill.cli.main import main
from tests.recipes.vectors import rows, verdicts

pytestmark = pytest.mark.shared

# Filters of FineWeb-2 and the rules that each of them has in our recipe.
QUALITY = "gopher_"
LINES = ("no_lines", "line_punct_ratio", "char_dup_ratio", "list_ratio")


@pytest.fixture(scope="module")
def compare(shared: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("compare_filters", shared / "conformance" / "compare_filters.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RECIPES = [
    *(
        f"datatrove-{name}-{tokenizer}"
        for tokenizer in ("spacy", "nltk")
        for name in (
            "gopher-quality",
            "gopher-repetition",
            "fineweb-quality",
            "c4",
            "c4-fineweb",
            "c4-tfds-like",
            "c4-sentences",
            "c4-paragraph",
            "c4-badwords",
        )
    ),
    "fineweb-v1",
    "tfds-c4",
    "dclm-refinedweb",
]


def test_the_table_has_no_other_recipes(compare: ModuleType):
    assert set(compare.RECIPES) == set(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_no_verdict_differs(name: str, shared: Path, compare: ModuleType, tmp_path: Path):
    golden = shared / "conformance" / "filters"
    out = tmp_path / f"{name}.jsonl"
    assert main(["judge", str(golden / "documents.jsonl.gz"), "--recipe", name, "--out", str(out)]) == 0
    file, field, parts = compare.RECIPES[name]
    texts = {key: row["text"] for key, row in compare.rows(golden / "documents.jsonl.gz").items()}
    assert compare.differences(compare.rows(out), compare.rows(golden / file), field, parts, texts) == []


def _filter_of(rule: str) -> str:
    if rule in LINES:
        return "fineweb"
    return "gopher_quality" if rule.startswith(QUALITY) else "gopher_repetition"


@pytest.mark.parametrize("tokenizer", ["spacy", "nltk"])
def test_fineweb2_by_its_filters(tokenizer: str, shared: Path, tmp_path: Path):
    recipe = tmp_path / "fineweb2.toml"
    recipe.write_text(f'name = "fineweb2-{tokenizer}"\nextends = "fineweb2"\n[segment]\nwords = "{tokenizer}"\n')
    golden = shared / "conformance" / "filters"
    ours = verdicts(golden, str(recipe))
    compared = 0
    for row in rows(golden / f"datatrove_0.10.1_{tokenizer}.jsonl.gz"):
        for name, want in (row.get("fineweb2") or {}).items():
            failed = [each["rule"] for each in ours[row["id"]]["failed"] if _filter_of(each["rule"]) == name]
            first: Any = failed[0] if failed else None
            assert (first is None, first) == (want["keep"], want["reason"]), (row["id"], name)
            compared += 1
    assert compared == 3 * 64
