"""Rules: expressions, thresholds, missing values, verdicts."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.rules.expression import Expression
from corpusmill.rules.rule import Rule
from corpusmill.rules.ruleset import RuleSet
from corpusmill.rules.verdicts import columns_of, select
from corpusmill.schema import SELECTION

COLUMNS = {
    "a": pa.array([1, 4, None], pa.int32()),
    "b": pa.array([2.0, 0.0, 1.0]),
    "lines": pa.array([[1.0, 0.5], [], None], pa.list_(pa.float64())),
    "edited.a": pa.array([3, None, 5]),
}

VALUES = [
    ("a", [1, 4, None]),
    ("a + b * 2", [5, 4, None]),
    ("a / b", [0.5, None, None]),  # division by zero is a missing value
    ("-(a - 3)", [2, -1, None]),
    ("sum(lines)", [1.5, 0, None]),
    ("mean(lines)", [0.75, None, None]),
    ("count(lines) / 2", [1, 0, None]),
    ("7", [7, 7, 7]),
    ("edited.a - a", [2, None, None]),
]


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_expressions(text: str, expected: list[float | None]):
    found = Expression.parse(text).evaluate(COLUMNS, 3)
    assert [None if math.isnan(value) else value for value in found] == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a b",
        "a ** 2",
        "__import__('os')",
        "a.b.c",
        "(a).b + f().c",
        "a[0]",
        "f(a)",
        "sum(a + b)",
        "True",
        "'x'",
        "a if b else 1",
    ],
)
def test_anything_else_is_refused(text: str):
    with pytest.raises(ValueError, match=r"wanted|no number"):
        Expression.parse(text)


def test_deep_nesting_is_refused_not_fatal():
    with pytest.raises(ValueError, match="not an expression"):
        Expression.parse("(" * 5000 + "a" + ")" * 5000)


MISTAKES = [
    (Rule("r", "a"), "no threshold"),
    (Rule("r", "a", min=5, max=2), "min 5 is above max 2"),
    (Rule("r", "a +", min=1), "not an expression"),
]


@pytest.mark.parametrize(("rule", "message"), MISTAKES)
def test_mistakes_of_a_rule(rule: Rule, message: str):
    assert any(message in mistake for mistake in rule.mistakes())


def test_thresholds_are_inclusive_and_missing_values_fail():
    rule = Rule("r", "x", min=1, max=2)
    fails, _, thresholds = rule.verdict({"x": pa.array([0.9, 1, 2, 2.1, None])}, 5)
    assert fails.tolist() == [True, False, False, True, True]
    assert thresholds[[0, 3]].tolist() == [1, 2]
    assert Rule("r", "x", min=1, pass_missing=True).verdict({"x": pa.array([None], pa.int8())}, 1)[0].tolist() == [
        False
    ]


LIMITS = [
    ({"min": 2}, [True, False, False], 2),
    ({"above": 2}, [True, True, False], 2),
    ({"max": 2}, [False, False, True], 2),
    ({"below": 2}, [False, True, True], 2),
    ({"min_setting": "least"}, [True, True, False], 3),
    ({"max_setting": "most"}, [False, True, True], 1),
    ({"max_setting": "absent"}, [False, False, False], None),  # no limit
]


@pytest.mark.parametrize(("limits", "expected", "threshold"), LIMITS)
def test_limits(limits: dict, expected: list[bool], threshold: float | None):
    rule = Rule("r", "x", **limits).with_settings({"least": 3, "most": 1, "absent": None})
    fails, _, thresholds = rule.verdict({"x": pa.array([1, 2, 3])}, 3)
    assert fails.tolist() == expected
    assert set(thresholds[fails]) == ({threshold} if threshold else set())


def test_every_failing_rule_is_named_with_value_and_threshold():
    rules = [Rule("low", "a", min=2), Rule("high", "b", max=1.5), Rule("all_lines", "sum(lines)", min=0)]
    verdicts = select(pa.array(["x", "y", "z"]), COLUMNS, RuleSet(tuple(rules)), {}, {})
    assert verdicts.schema == SELECTION
    assert verdicts["keep"].to_pylist() == [False, True, False]
    assert verdicts["failed"].to_pylist() == [
        [{"rule": "low", "value": 1, "threshold": 2}, {"rule": "high", "value": 2, "threshold": 1.5}],
        [],
        [{"rule": "low", "value": None, "threshold": None}, {"rule": "all_lines", "value": None, "threshold": None}],
    ]
    assert verdicts["failed_rules"].to_pylist() == [0b011, 0, 0b101]
    assert columns_of(rules) == ["a", "b", "lines"]


def test_no_documents_and_no_rules():
    nothing = {name: column.slice(0, 0) for name, column in COLUMNS.items()}
    assert (
        select(pa.array([], pa.string()), nothing, RuleSet((Rule("r", "sum(lines) / a", min=1),)), {}, {}).num_rows == 0
    )
    assert select(pa.array(["x"]), {}, RuleSet(), {}, {})["keep"].to_pylist() == [True]


@settings(derandomize=True, max_examples=60)
@given(st.lists(st.lists(st.floats(-1e6, 1e6), max_size=5), max_size=20), st.integers(0, 20))
def test_a_verdict_does_not_depend_on_the_batch(lists: list[list[float]], cut: int):
    rule = Rule("r", "sum(x) / count(x)", min=0.1)
    column = pa.array(lists, pa.list_(pa.float64()))
    whole = rule.verdict({"x": column}, len(column))[1].tolist()
    parts = [rule.verdict({"x": part}, len(part))[1].tolist() for part in (column.slice(0, cut), column.slice(cut))]
    assert str(whole) == str(parts[0] + parts[1])
