"""Pieces of texts: what Python's `str` methods make of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.batch import TextBatch
from corpusmill.kernels.edits import reference_edits
from corpusmill.kernels.lines.pieces import last_bytes, measure_bytes, measure_chars, measure_words, nth_greatest
from corpusmill.segment.pieces import Pieces, newline_lines, stripped_lines, unstripped_lines, without_citations
from tests.kernels.texts import needs_unicode_14, texts

BREAKS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\x1f", "\u2027"]
broken = st.lists(st.sampled_from([*BREAKS, " ", "\u3000", "a", "é", "😀", "[1]", "[", "]", "[٣]"]), max_size=40)
documents = st.lists(st.one_of(texts, broken.map("".join)), max_size=4)


def spans(batch: TextBatch, pieces: Pieces) -> list[list[str]]:
    """The texts of the pieces of each document."""
    listed = [bytes(batch.data[a:b]).decode() for a, b in zip(pieces.starts, pieces.ends, strict=True)]
    return [listed[a:b] for a, b in zip(pieces.offsets[:-1], pieces.offsets[1:], strict=True)]


@needs_unicode_14
@settings(derandomize=True, max_examples=200, deadline=None)
@given(documents)
def test_lines_are_those_of_python(given_texts: list[str]):
    batch = TextBatch(pa.array(given_texts, pa.string()))
    assert spans(batch, unstripped_lines(batch)) == [text.splitlines() for text in given_texts]
    assert spans(batch, stripped_lines(batch)) == [reference_edits.c4_pieces(text) for text in given_texts]
    assert spans(batch, newline_lines(batch)) == [text.split("\n") for text in given_texts]


@needs_unicode_14
@settings(derandomize=True, max_examples=100, deadline=None)
@given(documents)
def test_words_and_chars_of_pieces_are_those_of_python(given_texts: list[str]):
    batch = TextBatch(pa.array(given_texts, pa.string()))
    lines = unstripped_lines(batch)
    listed = [line for text in given_texts for line in text.splitlines()]
    counts, longest, starts, ends, byte_starts, byte_ends = (np.empty(len(listed), np.int64) for _ in range(6))
    pieces = (lines.offsets, lines.starts, lines.ends)
    measure_words(batch.masks, batch.blocks, batch.offsets, *pieces, counts, longest)
    assert counts.tolist() == [len(line.split()) for line in listed]
    assert longest.tolist() == [max(map(len, line.split()), default=0) for line in listed]
    measure_chars(batch.masks, batch.blocks, batch.offsets, *pieces, starts, ends)
    assert (ends - starts).tolist() == [len(line) for line in listed]
    measure_bytes(batch.data, batch.offsets, lines.offsets, starts, ends, byte_starts, byte_ends)
    assert byte_starts.tolist() == lines.starts.tolist()
    assert byte_ends.tolist() == lines.ends.tolist()


def test_spans_behind_a_text_are_cut_at_its_end():
    batch = TextBatch(pa.array(["né", "xx"]))
    starts, ends = np.empty(2, np.int64), np.empty(2, np.int64)
    measure_bytes(batch.data, batch.offsets, np.array([0, 1, 2]), np.array([1, 5]), np.array([9, 6]), starts, ends)
    assert (starts.tolist(), ends.tolist()) == ([1, 5], [3, 5])


CITATIONS = [
    ("see [1][23] here", "see  here"),
    ("[] [edit] [citation needed]", "  "),
    ("[Edit] [1a] [ 1] [1", "[Edit] [1a] [ 1] [1"),
    ("[[1]", "["),
    ("[٣]²[²]", "²[²]"),  # a decimal digit of any script; a superscript is none
    ("[citation needed", "[citation needed"),
]


@pytest.mark.parametrize(("text", "expected"), CITATIONS)
def test_citations(text: str, expected: str):
    batch = TextBatch(pa.array([text]))
    assert without_citations(batch, stripped_lines(batch))[0].to_pylist() == [expected]
    assert reference_edits.without_citations(text) == expected


@needs_unicode_14
@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["[", "]", "1", "٣", "²", "edit", "citation needed", " ", "é", "\n"]), max_size=30))
def test_citations_of_any_text(parts: list[str]):
    text = "".join(parts)
    batch = TextBatch(pa.array([text]))
    found = without_citations(batch, stripped_lines(batch))[0].to_pylist()
    assert found == [reference_edits.without_citations(line.strip()) for line in text.splitlines()]


def test_last_bytes_are_aligned_to_the_right():
    batch = TextBatch(pa.array(["", "a", "abcd"]))
    out = np.zeros((3, 3), np.uint8)
    last_bytes(batch.data, batch.offsets, out)
    assert [bytes(row) for row in out] == [b"\0\0\0", b"\0\0a", b"bcd"]


@settings(derandomize=True, max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(0, 5), max_size=6), max_size=5))
def test_the_nth_greatest(lists: list[list[int]]):
    offsets = np.cumsum([0, *map(len, lists)])
    found = np.empty(len(lists), np.int64)
    nth_greatest(np.array([v for values in lists for v in values], np.int64), offsets, np.empty(3, np.int64), found)
    assert found.tolist() == [sorted(values)[-3] if len(values) >= 3 else -1 for values in lists]
