"""Digits, counters and last characters of lines."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.batch import TextBatch
from corpusmill.kernels.edits.reference_edits import is_counter
from corpusmill.kernels.lines.measures import digit_table
from corpusmill.signals.registry import measure
from tests.kernels.texts import needs_unicode_14, texts


def columns(text: str) -> dict[str, list[float | None]]:
    names = ["uppercase_fraction", "digit_fraction", "counter", "word_count", "ends_with_mark", "ends_with_ellipsis"]
    batch = measure(TextBatch(pa.array([text])), [f"dclm_lines_{name}" for name in names])
    return {name: batch.column(number)[0].as_py() for number, name in enumerate(names)}


COUNTERS = [
    ("3 likes", True),
    ("1,234.5k  Views!", True),
    ("* 7m\u00a0followers *", True),
    ("٣ shares", True),
    ("12 boo\u212amarks", True),
    ("1\u212a likes", True),
    ("3likes", False),
    ("3 like", False),
    ("likes", False),
    ("3 likes today", False),
    ("a 3 likes", False),
    ("² likes", False),  # a digit, and of no number
    ("3 l\u0130kes", False),
    ("3kk likes", False),
    ("3 ", False),
    ("", False),
]


@pytest.mark.parametrize(("line", "expected"), COUNTERS)
def test_counters(line: str, expected: bool):
    assert columns(line)["counter"] == [expected]
    assert is_counter(line) == expected


@needs_unicode_14
@settings(derandomize=True, max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["3", "٣", "²", ",", ".", "k", "K", "\u212a", "B", " ", "\u3000", "likes", "VIEWS", "*", "é", "_", "–"]
        ),
        max_size=9,
    )
)
def test_counters_of_any_line(parts: list[str]):
    line = "".join(parts)
    assert columns(line)["counter"] == [is_counter(line)]


@needs_unicode_14
@settings(derandomize=True, max_examples=200, deadline=None)
@given(texts)
def test_fractions_and_ends_of_any_text(text: str):
    found = columns(text)
    lines = text.split("\n")
    assert found["uppercase_fraction"] == [sum(map(str.isupper, x)) / len(x) if x else None for x in lines]
    assert found["digit_fraction"] == [sum(map(str.isdigit, x)) / len(x) if x else None for x in lines]
    assert found["word_count"] == [len(x.split()) if x else None for x in lines]
    assert found["ends_with_mark"] == [x.rstrip()[-1:] in {*'.!?"…'} if x else None for x in lines]
    assert found["ends_with_ellipsis"] == [x.rstrip().endswith(("...", "…")) for x in lines]


@needs_unicode_14
def test_digits_are_those_of_python():
    assert digit_table().tolist() == [chr(point).isdigit() for point in range(0x110000)]
