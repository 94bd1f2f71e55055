"""FineWeb's signatures: equal to datatrove's wherever the words are."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from corpusmill.dedupe.fineweb import VALUES, JoinedWords, joined, permutations, shingles, signatures, simplified, words
from corpusmill.kernels.hashes.reference_hashing import xxhash64

FIRST_AND_LAST = (775169054918279404, 1097409548522419201)
TABLES = "a869ecdbd01f06300077f0352d93421d5c05a42d"
TEXTS = [
    "The first text, with enough words for two shingles.",
    "Too short, this",
    None,
    "Ünïcode is simplified: 1,000 times, and 2.5 more!",
    "",
    "the FIRST text with enough words for two shingles",
]


def vectors(shared: Path, name: str) -> list[dict[str, Any]]:
    with gzip.open(shared / "conformance" / "filters" / f"{name}.jsonl.gz") as file:
        return [json.loads(line) for line in file]


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[dict[str, Any]]:
    """What datatrove 0.10.1 made of each document, with its text."""
    texts = {row["id"]: row["text"] for row in vectors(shared, "documents")}
    return [row | {"text": texts[row["id"]]} for row in vectors(shared, "datatrove_0.10.1_minhash")]


def _pieces(found: JoinedWords, text: int) -> list[str]:
    of_text = slice(found.offsets[text], found.offsets[text + 1])
    spans = zip(found.starts[of_text], found.ends[of_text], strict=True)
    return [bytes(found.data[start:end]).decode() for start, end in spans]


def _bytes(signature: pa.Array, text: int) -> bytes:
    """Little-endian, as published; none for null."""
    values = signature[text].as_py()
    return b"" if values is None else np.array(values, "<i8").tobytes()


@pytest.mark.shared
def test_permutations(shared: Path):
    published = json.loads((shared / "conformance" / "filters" / "minhash_params.json").read_text())
    assert [table.tolist() for table in permutations()] == [published["a"], published["b"]]


@pytest.mark.shared
def test_simplified_texts_of_all_documents(rows: list[dict[str, Any]]):
    found = simplified(pa.array([row["text"] for row in rows])).to_pylist()
    different = [
        row["id"]
        for row, text in zip(rows, found, strict=True)
        if hashlib.sha1(text.encode()).hexdigest() != row["simplified_sha1"] or row.get("simplified", text) != text
    ]
    assert different == [] and len(found) == 610


@pytest.mark.shared
@pytest.mark.parametrize(("hashed", "name"), [("xxhash64", "xxhash64"), ("sha1", "sha164")])
def test_signatures_of_documents_with_equal_words(rows: list[dict[str, Any]], hashed: str, name: str):
    """Words differ in 180 of the 610 documents: spaCy cuts some of the pieces between white space."""
    found = words(pa.array([row["text"] for row in rows]))
    made = shingles(found, hashed)
    signature = signatures(made)
    equal = 0
    for i, row in enumerate(rows):
        pieces = _pieces(found, i)
        first = [" ".join(pieces[k : k + 5]) for k in range(min(3, len(pieces) - 4))]
        if len(pieces) != row["n_words"] or first != row["first_shingles"]:
            continue
        equal += 1
        own = made.hashes[made.begins[i] : made.begins[i + 1]].tolist()
        assert (len(own), own[:3]) == (row["n_shingles"], row[f"{name}_first_hashes"]), row["id"]
        published = base64.b64decode(row[f"{name}_signature_b64"] or "")
        assert _bytes(signature, i) == published, row["id"]
    assert equal >= 430


@pytest.mark.shared
def test_signatures_of_words_that_are_given(rows: list[dict[str, Any]]):
    """Those of another tokenizer go the same way: here the simplified text, cut by Python."""
    simple = [row for row in rows if "simplified" in row and len(row["simplified"].split()) == row["n_words"]]
    given = joined(pa.array([row["simplified"].split() for row in simple]))
    signature = signatures(shingles(given))
    assert len(simple) > 150
    assert [_bytes(signature, i) for i in range(len(simple))] == [
        base64.b64decode(row["xxhash64_signature_b64"] or "") for row in simple
    ]


def test_values_are_the_published_formula_s():
    text = "a b c d e f"
    factors, summands = (table.tolist() for table in permutations())
    for hashed, plain in (
        ("xxhash64", xxhash64),
        ("sha1", lambda data: int.from_bytes(hashlib.sha1(data).digest()[:8], "little")),
    ):
        hashes = [plain(b"a b c d e"), plain(b"b c d e f")]
        expected = [
            min((a * x + b) % 2**64 % (2**61 - 1) for x in hashes) for a, b in zip(factors, summands, strict=True)
        ]
        assert shingles(words(pa.array([text])), hashed).hashes.tolist() == hashes
        assert signatures(shingles(words(pa.array([text])), hashed)).to_pylist() == [expected]


def test_permutations_never_change():
    """Without the reference material: a digest of the tables that equal the published ones."""
    a, b = permutations()
    assert (a[0], b[-1]) == FIRST_AND_LAST
    assert hashlib.sha1(a.astype("<u8").tobytes() + b.astype("<u8").tobytes()).hexdigest() == TABLES


def test_cutting_a_batch_changes_nothing():
    whole = signatures(shingles(words(pa.array(TEXTS))))
    assert whole.type == pa.list_(pa.int64(), VALUES)
    assert whole.is_null().to_pylist() == [False, True, True, False, True, False]
    assert whole[0] == whole[5]
    for kind in (pa.string(), pa.large_string()):
        one_by_one = [signatures(shingles(words(pa.array([text], kind)))) for text in TEXTS]
        assert whole.equals(pa.concat_arrays(one_by_one))
        padded = pa.array(["x", *TEXTS, "y"], kind).slice(1, len(TEXTS))
        assert whole.equals(signatures(shingles(words(padded))))


def test_given_words():
    texts = [["the", "first", "of", "all", "words", "here"], [], None, ["a"] * 4, ["not so", "", "é", "d", "e"]]
    for array in (
        pa.array(texts),
        pa.array([["x"], *texts, ["y"]]).slice(1, len(texts)),
        pa.array(texts, pa.large_list(pa.string())),
    ):
        found = joined(array)
        assert [_pieces(found, i) for i in range(len(texts))] == [text or [] for text in texts]
        hashes = shingles(found)
        assert hashes.begins.tolist() == [0, 2, 2, 2, 2, 3]
        expected = ["the first of all words", "first of all words here", "not so  é d e"]
        assert hashes.hashes.tolist() == [xxhash64(text.encode()) for text in expected]
    assert joined(pa.array([], pa.list_(pa.string()))).offsets.tolist() == [0]
    with pytest.raises(ValueError, match="a word is null"):
        joined(pa.array([["a", None]]))


def test_a_hash_that_there_is_not():
    with pytest.raises(ValueError, match="hash 'md5' is unknown; wanted one of xxhash64, sha1"):
        shingles(words(pa.array(["a"])), "md5")
