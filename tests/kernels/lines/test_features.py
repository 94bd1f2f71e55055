"""Features of lines: by hand, and against the oracle over hostile texts."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.batch import TextBatch
from corpusmill.kernels.lines import reference_features as plain
from corpusmill.kernels.lines.columns import COLUMN, COLUMNS, COUNTED, NAMES, OWN
from corpusmill.models.lines.features import line_features
from tests.kernels.texts import needs_unicode_14, texts


def rows_of(text: str) -> np.ndarray:
    return line_features(TextBatch(pa.array([text], pa.large_string()))).rows


def test_every_column_has_a_name_of_its_own():
    assert len(set(NAMES)) == COLUMNS == len(NAMES)
    assert OWN[OWN.index("commas") + len(COUNTED)] == "word_frequency"


BY_HAND: list[tuple[str, str, float]] = [
    ("Hello world.", "chars", math.sqrt(12)),
    ("Hello world.", "words", 2),
    ("Hello world.", "ends_sentence", 1),
    ("Hello world.", "starts_upper", 1),
    ("hello", "starts_lower", 1),
    ("Straße im É", "capitalised_fraction", 2 / 3),
    ("He said “no.”", "ends_sentence", 0),
    ("He said “no.”", "ends_sentence_closed", 1),
    ("今日は雨です。", "ends_sentence", 1),
    ("ABC def", "upper_fraction", 0.5),
    ("a1b2", "numeric_fraction", 0.5),
    ("a b, c", "sign_fraction", 1 / 6),
    ("a an ant", "short_word_fraction", 1),
    ("the cat the dog", "distinct_word_fraction", 0.75),
    ("• item", "starts_item", 1),
    ("(see)", "starts_sign", 1),
    ("One. Two! Three", "inner_sentences", 2),
    ("Read more...", "ends_dots", 1),
    ("Read more…", "ends_dots", 1),
    ("Home | News | About", "bars", 2),
    ("see http://a.de, www.b.de and c@d.de", "addresses", 3),
    ("xhttp awww.", "addresses", 0),
    ("in 1999, 2024 and 3000", "years", 2),
    ("from 9:30 to 12:05: no 123:4", "times", 2),
    ("on 12.3.2024 or 2024-03-12", "dates", 4),
    ("$5 or 6€ or 7 kr", "prices", 2),
    ("1 22 3a4", "number_runs", 4),
    ("© 2024", "rights", 1),
    ("a a a b", "frequent_word_fraction", 0.75),
    ("a a a b", "single_word_fraction", 0.25),
    ("a a a a", "word_frequency", 2),
]


@pytest.mark.parametrize(("line", "name", "expected"), BY_HAND)
def test_a_line_by_itself(line: str, name: str, expected: float):
    assert rows_of(line)[0, COLUMN[name]] == np.float32(expected)


def test_a_line_among_others():
    prose = "It rained all day, and the river rose until the bridge was under water in the evening."
    found = rows_of(f"Menu\n{prose}\n\n- one\n- two\nMenu")
    assert found[:, COLUMN["line_count"]].tolist() == [2, 1, 1, 1, 2]
    assert found[:, COLUMN["lines_before"]].tolist() == [0, 1, 2, 3, 4]
    assert found[:, COLUMN["starts_item_+1"]].tolist()[:4] == [0, 1, 1, 0]
    assert np.isnan(found[:, COLUMN["chars_-3"]]).tolist() == [True] * 3 + [False] * 2
    assert np.isnan(found[:2, COLUMN["lines_since_prose"]]).all()
    assert found[2:, COLUMN["lines_since_prose"]].tolist() == [1, 2, 3]
    assert found[0, COLUMN["lines_until_prose"]] == 1
    assert found[:, COLUMN["fraction_of_longest"]].argmax() == 1


@needs_unicode_14
@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(st.one_of(texts, st.sampled_from(["a b", "http://x 1999-12-31 9:30", "$5.\n5€ «x.»"])), max_size=6))
def test_as_the_oracle_has_it(parts: list[str]):
    text = "\n".join(parts)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    expected = np.array(plain.line_features(lines), np.float64).reshape(len(lines), COLUMNS)
    np.testing.assert_allclose(rows_of(text), expected, rtol=1e-5, atol=1e-6, equal_nan=True)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.lists(texts, max_size=5))
def test_documents_do_not_see_each_other(documents: list[str]):
    together = line_features(TextBatch(pa.array(documents, pa.large_string())))
    for number, text in enumerate(documents):
        own = together.rows[together.offsets[number] : together.offsets[number + 1]]
        assert own.tobytes() == rows_of(text).tobytes()


@pytest.mark.parametrize("unit", ["a b ", "x\n", "é", "1.", "ab\n\n", "the cat " * 9 + ".\n"])
def test_long_documents_of_one_kind(unit: str):
    """Tables that are half full, one line of all bytes, lines without a word."""
    text = unit * 20_000
    found = rows_of(text)
    assert len(found) == sum(bool(line.strip()) for line in text.splitlines())
    assert np.isfinite(found[:, : len(OWN)]).all()


def test_many_words_are_told_apart():
    text = " ".join(str(number) for number in range(30_000))
    assert rows_of(text)[0, COLUMN["single_word_fraction"]] == 1
