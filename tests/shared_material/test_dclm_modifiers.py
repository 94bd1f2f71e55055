"""Each modifier of DCLM's reproduction of RefinedWeb alone: `conformance/filters/dclm_361714bd.jsonl.gz`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pytest

from corpusmill.batch import TextBatch
from corpusmill.rules.edit import Edit, LineRule
from corpusmill.rules.editing import apply
from corpusmill.rules.replace.spans import replay
from tests.shared_material.test_c4 import rows

pytestmark = pytest.mark.shared


def lines(*rules: LineRule, split: str = "dclm") -> Edit:
    return Edit("modifier", split, rules, if_empty="empty")


def replacing(name: str, if_empty: str | None = "empty") -> Edit:
    return Edit("modifier", replace=(name,), if_empty=if_empty)


def few_words(least: int) -> LineRule:
    return LineRule("few_words", "dclm_lines_word_count", min=least, pass_missing=True)


MODIFIERS = {
    "url_removal": replacing("dclm_urls"),
    "newline": replacing("newlines", if_empty=None),
    "uppercase": lines(LineRule("upper", "dclm_lines_uppercase_fraction", max=0.5, pass_missing=True)),
    "numeric": lines(LineRule("digits", "dclm_lines_digit_fraction", max=0.999999, pass_missing=True)),
    "counter": lines(LineRule("counter", "dclm_lines_counter", max=0)),
    "line_length": lines(few_words(2), split="dclm_unstripped"),
    "items_in_cart": replacing("dclm_items_in_cart"),
    "read_more": replacing("dclm_read_more"),
    "sign_in": replacing("dclm_sign_in"),
    "citation": replacing("citations"),
    "punctuation": lines(
        LineRule("ellipsis", "dclm_lines_ends_with_ellipsis", max=0),
        LineRule("mark", "dclm_lines_ends_with_mark", min=1, pass_missing=True),
        split="dclm_unstripped",
    ),
    "line_length_5": lines(few_words(5), split="dclm_unstripped"),
}


@pytest.mark.parametrize("name", MODIFIERS)
def test_modifier(shared: Path, name: str):
    texts = {key: row["text"] for key, row in rows(shared, "documents").items()}
    wanted = rows(shared, "dclm_361714bd")
    batch = TextBatch(pa.array([texts[key] for key in wanted], pa.large_string()))
    found = apply(MODIFIERS[name], batch)
    assert replay(batch.texts, found.replacements).equals(found.texts)
    wrong = []
    for (key, row), text, failed in zip(wanted.items(), found.texts.to_pylist(), found.failed.to_pylist(), strict=True):
        want = row["single_modifiers"][name]
        if want["keep"] == bool(failed):
            wrong.append((key, want["keep"]))
        elif want["keep"] and want["text_sha1"] != hashlib.sha1(text.encode()).hexdigest():
            wrong.append((key, text))
    assert wrong == []


def test_all_modifiers_are_here(shared: Path):
    assert all(row["single_modifiers"].keys() == MODIFIERS.keys() for row in rows(shared, "dclm_361714bd").values())
