"""Shingles against their plain oracle: the same sets, whatever the script."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.dedupe.shingles import distinct_shingles, shingles, signatures
from corpusmill.kernels.duplicates.reference_shingles import shingles as plain

TEXTS = [
    "",
    " \n\t ",
    "...!?",
    "one",
    "One two",
    "one two three four five six",
    "one two one two one two",
    "Don't e-mail_me a.b@c.org 12.5%",
    "ΟΔΟΣ ΟΔΟΣ. ΣΑΣ'Α Σ Σα ΑΣ:",
    "İstanbul'da ISPARTA ıi",
    "naïve café CAFÉ cafe\u0301",
    "Straße STRASSE ǅ ǆ Ω Å K",
    "今天天气很好,我们去公园玩吧。今天天气很好",
    "한국어 텍스트는 이렇게 나뉜다",
    "ภาษาไทยไม่มีช่องว่าง",
    "mostly latin with 漢字",
    "漢字 ab",
    "漢字İ漢字漢字漢字漢字漢字漢字",
    "a\x00b \ud7af \u3131 \U0001f600 x",
    "𝐀𝐁 𐐀𐐁 ﬁ",
]


def same_sets(texts: list[str], units: int) -> None:
    """The hashes of equal shingles are equal, of different ones different: all texts at once."""
    found = distinct_shingles(pa.array(texts), units)
    expected = [plain(text, units) for text in texts]
    assert np.diff(found.begins).tolist() == [len(one) for one in expected]
    own = [set(found.hashes[s:e].tolist()) for s, e in zip(found.begins, found.begins[1:], strict=False)]
    for i, one in enumerate(own):
        for k, other in enumerate(own):
            assert len(one & other) == len(expected[i] & expected[k]), (texts[i], texts[k])


@pytest.mark.parametrize("units", [1, 2, 5])
def test_same_sets_as_the_oracle(units: int):
    same_sets(TEXTS, units)


LETTERS = st.sampled_from("aA bB.\n_1'İıΣσςßéÉe\u0301ΑА漢字かナ한글ไทยאب🙂ǅ\u00ad\u2019")


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(st.text(LETTERS | st.characters(exclude_categories=["Cs", "Cn"]), max_size=40), max_size=4))
def test_any_text(texts: list[str]):
    same_sets(texts, 2)


def test_every_assigned_code_point_between_letters():
    points = [chr(c) for c in range(0x30000) if not 0xD800 <= c <= 0xDFFF]
    texts = [f"a{point}B {point}" for point in points]
    found = distinct_shingles(pa.array(texts), 1)
    sizes = [len(plain(text, 1)) for text in texts]
    different = [hex(ord(points[i])) for i in np.flatnonzero(np.diff(found.begins) != sizes)]
    import unicodedata

    assert [c for c in different if unicodedata.category(chr(int(c, 16))) != "Cn"] == []


def test_repetitions_stay_until_asked_for_a_set():
    texts = pa.array(["one two one two one two", None, "x"])
    assert np.diff(shingles(texts, 2).begins).tolist() == [5, 0, 1]
    assert np.diff(distinct_shingles(texts, 2).begins).tolist() == [2, 0, 1]


def test_cutting_a_batch_changes_nothing():
    whole = signatures(shingles(pa.array(TEXTS), 2), 12)
    one_by_one = [signatures(shingles(pa.array([text]), 2), 12) for text in TEXTS]
    assert whole.equals(pa.concat_arrays(one_by_one))
    assert whole.equals(signatures(shingles(pa.array(["x", *TEXTS, "y"]).slice(1, len(TEXTS)), 2), 12))
    assert whole.is_null().to_pylist() == [not plain(text, 2) for text in TEXTS]


def test_signatures_agree_as_often_as_sets_are_similar():
    random = np.random.RandomState(5)
    for share in (0.2, 0.5, 0.8):
        words = [f"w{n}" for n in random.permutation(4000)]
        common, own = int(1000 * share), int(1000 * (1 - share) / 2)
        texts = [" ".join(words[:common] + words[common + k * own : common + (k + 1) * own]) for k in (0, 1)]
        exact = len(plain(texts[0], 1) & plain(texts[1], 1)) / len(plain(texts[0], 1) | plain(texts[1], 1))
        found = signatures(shingles(pa.array(texts), 1), 4096).values.to_numpy().reshape(2, -1)
        assert abs((found[0] == found[1]).mean() - exact) < 0.03


def test_no_units():
    with pytest.raises(ValueError, match="at least one unit"):
        shingles(pa.array(["a"]), 0)
