"""Folded words and known runs against their plain oracles."""

from __future__ import annotations

import sys
import unicodedata
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.batch import TextBatch
from corpusmill.decontaminate.table import Table
from corpusmill.decontaminate.units import Hashed, units_of
from corpusmill.kernels.characters.folds import letters_and_digits
from corpusmill.kernels.matching.gram_lookup import whole_hash
from corpusmill.kernels.matching.reference_gram_lookup import runs, whole
from corpusmill.kernels.words import reference_folded_words as oracle

on_unicode_14 = pytest.mark.skipif(
    unicodedata.unidata_version != "14.0.0", reason="the oracle is that of the interpreter's Unicode"
)
WORDS = {"letters_and_digits": oracle.letters_and_digits, "words": oracle.without_punctuation}
MIXED = st.text(
    st.one_of(st.sampled_from("aB c.'\n-ß\u0301é\u00adﬁ①東ーไภاـ١\U00020000İıΣς"), st.characters()), max_size=40
)


def found(texts: list[str], kind: str) -> tuple[Hashed, list[list[tuple[int, int]]]]:
    """Units of the texts, and their spans in code points."""
    batch = TextBatch(pa.array(texts, pa.large_string()))
    units = units_of(batch, kind)
    assert isinstance(units, Hashed)
    spans = []
    for text, (first, last), begin in zip(texts, pairwise(units.offsets), batch.offsets, strict=False):
        points = np.cumsum([0, *(byte & 0xC0 != 0x80 for byte in text.encode())])
        starts, ends = (points[each[first:last] - begin].tolist() for each in (units.starts, units.ends))
        spans.append(list(zip(starts, ends, strict=True)))
    return units, spans


@on_unicode_14
@pytest.mark.parametrize("kind", WORDS)
@settings(max_examples=300, derandomize=True, deadline=None)
@given(texts=st.lists(MIXED, max_size=4))
def test_words_are_those_of_the_oracle(kind: str, texts: list[str]):
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    units, spans = found(texts, kind)
    expected = [WORDS[kind](text) for text in texts]
    assert spans == [[(start, end) for _, start, end in words] for words in expected]
    spelled = [word for words in expected for word, _, _ in words]
    hashes = dict(zip(spelled, units.hashes.tolist(), strict=True))
    assert [hashes[word] for word in spelled] == units.hashes.tolist()  # equal words have equal hashes
    assert len(set(hashes.values())) == len(hashes)


@on_unicode_14
@pytest.mark.parametrize("kind", WORDS)
def test_every_character(kind: str):
    points = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]
    texts = [" ".join(points[at : at + 4096]) for at in range(0, len(points), 4096)]
    units, spans = found(texts, kind)
    expected = [WORDS[kind](text) for text in texts]
    assert spans == [[(start, end) for _, start, end in words] for words in expected]
    spelled = [word for words in expected for word, _, _ in words]
    assert len(set(zip(spelled, units.hashes.tolist(), strict=True))) == len(set(spelled))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Straße", "STRASSE"),
        ("ﬁne", "FINE"),
        ("naïve", "NAI\u0308VE"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("１２ ａｂ", "12 ab"),
        ("soft\u00adhyphen", "softhyphen"),
        ("한국어", "\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165"),
        ("カﾞ", "ガ"),
        ("don't\tdo-that", "DON’T, do that"),
        ("مـحـمد", "محمد"),
    ],
)
def test_forms_of_one_word(left: str, right: str):
    units, _ = found([left, right], "letters_and_digits")
    middle = units.offsets[1]
    assert units.hashes[:middle].tolist() == units.hashes[middle:].tolist() != []


def test_tables_are_made_of_what_unicode_14_has():
    assert letters_and_digits().folds[ord("É")] == ord("e")
    assert letters_and_digits().kinds[0x1DF25] == 0  # assigned in Unicode 15


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    texts=st.lists(st.lists(st.sampled_from("abc"), max_size=40), max_size=4),
    size=st.integers(1, 5),
    picked=st.sets(st.text("abc", min_size=1, max_size=5), max_size=12),
)
def test_known_runs(texts: list[list[str]], size: int, picked: set[str]):
    units, _ = found([" ".join(text) for text in texts], "letters_and_digits")
    known = sorted(tuple(run) for run in picked if len(run) == size)
    spelled, _ = found([" ".join(run) for run in known], "letters_and_digits")
    hashes, _ = spelled.runs(size)
    order = np.argsort(hashes)
    hits = Table.of(hashes[order]).find_runs(units.hashes, units.offsets, size)
    numbers = {known[which]: rank for rank, which in enumerate(order.tolist())}
    expected = [
        (int(units.offsets[number]) + place, which)
        for number, text in enumerate(texts)
        for place, which in runs(text, size, numbers)
    ]
    assert list(zip(hits.places.tolist(), hits.grams.tolist(), strict=True)) == expected
    all_hashes, begins = units.runs(size)
    assert Table.of(hashes[order]).find(all_hashes).grams.tolist() == hits.grams.tolist()
    assert np.diff(begins).tolist() == [max(0, len(text) - size + 1) for text in texts]


def test_more_hits_than_there_is_room_for():
    units, _ = found(["a " * 5000], "letters_and_digits")
    hashes, _ = found(["a"], "letters_and_digits")[0].runs(1)
    hits = Table.of(hashes).find_runs(units.hashes, units.offsets, 1)
    assert hits.places.tolist() == list(range(5000))


def test_a_whole_is_not_its_beginning():
    units, _ = found(["a b c d"], "letters_and_digits")
    hashes = [whole_hash(units.hashes, 0, stop) for stop in range(1, 5)]
    assert len(set(hashes)) == 4
    assert whole({("b", "c"): 1, ("c",): 2}, list("abcd")) == [(1, 1), (2, 2)]
