"""Simplified text against its plain oracle, and the words in it."""

from __future__ import annotations

import string
import unicodedata
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.characters.categories import of_category
from corpusmill.kernels.characters.tables import unicode_tables
from corpusmill.kernels.words.reference_simplify import simplified
from corpusmill.kernels.words.simplify import SLACK, classes, simplify
from tests.kernels.texts import CODE_POINTS, needs_unicode_14, texts

PUNCTUATION = string.punctuation + "“”«»、１\x00\x1c\x7f\x85"
SEPARATORS = ".,،⎖"
ASSIGNED = [c for c in CODE_POINTS if unicodedata.category(c) not in ("Cn", "Co")] + ["\u0378", "\ue000", "\U0010ffff"]
WITHIN_WORDS = "'+.·"  # another set: characters of ASCII that stay, and that a sigma looks across


def run(texts: list[str], gaps: bool, punctuation: str = PUNCTUATION) -> tuple[list[str], list[list[str]]]:
    """The simplified texts, and the words that lie in them."""
    encoded = [text.encode() for text in texts]
    data = np.frombuffer(bytearray(b"".join(encoded)), np.uint8)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum([len(one) for one in encoded], dtype=np.int64)])
    longest = max(map(len, encoded), default=0)
    room = len(data) // 2 + len(texts)
    out = np.full(3 * len(data) + SLACK, 0x23, np.uint8)
    starts, ends = np.zeros(room, np.int64), np.zeros(room, np.int64)
    words, begins = np.zeros(len(texts) + 1, np.int64), np.zeros(len(texts) + 1, np.int64)
    kinds, marks = classes(punctuation, SEPARATORS), np.zeros(2 * longest, np.uint32)
    count = simplify(data, offsets, kinds, unicode_tables(), gaps, marks, out, starts, ends, words, begins)
    assert words[-1] == count <= room and begins[-1] + SLACK <= len(out)
    pieces = [bytes(out[s:e]).decode() for s, e in zip(starts[:count], ends[:count], strict=True)]
    whole = [bytes(out[s:e]).decode() for s, e in pairwise(begins)]
    return whole, [pieces[s:e] for s, e in pairwise(words)]


def same(texts: list[str], punctuation: str = PUNCTUATION) -> None:
    expected = [simplified(text, punctuation, SEPARATORS) for text in texts]
    found, words = run(texts, True, punctuation)
    assert found == expected
    assert words == [text.split() for text in expected]
    closed, again = run(texts, False, punctuation)
    assert again == words
    assert closed == [" ".join(text.split()) for text in expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (" \n\t ", ""),
        ("Hello, World!", "hello world"),
        ("don't e-mail a_b", "don t e mail a b"),
        ("1 12 1.5 1,234.5 1.2.3.4 1..2 .5 5. x12y", "0 0 0 0 0 0 0 0 0 0 0 x0y"),
        ("1⎖2⎖3 1⎖x ١،٢ १२", "0⎖0 0⎖x 0 0"),
        ("1１ １", "0 0"),
        ("a\x00b\x1cc\x85d\u2003e", "a b c d e"),
        ("Ünïted Ångström K", "united angstrom k"),
        ("\u0301 a \u0301\u0301 b \u0301", "a  b"),
        ("ΟΔΟΣ ΟΔΟΣ. ΣΑΣ'Α Σ Σ'", "οδος οδος σασ α σ σ"),
        ("İI", "ii"),
        ("한", "\u1112\u1161\u11ab"),
        ("\u1b44\u302e\u0301a", "\u1b44\u302ea"),
        ("x\u302e\u1b44\u034f\u1b44", "x\u1b44\u302e\u1b44"),
    ],
)
def test_table(text: str, expected: str):
    assert run([text], True)[0] == [expected]


def test_texts_beside_each_other():
    found, words = run(["", "Two words", "", "\u0301", "x \u0301 y", ""], True)
    assert found == ["", "two words", "", "", "x  y", ""]
    assert words == [[], ["two", "words"], [], [], ["x", "y"], []]
    assert run([], True) == ([], [])


@needs_unicode_14
def test_every_code_point_between_letters_digits_and_spaces():
    for before, behind in (("a", "B"), ("Σ", " 1"), ("1", "2"), (" ", " \u302e"), ("\u302e", "\u1b44\u0301")):
        each = [before + c + behind for c in ASSIGNED]
        same([" ".join(each[i : i + 256]) for i in range(0, len(each), 256)])


@needs_unicode_14
@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(texts, max_size=4))
def test_any_text(some: list[str]):
    same(some)
    same(some, WITHIN_WORDS)


NUMBERS = st.text(st.sampled_from("12٣१.,،⎖ a'Σ\u0301"), max_size=20)


@needs_unicode_14
@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(NUMBERS, max_size=4))
def test_any_numbers(some: list[str]):
    same(some)


@needs_unicode_14
def test_long_runs_of_marks_and_sigmas():
    same(["a" + "\u302e\u1b44\u16ff0\u0301" * 3000, "Σ'" * 5000, "Σ" + "'" * 10_000, "\u0301 " * 5000])


def test_a_category_that_there_is_not():
    assert (of_category("Nd").sum(), of_category("Mn").sum()) == (660, 1950)
    with pytest.raises(ValueError, match="no general category 'N'"):
        of_category("N")
