"""Repeated paragraphs by text and by n-grams: tables, a plain oracle with exact sets, and any cut into batches."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.batch import TextBatch
from corpusmill.dedupe.bloom.contents import Marks, mark_ngrams, mark_paragraphs
from corpusmill.dedupe.bloom.filter import BloomFilter
from corpusmill.dedupe.bloom.parameters import BloomParameters
from corpusmill.kernels.words.reference_word_bounds import tokens

SAFE = BloomParameters(10_000, 1e-12)  # no key is taken for another
Found = list[tuple[list[str], int, int]]  # repeated pieces, repeated, total of each document


def by_paragraphs(texts: list[str], batch_size: int = 1000, seen: BloomFilter | None = None) -> Found:
    seen = seen or BloomFilter(SAFE, "paragraph")
    return found(texts, batch_size, lambda batch: mark_paragraphs(seen, batch))


def by_ngrams(texts: list[str], n: int = 13, batch_size: int = 1000, seen: BloomFilter | None = None) -> Found:
    seen = seen or BloomFilter(SAFE, "ngram")
    return found(texts, batch_size, lambda batch: mark_ngrams(seen, batch, n))


def found(texts: list[str], batch_size: int, mark) -> Found:
    rows: Found = []
    for at in range(0, len(texts), batch_size):
        some = texts[at : at + batch_size]
        marks: Marks = mark(TextBatch(pa.array(some, pa.large_string())))
        assert len(marks.offsets) == len(some) + 1
        for i, text in enumerate(some):
            mine = slice(marks.offsets[i], marks.offsets[i + 1])
            spans = zip(marks.starts[mine].tolist(), marks.ends[mine].tolist(), strict=True)
            rows.append(([text[s:e] for s, e in spans], int(marks.repeated[i]), int(marks.total[i])))
    return rows


def plain_paragraphs(texts: list[str]) -> Found:
    seen: set[str] = set()
    rows: Found = []
    for text in texts:
        pieces = text.split("\n")
        repeated = []
        for i, piece in enumerate(pieces):
            if piece and not piece.isspace():
                if piece in seen:
                    repeated.append(piece + "\n" * (i + 1 < len(pieces)))
                seen.add(piece)
        rows.append((repeated, sum(map(len, repeated)), len(text)))
    return rows


def plain_ngrams(texts: list[str], n: int) -> Found:
    """DCLM §2, word by word."""
    seen: set[tuple[str, ...]] = set()
    rows: Found = []
    for text in texts:
        bounds = [0, *(i for i, c in enumerate(text) if c == "\n"), len(text)]
        repeated, held, total = [], 0, 0
        for start, end in itertools.pairwise(bounds):
            words = tokens(text[start:end])
            ngrams = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
            contained = sum(ngram in seen for ngram in ngrams)
            if ngrams and contained / len(ngrams) > 0.8:
                repeated.append(text[start:end])
            else:
                seen.update(ngrams)
            held += contained
            total += len(ngrams)
        rows.append((repeated, held, total))
    return rows


P = "one two three four five six seven eight nine ten eleven twelve thirteen"
Q = " ".join(f"w{i}" for i in range(20))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], []),
        (["", "", "\n", "\n\n", " \n\t\n\u3000"], [([], 0, 0), ([], 0, 0), ([], 0, 1), ([], 0, 2), ([], 0, 5)]),
        (["a", "a"], [([], 0, 1), (["a"], 1, 1)]),
        (["a\nb\na"], [(["a"], 1, 5)]),  # the second one inside a document
        (["äö\nb", "b\näö\n"], [([], 0, 4), (["b\n", "äö\n"], 5, 5)]),
        (["a", "a ", " a", "A"], [([], 0, 1), ([], 0, 2), ([], 0, 2), ([], 0, 1)]),  # by the very text
        (["😀\r\n😀\r\n"], [(["😀\r\n"], 3, 6)]),
    ],
)
def test_repeated_paragraphs(texts: list[str], expected: Found):
    assert by_paragraphs(texts) == expected
    assert plain_paragraphs(texts) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], []),
        (["", "\n", "short text", "short text"], [([], 0, 0)] * 4),
        ([P, P], [([], 0, 1), ([P], 1, 1)]),
        ([P, P.upper()], [([], 0, 1), ([], 0, 1)]),  # case counts
        ([P, P + "."], [([], 0, 1), ([], 1, 2)]),  # so does punctuation: half is not more than 0.8
        ([P, P.replace(" ", "  ")], [([], 0, 1), (["one  " + P[4:].replace(" ", "  ")], 1, 1)]),  # spaces do not
        ([f"x\n{P}\n{P}"], [(["\n" + P], 1, 2)]),  # the newline belongs to the paragraph it begins
        ([P[:40] + "\n" + P[40:], P], [([], 0, 0), ([], 0, 1)]),  # no n-gram crosses a newline
        ([Q, Q + " y"], [([], 0, 8), ([Q + " y"], 8, 9)]),  # 0.89
        ([Q, Q + " y z"], [([], 0, 8), ([], 8, 10)]),  # 0.8 is not more than 0.8
        # What a repeated paragraph has of its own is not remembered: the third one is still 8 of 9.
        ([Q, Q + " y", Q + " y"], [([], 0, 8), ([Q + " y"], 8, 9), ([Q + " y"], 8, 9)]),
    ],
)
def test_repeated_ngrams(texts: list[str], expected: Found):
    assert by_ngrams(texts) == expected
    assert plain_ngrams(texts, 13) == expected


# Few words, so that much is repeated.
lines = st.lists(st.sampled_from(["a", "b", " ", "é", "'", "\u0308", "\n", "\n", "\r", "中"]), max_size=12).map("".join)
some_texts = st.lists(lines, max_size=8)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(some_texts, st.integers(1, 9))
def test_paragraphs_are_those_of_the_oracle_in_any_batches(texts: list[str], batch_size: int):
    assert by_paragraphs(texts, batch_size) == plain_paragraphs(texts)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(some_texts, st.integers(1, 4), st.integers(1, 9))
def test_ngrams_are_those_of_the_oracle_in_any_batches(texts: list[str], n: int, batch_size: int):
    assert by_ngrams(texts, n, batch_size) == plain_ngrams(texts, n)


@pytest.mark.parametrize("mark", [mark_paragraphs, mark_ngrams])
def test_keys_are_as_good_as_random_ones(mark):
    """Texts that differ in one number each, n-grams that share twelve words: the rate is the calculated one."""
    seen = BloomFilter(BloomParameters(30_000, 0.01), "x")
    for first in (0, 100_000):
        held = seen.held()
        if mark is mark_ngrams:
            texts = [" ".join(map(str, range(first + i, first + i + 312))) for i in range(0, 30_000, 300)]
        else:
            texts = ["\n".join(map(str, range(first + i, first + i + 300))) for i in range(0, 30_000, 300)]
        marks = mark(seen, TextBatch(pa.array(texts)))
    assert abs(held - 30_000) < 300
    assert abs(seen.real_rate() - seen.parameters.expected_rate(60_000)) < 0.004
    if mark is mark_ngrams:  # the rate grows from 0.01 to 0.12 meanwhile
        assert 0.03 < marks.repeated.sum() / marks.total.sum() < 0.07
        assert marks.total.sum() == 30_000
    else:
        assert 900 < len(marks.starts) < 2100


def test_a_filter_goes_on_with_the_next_snapshot():
    seen = BloomFilter(SAFE, "ngram")
    assert by_ngrams([P], seen=seen) + by_ngrams([P], seen=seen) == by_ngrams([P, P])


def test_fractions():
    nothing = np.zeros(0, np.int64)
    marks = Marks(nothing, nothing, np.zeros(4, np.int64), np.array([0, 3, 8]), np.array([0, 4, 8]))
    assert marks.fractions.tolist() == [0.0, 0.75, 1.0]
