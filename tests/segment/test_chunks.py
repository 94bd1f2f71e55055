"""Kernels over chunks against plain Python."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpusmill.batch import TextBatch
from corpusmill.kernels.words import reference_chunks as plain
from corpusmill.kernels.words.chunks import find_linked
from corpusmill.kernels.words.sentence_chunks import find_sentence_chunks
from corpusmill.segment.characters import CLOSING, END_MARK, ENDS_ALONE, sentence_marks
from corpusmill.segment.memo import chunks_of
from corpusmill.segment.sentences import sentence_spans
from tests.kernels.texts import needs_unicode_14, texts

SETTINGS = settings(max_examples=200, derandomize=True, deadline=None)
some_texts = st.lists(st.one_of(texts, st.text("ab .'\")’»:,\n\u00a0", max_size=30)), max_size=4)


def spelled(data: np.ndarray, starts: np.ndarray, ends: np.ndarray, offsets: np.ndarray) -> list[list[str]]:
    raw = data.tobytes()
    found = [raw[start:end].decode() for start, end in zip(starts[: offsets[-1]], ends[: offsets[-1]], strict=True)]
    return [found[first:last] for first, last in itertools.pairwise(offsets)]


@needs_unicode_14
@given(some_texts)
@example(["x" * 64, "", " " * 64 + "y", "\u3000" * 70])
@SETTINGS
def test_chunks(given_: list[str]):
    batch = TextBatch(pa.array(given_, pa.string()))
    found = chunks_of(batch)
    assert spelled(batch.data, found.starts, found.ends, found.offsets) == [plain.chunks(text) for text in given_]


@given(st.lists(st.text("ab \n\u00a0", max_size=12), max_size=4), st.sampled_from(["", "a", "b", "ab"]), st.booleans())
@SETTINGS
def test_linked_chunks(given_: list[str], fragile: str, always: bool):
    """Chunks that end in `a` and start with `b` may link; those that start with a letter of `fragile` are."""
    batch = TextBatch(pa.array(given_, pa.string()))
    chunks = chunks_of(batch)
    words = [word for text in given_ for word in plain.chunks(text)]
    linked = np.zeros(len(given_), np.bool_)
    find_linked(
        chunks.starts,
        chunks.ends,
        batch.data,
        chunks.offsets,
        np.arange(len(words)),
        np.array([word.startswith("b") for word in words], np.int32),
        np.array([word.endswith("a") for word in words], np.int32),
        np.array([1 << 32 | 1]),
        np.array([word[0] in fragile for word in words], np.uint8),
        always,
        linked,
    )
    pairs = {(left, right) for left in words for right in words if left.endswith("a") and right.startswith("b")}
    assert linked.tolist() == plain.is_linked(given_, pairs, {word for word in words if word[0] in fragile}, always)


@needs_unicode_14
@given(some_texts, st.randoms(use_true_random=False))
@example(["a. ) '", "\"a' b,", "x.)\u00a0)"], None)
@SETTINGS
def test_sentence_chunks(given_: list[str], random):
    """Sentences that start anywhere but in white space, as those of Punkt do."""
    batch = TextBatch(pa.array(given_, pa.string()))
    chunks = chunks_of(batch)
    wanted, starts, counts = [], [], []
    for text, base in zip(given_, batch.offsets.tolist(), strict=False):
        places = [i for i in range(1, len(text)) if not text[i].isspace() and random and random.random() < 0.2]
        bounds = [0, *places, len(text)] if text else []
        spans = list(itertools.pairwise(bounds))
        wanted.append(plain.sentence_chunks(text, spans))
        starts += [base + len(text[:start].encode()) for start, _ in spans]
        counts.append(len(spans))
    room = len(chunks.starts) + len(starts)
    found_starts, found_ends, variants = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.uint8)
    offsets = np.empty(len(given_) + 1, np.int64)
    find_sentence_chunks(
        batch.data,
        chunks.starts,
        chunks.ends,
        chunks.offsets,
        np.array(starts, np.int64),
        np.cumsum([0, *counts]),
        found_starts,
        found_ends,
        variants,
        offsets,
    )
    words = spelled(batch.data, found_starts, found_ends, offsets)
    contexts = [variants[first:last].tolist() for first, last in itertools.pairwise(offsets)]
    assert words == [[word for word, _, _ in pieces] for pieces in wanted]
    assert contexts == [[3 * before + behind for _, before, behind in pieces] for pieces in wanted]


@needs_unicode_14
@given(some_texts)
@example(['a."b', "。」x", "a.。 b", "?)! c", ".", "a…) b"])
@SETTINGS
def test_sentences_by_marks(given_: list[str]):
    marks = sentence_marks()
    ends, closing, alone = (
        "".join(map(chr, np.flatnonzero(marks & np.uint8(bit)))) for bit in (END_MARK, CLOSING, ENDS_ALONE)
    )
    batch = TextBatch(pa.array(given_, pa.string()))
    found = spelled(batch.data, *sentence_spans(batch.texts, "fast"))
    assert found == [plain.marked_sentences(text, ends, closing, alone) for text in given_]
