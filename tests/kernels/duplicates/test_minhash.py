"""SHA-1 side by side, permutations and signatures against the plain oracles."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.duplicates.minhash import (
    mersenne_minima,
    ngram_spans,
    permuted_minima,
    rolling_signatures,
    sha1_signatures,
)
from corpusmill.kernels.hashes import reference_hashing as oracle
from corpusmill.kernels.hashes.sha1 import LANES, TILE_SLICES, leading_pairs, leading_words
from corpusmill.kernels.hashes.xxhash64 import xxhash64_spans

ODD = np.uint64(0x9E3779B97F4A7C15)
RANDOM = np.random.RandomState(7)
A = RANDOM.randint(1, 2**61, 128, np.uint64)
B = RANDOM.randint(0, 2**61, 128, np.uint64)
BORDERS = [0, 1, 3, 4, 7, 54, 55, 56, 57, 59, 60, 63, 64, 65, 118, 119, 120, 121, 127, 128, 183, 184, 2000, 2039, 2040]


def hashed(data: bytes, spans: list[tuple[int, int]]) -> list[int]:
    out = np.zeros(len(spans), np.uint32)
    starts, ends = np.array(spans, np.int64).reshape(-1, 2).T.copy()
    leading_words(np.frombuffer(bytearray(data), np.uint8), starts, ends, out)
    return out.tolist()


def hashlib_words(data: bytes, spans: list[tuple[int, int]]) -> list[int]:
    return [int.from_bytes(hashlib.sha1(data[s:e]).digest()[:4], "little") for s, e in spans]


def test_published_digests():
    text = b"abcabcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"  # FIPS 180: "abc" and the 56 bytes behind it
    assert hashed(text, [(0, 3), (3, 59), (0, 0)]) == [
        int.from_bytes(bytes.fromhex(digest), "little") for digest in ("a9993e36", "84983e44", "da39a3ee")
    ]


def test_every_length_around_the_block_borders_at_both_ends_of_the_data():
    data = bytes(RANDOM.randint(0, 256, 2100, np.uint8))
    spans = [(0, n) for n in range(260)] + [(len(data) - n, len(data)) for n in range(260)]
    spans += [(7, 7 + n) for n in BORDERS] + [(len(data) - n, len(data)) for n in BORDERS]
    assert hashed(data, spans) == hashlib_words(data, spans)


@pytest.mark.parametrize("count", [1, 2, LANES - 1, LANES, LANES + 1, TILE_SLICES - 1, TILE_SLICES, TILE_SLICES + 1])
def test_any_number_of_slices(count: int):
    data = bytes(RANDOM.randint(0, 256, count + 100, np.uint8))
    spans = [(i, i + (i * 7) % 100) for i in range(count)]
    assert hashed(data, spans) == hashlib_words(data, spans)


def test_very_long_slices_beside_short_ones():
    data = bytes(RANDOM.randint(0, 256, 300_000, np.uint8))
    spans = [(0, 300_000), (5, 9), (13, 250_000), (299_000, 300_000), (1, 2_500), (0, 0), (17, 299_999)]
    assert hashed(data, spans) == hashlib_words(data, spans)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=80))
def test_slices_anywhere(data: bytes, ends: list[tuple[int, int]]):
    spans = [tuple(sorted((min(a, len(data)), min(b, len(data))))) for a, b in ends]
    assert hashed(data, spans) == hashlib_words(data, spans)


def long_hashes(kernel: Callable[..., None], data: bytes, spans: list[tuple[int, int]]) -> list[int]:
    out = np.zeros(len(spans), np.uint64)
    starts, ends = np.array(spans, np.int64).reshape(-1, 2).T.copy()
    kernel(np.frombuffer(bytearray(data), np.uint8), starts, ends, out)
    return out.tolist()


SPANS = [(0, n) for n in range(260)] + [(2100 - n, 2100) for n in range(260)] + [(7, 7 + n) for n in BORDERS]


def test_sha1_s_first_eight_bytes():
    data = bytes(RANDOM.randint(0, 256, 2100, np.uint8))
    expected = [int.from_bytes(hashlib.sha1(data[s:e]).digest()[:8], "little") for s, e in SPANS]
    assert long_hashes(leading_pairs, data, SPANS) == expected


def test_xxhash64_is_the_published_one():
    for data, expected in (
        (b"", 0xEF46DB3751D8E999),
        (b"a", 0xD24EC4F1A98C6E5B),
        (b"abc", 0x44BC2CF5AD770999),
        (b"abcdefghijklmnopqrstuvwxyz0123456789", 0x64F23ECF1609B766),
    ):
        assert long_hashes(xxhash64_spans, data, [(0, len(data))]) == [expected]
        assert oracle.xxhash64(data) == expected


def test_xxhash64_of_every_length():
    data = bytes(RANDOM.randint(0, 256, 2100, np.uint8))
    assert long_hashes(xxhash64_spans, data, SPANS) == [oracle.xxhash64(data[s:e]) for s, e in SPANS]


def test_xxhash64_is_its_authors_own():
    xxhash = pytest.importorskip("xxhash")
    data = bytes(RANDOM.randint(0, 256, 2100, np.uint8))
    assert long_hashes(xxhash64_spans, data, SPANS) == [xxhash.xxh64_intdigest(data[s:e]) for s, e in SPANS]


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=11), max_size=6))
def test_long_permutations_are_reduced_exactly(hashes: list[list[int]]):
    """Any factor and summand, also those whose products are next to a multiple of the modulus."""
    m = 2**61 - 1
    a = np.array([1, 1, 1, 0, 0, 0, 0, m, 2**64 - 1, *A[:20]], np.uint64)
    b = np.array([0, m, 2**64 - 1, m, 2 * m, 8 * m + 7, m - 1, 7, 5, *B[:20]], np.uint64)
    texts = [*hashes, [m, 8 * m], [8 * m + 7], [m - 1], [0]]
    begins = np.concatenate([[0], np.cumsum([len(text) for text in texts])])
    out = mersenne_minima(np.array([x for text in texts for x in text], np.uint64), begins, a, b)
    for row, text in zip(out.tolist(), texts, strict=True):
        least = [
            min((p * x + q) % 2**64 % m for x in text) for p, q in zip(a.tolist(), b.tolist(), strict=True) if text
        ]
        assert row == (least or [2**64 - 1] * len(a))


def test_spans_of_ngrams_stay_within_their_text():
    starts, offsets = np.arange(0, 27, 3), np.array([0, 0, 4, 5, 9])
    spans = ngram_spans(starts, starts + 2, offsets, 3)
    assert [part.tolist() for part in spans] == [[0, 3, 15, 18], [8, 11, 23, 26], [0, 0, 2, 2, 4]]


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1) | st.sampled_from([0, 1, 2**31, 2**32 - 1]), min_size=1, max_size=40))
def test_permutations_wrap_at_64_bits_before_the_modulus(hashes: list[int]):
    out = np.full(128, 0xFFFFFFFF, np.uint32)
    permuted_minima(np.array(hashes, np.uint32), A, B, out)
    plain = [
        min((int(a) * x + int(b)) % 2**64 % (2**61 - 1) % 2**32 for x in hashes) for a, b in zip(A, B, strict=True)
    ]
    assert out.tolist() == plain


class Words:
    """Words of documents as TextBatch lays them out: one space within a document, none between documents."""

    def __init__(self, documents: list[list[str]]) -> None:
        self.data = np.frombuffer(bytearray("".join(map(" ".join, documents)).encode()), np.uint8)
        starts, ends, at = [], [], 0
        for document in documents:
            for i, word in enumerate(document):
                at += i > 0
                starts.append(at)
                at += len(word.encode())
                ends.append(at)
        self.starts, self.ends = np.array(starts, np.int64), np.array(ends, np.int64)
        self.offsets = np.cumsum([0, *map(len, documents)], dtype=np.int64)


word = st.sampled_from(["a", "the", "naïve", "日本語", "😀", "x" * 40, "é" * 31, "…"]) | st.text(
    st.characters(exclude_categories=("Cs", "Z", "Cc")), min_size=1, max_size=12
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(st.lists(word, max_size=45), min_size=1, max_size=5), st.sampled_from([1, 2, 5, 13]))
def test_exact_signatures_equal_the_oracle(documents: list[list[str]], ngram_words: int):
    words = Words(documents)
    found = sha1_signatures(words.data, words.starts, words.ends, words.offsets, ngram_words, A, B)
    for document, row in zip(documents, found, strict=True):
        plain = oracle.sha1_signature(document, A, B, ngram_words)
        assert row.tolist() == ([0xFFFFFFFF] * 128 if plain is None else plain.tolist())


def test_a_word_of_200_kilobytes_in_thirteen_ngrams():
    document = ["a"] * 20 + ["ab" * 100_000] + ["b"] * 20
    words = Words([["short"], document, document[::-1]])
    found = sha1_signatures(words.data, words.starts, words.ends, words.offsets, 13, A, B)
    assert found[1].tolist() == oracle.sha1_signature(document, A, B).tolist()
    assert found[2].tolist() == oracle.sha1_signature(document[::-1], A, B).tolist()


def test_documents_longer_than_a_tile_and_many_short_ones():
    long = [f"w{i % 611}" for i in range(TILE_SLICES + 500)]
    documents = [long, *([f"d{i}", *"abcdefghijkl"] for i in range(300)), [], long[::-1]]
    words = Words(documents)
    found = sha1_signatures(words.data, words.starts, words.ends, words.offsets, 13, A, B)
    for i in (0, 1, 150, 300, 302):
        assert found[i].tolist() == oracle.sha1_signature(documents[i], A, B).tolist()


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=30), min_size=1, max_size=4), st.integers(1, 8))
def test_rolling_signatures_equal_the_oracle(documents: list[list[int]], ngram_words: int):
    hashes = np.array([value for document in documents for value in document], np.uint64)
    offsets = np.cumsum([0, *map(len, documents)], dtype=np.int64)
    a, b = A[:16] | np.uint64(1), B[:16]
    found = rolling_signatures(hashes, offsets, ngram_words, ODD, a, b)
    for document, row in zip(documents, found, strict=True):
        plain = oracle.rolling_signature(document, ngram_words, int(ODD), a.tolist(), b.tolist())
        assert row.tolist() == ([0xFFFFFFFF] * 16 if plain is None else plain)


def test_rolling_signature_longer_than_a_tile():
    document = RANDOM.randint(0, 2**63, TILE_SLICES + 300, np.uint64)
    found = rolling_signatures(document, np.array([0, document.size]), 5, ODD, A[:4] | np.uint64(1), B[:4])
    plain = oracle.rolling_signature(document.tolist(), 5, int(ODD), (A[:4] | np.uint64(1)).tolist(), B[:4].tolist())
    assert found[0].tolist() == plain
