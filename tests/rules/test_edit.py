"""What an [[edit]] may say, and what it needs."""

from __future__ import annotations

import pytest

from corpusmill.pipeline.typed import Source, build
from corpusmill.rules.edit import Edit, LineRule
from corpusmill.rules.rule import Rule

SHORT = LineRule("short", "c4_lines_word_count", min=3)

MISTAKES = [
    (Edit("a"), ["wanted either lines or replace"]),
    (Edit("a", lines="c4", replace=("newlines",)), ["wanted either lines or replace"]),
    (Edit("a.b", replace=("newlines",)), ["wanted a name that expressions can hold"]),
    (Edit("not", replace=("newlines",)), ["wanted a name that expressions can hold"]),
    (Edit("a", line=(SHORT,), replace=("newlines",)), ["does not say how they are cut"]),
    (Edit("a", total=(Rule("few", "count(c4_lines_start)", min=1),), replace=("urls",)), ["does not say how"]),
    (Edit("a", lines="c5"), ['lines = "c5" is unknown. Did you mean "c4"?']),
    (Edit("a", replace=("new_lines", "urls")), ['replacement "new_lines" is unknown. Did you mean "newlines"?']),
    (Edit("a", lines="dclm", line=(SHORT,)), ['"c4_lines_word_count" is no line signal of lines = "dclm"']),
    (Edit("a", lines="c4", total=(Rule("few", "ccnet_length", min=1),)), ['"ccnet_length" is no line signal']),
    (Edit("a", lines="c4", line=(SHORT,), if_empty="nothing"), []),
    (Edit("a", replace=("urls", "newlines")), []),
]


@pytest.mark.parametrize(("edit", "expected"), MISTAKES)
def test_mistakes(edit: Edit, expected: list[str]):
    found = edit.mistakes()
    assert len(found) == len(expected)
    assert all(part in whole for part, whole in zip(expected, found, strict=True))


LINE_MISTAKES = [
    (LineRule("r", "c4_lines_word_count"), "no threshold"),
    (LineRule("r", "c4_lines_word_count", min=1, drop="page"), 'wanted "line" or "document"'),
    (LineRule("r", "sum(c4_lines_word_count)", min=1), "wanted a value of one line"),
    (LineRule("r", "1 / count (c4_lines_word_count)", min=1), "wanted a value of one line"),
    (LineRule("r", "c4_lines_word_count +", min=1), "not an expression"),
]


@pytest.mark.parametrize(("rule", "expected"), LINE_MISTAKES)
def test_mistakes_of_line_rules(rule: LineRule, expected: str):
    assert [expected in mistake for mistake in rule.mistakes()] == [True]


def test_rules_count_in_their_order_and_columns_have_the_spans():
    brace = LineRule("brace", "c4_lines_curly_bracket", max=0, drop="document")
    lorem = LineRule("lorem", "c4_lines_lorem_ipsum", max=0, drop="document")
    total = Rule("few", "sum(c4_lines_sentences_fast) / count(c4_lines_policy)", min=3)
    edit = Edit("c4", "c4", (brace, SHORT, lorem), (total,), if_empty="nothing")
    assert edit.rule_names == ("brace", "lorem", "few", "nothing")
    assert edit.columns == tuple(
        f"c4_lines_{name}"
        for name in ("curly_bracket", "end", "lorem_ipsum", "policy", "sentences_fast", "start", "word_count")
    )
    assert Edit("r", replace=("urls",)).columns == Edit("r", replace=("urls",)).rule_names == ()


def test_edits_are_built_from_toml():
    table = {
        "name": "e",
        "lines": "dclm",
        "line": [{"name": "a", "value": "dclm_lines_word_count", "above": 1, "pass_missing": True}],
        "total": [{"name": "t", "value": "count(dclm_lines_start)", "min": 1}],
    }
    mistakes: list[str] = []
    edit = build(Edit, table, Source("recipe.toml", ""), mistakes)
    line = LineRule("a", "dclm_lines_word_count", above=1.0, pass_missing=True)
    assert edit == Edit("e", "dclm", (line,), (Rule("t", "count(dclm_lines_start)", min=1.0),))
    assert mistakes == []
    build(Edit, table | {"line": [{"name": "a", "valu": "x"}]}, Source("recipe.toml", ""), mistakes)
    assert [("edit" in m or "line.0" in m) and "recipe.toml" in m for m in mistakes] == [True, True]
