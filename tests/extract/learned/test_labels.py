"""Blocks and a known text → what share of each block belongs to it, and what it weighs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.extract.learned.labels import LabelledPage, coverage, known_words, labels


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("One-two, THREE's 4", ["one", "two", "three", "s", "4"]),
        ("snake_case", ["snake_case"]),
        ("漢字とABC", ["漢", "字", "と", "abc"]),
        ("ABC漢字", ["abc", "漢", "字"]),
        ("ไทย 한국", ["ไ", "ท", "ย", "한", "국"]),
        ("Ünïcode", ["ünïcode"]),
    ],
)
def test_words(text, words):
    assert known_words(text) == words


@pytest.mark.parametrize(
    ("blocks", "truth", "shares"),
    [
        (["a b c d", "x y"], "a b c d", [1, 0]),
        (["a b", "c d", "e f"], "a b c d e f", [1, 1, 1]),  # runs go across blocks
        (["x a b c d y"], "a b c d", [2 / 3]),
        (["a b c e"], "a b c d", [0]),  # three words in order are no run
        (["a b c"], "a b c", [0.8]),  # but a line by itself
        (["a b c"], "x\na b c\ny", [0.8]),
        (["Home", "a b c d"], "a b c d\nhome sweet", [0, 1]),
        (["a b c d", "A B, C d!"], "a b c d", [1, 1]),  # twice on the page, once in the truth
        (["1 2 3 4 5 6 7 8 9 10 11 12 13"], "13 1", [0]),
        (["", "a b c d"], "a b c d", [0, 1]),
        (["a b c d"], "", [0]),
        ([], "a", []),
        (["漢字を読む", "外の字"], "漢字を読む。", [1, 0]),
    ],
)
def test_coverage(blocks, truth, shares):
    found = coverage([known_words(block) for block in blocks], truth)
    assert found.dtype == np.float32
    assert found.tolist() == pytest.approx(shares)


@pytest.mark.parametrize(("words", "share"), [(1, 0.8), (3, 0.8), (4, 1), (13, 1)])
def test_a_line_of_the_known_text(words, share):
    block = [f"w{i}" for i in range(words)]
    assert coverage([block], "x\n" + " ".join(block).upper() + "\ny").tolist() == pytest.approx([share])
    assert coverage([block], "x " + " ".join(block[:3]) + " y").tolist() == [0]


def test_weights_add_up_and_grow_with_the_root_of_words():
    page = LabelledPage("", "a b c d e f g h", "g", weight=3.0)
    shares, weights, _ = labels(page, ["a b c d e f g h", "x y z", ""])
    assert shares.tolist() == [1, 0, 0]
    assert weights.sum() == pytest.approx(3.0)
    assert (weights / weights[2]).tolist() == pytest.approx([3, 2, 1])


def test_snippets_say_more_than_the_known_text():
    texts = ["one two three four", "this is in it", "said to be out", "neither"]
    truth = "one two three four said to be out"
    plain = labels(LabelledPage("", truth, "g"), texts)
    shares, weights, _ = labels(LabelledPage("", truth, "g", inside=("is in",), outside=(" be out ", " ")), texts)
    assert plain[0].tolist() == [1, 0, 1, 0]
    assert shares.tolist() == [1, 1, 0, 0]
    assert (weights / weights[0] * (plain[1][0] / plain[1])).tolist() == pytest.approx([1, 4, 4, 1])


def test_what_is_inside_wins_over_what_is_outside():
    shares, _, _ = labels(LabelledPage("", "", "g", inside=("both",), outside=("both",)), ["both of them"])
    assert shares.tolist() == [1]


@pytest.mark.parametrize(
    ("texts", "truth", "expected"),
    [
        (["a b c d", "x"], "a b c d", 1),
        (["a b c d"], "a b c d e f g h", 0.5),
        (["x y z v"], "a b c d", 0),
        (["a"], "", 0),
    ],
)
def test_aligned(texts, truth, expected):
    assert labels(LabelledPage("", truth, "g"), texts).aligned == pytest.approx(expected)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdefg")).map(" ".join), max_size=6), st.lists(st.booleans(), max_size=6))
def test_blocks_of_the_known_text_are_covered(blocks, kept):
    truth = "\n".join(block for block, keep in zip(blocks, kept, strict=False) if keep)
    shares = coverage([known_words(block) for block in blocks], truth)
    assert ((shares >= 0) & (shares <= 1)).all()
    for block, share, keep in zip(blocks, shares, kept, strict=False):
        if keep and len(known_words(block)) >= 4:
            assert share == 1
        elif keep and block:
            assert share >= np.float32(0.8)
