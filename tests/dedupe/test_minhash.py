"""Signatures and bands of documents."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.batch import TextBatch
from corpusmill.dedupe.minhash import (
    SIMILARITY_BANDS,
    RollingParameters,
    bands,
    reduces_plainly,
    rolling_signatures,
    rpv2_permutations,
    rpv2_signatures,
)
from corpusmill.kernels.hashes.reference_hashing import sha1_signature
from corpusmill.schema import MINHASH
from tests.rpv2_vectors import VENDORED, Vectors, vectors

CONSTANTS = json.loads((VENDORED / "artifacts" / "minhash_permutations.json").read_text(encoding="utf-8"))
TWELVE, THIRTEEN = "a b c d e f g h i j k l", "a b c d e f g h i j k l m"


def texts(*documents: str) -> TextBatch:
    return TextBatch(pa.array(documents, pa.string()))


def test_permutations_are_the_published_table():
    a, b = rpv2_permutations()
    assert (a.tolist(), b.tolist()) == (CONSTANTS["a"], CONSTANTS["b"])
    assert hashlib.sha256(np.stack([a, b]).astype("<u8").tobytes()).hexdigest() == (
        "6a5665743fa1884640a8eb3543348255a90b4dbd55b093f39e3d61ac90eac9e1"
    )


def test_bands_are_the_published_table():
    assert {str(t): list(cut) for t, cut in SIMILARITY_BANDS.items()} == CONSTANTS["bands_rows"]


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**61 - 1), st.integers(0, 31), st.integers(0, 7), st.integers(0, 7))
def test_tables_that_need_a_full_mersenne_reduction_are_found(x: int, factor: int, twos: int, upper: int, below: int):
    """Build a, b so that this x gives an exceptional value: it must be found, and its neighbours must not."""
    a = (factor | 1) << twos & (2**64 - 1)
    value = (upper << 61) + 2**61 - 1 - below
    b = (value - a * x) % 2**64
    exceptional = value % (2**61 - 1) % 2**32 != (value + (value >> 61)) % 2**32
    assert exceptional == (below <= upper)
    if exceptional:
        assert not reduces_plainly(np.array([3, a], np.uint64), np.array([5, b], np.uint64))


def test_a_table_that_reduces_plainly():
    assert reduces_plainly(np.array([3, 6, 2**31], np.uint64), np.array([5, 0, 1], np.uint64))


def test_type_and_nulls():
    found = rpv2_signatures(texts("", TWELVE, THIRTEEN, " \n", TWELVE.upper() + " M!").words)
    assert found.type == MINHASH.field("signature").type
    assert found.is_null().to_pylist() == [True, True, False, True, False]
    assert found[2] == found[4]
    assert rpv2_signatures(texts().words).to_pylist() == []


def test_signature_equals_the_oracle():
    text = " ".join(f"Wörter-{i} 日本 {i * i}" for i in range(30))
    words = [*text.lower().replace("-", "").replace("ö", "o\u0308").split()]
    plain = sha1_signature(words, *rpv2_permutations())
    assert np.array(rpv2_signatures(texts(text).words)[0].as_py(), np.int32).view(np.uint32).tolist() == plain.tolist()


document = st.lists(st.sampled_from(["ab", "cd", "ef", "gh", "ij", "kl", "mn", "op"]), max_size=40).map(" ".join)


@settings(derandomize=True, max_examples=30, deadline=None)
@given(st.lists(document, min_size=1, max_size=6))
def test_neighbours_in_the_batch_change_nothing(documents: list[str]):
    for signatures in (rpv2_signatures, rolling_signatures):
        alone = [signatures(texts(text).words)[0].as_py() for text in documents]
        assert signatures(texts(*documents).words).to_pylist() == alone


@pytest.mark.parametrize("parameters", [RollingParameters(), RollingParameters(3, 17, 1)])
def test_rolling_signatures(parameters: RollingParameters):
    words = TWELVE.split()
    short, enough = " ".join(words[: parameters.ngram_words - 1]), " ".join(words[: parameters.ngram_words])
    found = rolling_signatures(texts(short, enough, enough.upper(), TWELVE).words, parameters)
    assert found.type == pa.list_(pa.int32(), parameters.permutations)
    assert found.is_null().to_pylist() == [True, False, False, False]
    assert found[1] == found[2] != found[3]


def test_rolling_parameters_matter():
    batch = texts(THIRTEEN).words
    found = {
        tuple(rolling_signatures(batch, parameters)[0].as_py())
        for parameters in (RollingParameters(), RollingParameters(seed=1), RollingParameters(ngram_words=4))
    }
    assert len(found) == 3


@pytest.mark.parametrize("wrong", [{"ngram_words": 0}, {"permutations": 0}, {"seed": -1}, {"seed": 2**32}])
def test_rolling_parameters_are_checked(wrong: dict[str, int]):
    with pytest.raises(ValueError, match="wanted"):
        RollingParameters(**wrong)


@pytest.mark.parametrize("shared_words", [100, 500, 900])
def test_rolling_signatures_estimate_the_similarity(shared_words: int):
    def words(name: str) -> str:
        return " ".join([f"both{i}" for i in range(shared_words)] + [f"{name}{i}" for i in range(1000 - shared_words)])

    parameters = RollingParameters(5, 1024)
    left, right = (np.array(x) for x in rolling_signatures(texts(words("l"), words("r")).words, parameters).to_pylist())
    ngrams, common = 1000 - 4, shared_words - 4
    assert abs((left == right).mean() - common / (2 * ngrams - common)) < 0.05


def plain_bands(signature: list[int] | None, count: int, rows: int) -> list[bytes] | None:
    if signature is None:
        return None
    values = [(value % 2**32).to_bytes(4, "big") for value in signature]
    return [b"".join(values[i * rows : (i + 1) * rows]) for i in range(count)]


@pytest.mark.parametrize("similarity", SIMILARITY_BANDS)
def test_bands(similarity: float):
    values = np.random.RandomState(1).randint(-(2**31), 2**31, (5, 128), np.int64).tolist()
    signatures = [None, *values[:2], None, *values[2:], None]
    array = pa.array(signatures, pa.list_(pa.int32(), 128))
    for part in (array, array[1:], array[2:5], array[:0], array[:1], array.drop_null()):
        found = bands(part, similarity)
        assert found.type == pa.list_(pa.binary())
        assert found.to_pylist() == [plain_bands(s, *SIMILARITY_BANDS[similarity]) for s in part.to_pylist()]


def test_bands_refuse_what_they_cannot_cut():
    signature = pa.array([list(range(120))], pa.list_(pa.int32(), 120))
    assert len(bands(signature, 0.8)[0]) == 9
    with pytest.raises(ValueError, match="14 bands of 9"):
        bands(signature, 0.7)
    with pytest.raises(ValueError, match=r"0\.85"):
        bands(signature, 0.85)


def check_conformance(case: Vectors) -> None:
    signatures = rpv2_signatures(case.batch.words)
    for similarity in SIMILARITY_BANDS:
        column = case.minhash[f"signature_sim{similarity}"]
        assert bands(signatures, similarity).to_pylist() == column.to_pylist(), (case.key.path, similarity)


def test_handmade_documents_have_the_bytes_of_the_reference():
    for case in vectors(VENDORED):
        check_conformance(case)


@pytest.mark.shared
def test_all_documents_have_the_bytes_of_the_reference(shared: Path):
    documents = 0
    for case in vectors(shared / "conformance" / "rpv2"):
        check_conformance(case)
        documents += len(case.batch)
    assert documents == 727
