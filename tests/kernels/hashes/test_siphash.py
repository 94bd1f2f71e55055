"""CPython's string and pair hashes from UTF-8, against published vectors and the plain oracle."""

from __future__ import annotations

import gzip
import json
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpusmill.batch import TextBatch
from corpusmill.kernels.hashes import reference_hashing as oracle
from corpusmill.kernels.hashes.siphash import bucket_scores, count_buckets, hash_key, string_hashes
from tests.rpv2_vectors import VENDORED

K0, K1 = hash_key(42)
VECTORS = json.loads((VENDORED / "artifacts" / "python_hash_vectors.json").read_text(encoding="utf-8"))


def spans(words: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    encoded = [word.encode() for word in words]
    ends = np.cumsum([len(word) for word in encoded], dtype=np.int64)
    starts = ends - np.array([len(word) for word in encoded], np.int64)
    return np.frombuffer(bytearray(b"".join(encoded)), np.uint8), starts, ends


def hashes(words: list[str], k0: np.uint64 = K0, k1: np.uint64 = K1) -> list[int]:
    out = np.zeros(len(words), np.int64)
    string_hashes(*spans(words), k0, k1, out)
    return out.tolist()


def counts(words: list[str], buckets: int) -> np.ndarray:
    out = np.zeros(buckets, np.int64)
    count_buckets(*spans(words), np.array([0, len(words)]), K0, K1, out)
    return out


def test_key_of_the_seed():
    assert (int(K0), int(K1)) == (int(VECTORS["siphash_k0"], 16), int(VECTORS["siphash_k1"], 16))


def test_published_string_hashes():
    words = [word for word, _, _ in VECTORS["strings"]]
    assert hashes(words) == [value for _, value, _ in VECTORS["strings"]]
    assert [oracle.string_hash(word, int(K0), int(K1)) for word in words] == [v for _, v, _ in VECTORS["strings"]]


@pytest.mark.parametrize(("pair", "value", "bucket"), VECTORS["bigrams"])
def test_published_bigram_hashes(pair: list[str], value: int, bucket: int):
    assert oracle.tuple_hash(hashes(pair)) == value
    found = counts(pair, 10_000)
    found[[abs(h) % 10_000 for h in hashes(pair)]] -= 1
    assert np.flatnonzero(found).tolist() == [bucket]


def test_published_siphash_1_3_vectors():
    """First vectors of the SipHash-1-3 reference: key 00..0f, inputs of 0 and 1 bytes."""
    k0, k1 = int.from_bytes(bytes(range(8)), "little"), int.from_bytes(bytes(range(8, 16)), "little")
    assert oracle.siphash13(b"", k0, k1) == 0xABAC0158050FC4DC
    assert oracle.siphash13(b"\0", k0, k1) == 0xC9F49BF37D57CA93


text = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
latin = st.text(st.characters(min_codepoint=1, max_codepoint=0xFF), max_size=40)
basic = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=("Cs",)), max_size=40)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(text | latin | basic, max_size=8), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
@example(["x" * n for n in range(40)], 1, 2)
@example(["é" * n for n in range(20)], 1, 2)
@example(["Ā" * n for n in range(20)], 1, 2)
@example(["😀" * n for n in range(20)] + ["a😀", "ÿ", "\x7f", "\x80", "\uffff", "\U00010000"], 1, 2)
@example(["x" * 300, "é" * 257], 1, 2)
def test_any_string_under_any_key(words: list[str], k0: int, k1: int):
    assert hashes(words, np.uint64(k0), np.uint64(k1)) == [oracle.string_hash(word, k0, k1) for word in words]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(text, max_size=20), st.sampled_from([1, 2, 97, 10_000]))
def test_bucket_counts(words: list[str], buckets: int):
    assert counts(words, buckets).tolist() == oracle.bucket_counts(words, buckets, int(K0), int(K1)).tolist()


def test_bucket_counts_of_the_reference():
    with gzip.open(VENDORED / "primitives.jsonl.gz", "rt", encoding="utf-8") as file:
        cases = [json.loads(line) for line in file]
    for case in cases:
        batch = TextBatch(pa.array([case["raw_content"]]))
        found = np.zeros(10_000, np.int64)
        found_words = batch.raw_words
        count_buckets(batch.data, found_words.starts, found_words.ends, found_words.offsets, K0, K1, found)
        assert [[int(i), int(found[i])] for i in np.flatnonzero(found)] == sorted(case["dsir_10000"]), case["case"]


def names(words: list[str], spacing: int) -> np.ndarray:
    """A name for each distinct word; with `spacing` the number of slots, all of them fall into one slot."""
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
    return np.array([numbers[word] * spacing for word in words], np.uint64)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.lists(st.lists(text, max_size=15), min_size=1, max_size=4), st.sampled_from([1, 8192]))
def test_scores_are_the_weighted_counts_of_each_document(documents: list[list[str]], spacing: int):
    weights = np.random.RandomState(3).normal(size=(50, 3)) * 10.0 ** np.arange(0, 9, 3)
    flat = [word for document in documents for word in document]
    out = np.full((len(documents), 3), np.nan)
    offsets = np.cumsum([0, *map(len, documents)], dtype=np.int64)
    bucket_scores(*spans(flat), names(flat, spacing), offsets, K0, K1, weights, out)
    for document, row in zip(documents, out, strict=True):
        features = oracle.bucket_counts(document, 50, int(K0), int(K1))
        exact = [math.fsum(np.repeat(weights[:, j], features)) for j in range(3)]
        np.testing.assert_allclose(row, exact, rtol=1e-13, atol=1e-13 * np.abs(weights).max())


def test_long_sums_do_not_drift():
    words = [str(i) for i in range(60_000)]
    weights = np.random.RandomState(3).normal(size=(10_000, 1))
    out = np.empty((1, 1))
    bucket_scores(*spans(words), names(words, 1), np.array([0, len(words)]), K0, K1, weights, out)
    exact = math.fsum(np.repeat(weights[:, 0], counts(words, 10_000)))  # counts are tested against the oracle above
    assert abs(out[0, 0] - exact) <= 2 * np.spacing(abs(exact))
