"""Ragged pairs: exact round trips, NumPy's own bytes, and files that are not whole."""

from __future__ import annotations

import os
import shutil
import zlib

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpusmill.errors import InputRefused
from corpusmill.tokenize.ragged import RaggedArray, RaggedWriter, Written, npy_header, tokenize_texts
from corpusmill.tokenize.special import token_dtype
from corpusmill.tokenize.tokenizers import load_tokenizer


def pair(folder, name="x"):
    return folder / f"{name}.data.npy", folder / f"{name}.len.npy"


def write(paths, documents, dtype="int16"):
    with RaggedWriter(*paths, np.dtype(dtype)) as writer:
        writer.write([np.array(document, dtype) for document in documents])


def read_as_the_specification_says(data, lengths):
    """§3, with NumPy alone."""
    tokens, counts = np.load(data, mmap_mode="r"), np.load(lengths)
    indices = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    return [tokens[indices[i] : indices[i + 1]].tolist() for i in range(len(counts))]


@pytest.mark.parametrize(
    ("vocabulary_size", "dtype"),
    [
        (1, "int16"),
        (32_100, "int16"),
        (32_768, "int16"),
        (32_769, "uint16"),
        (65_536, "uint16"),
        (65_537, "uint32"),
        (2**32, "uint32"),
    ],
)
def test_token_dtype_holds_every_id_and_no_more_than_needed(vocabulary_size, dtype):
    assert token_dtype(vocabulary_size) == np.dtype(dtype)
    assert np.iinfo(dtype).max >= vocabulary_size - 1


@pytest.mark.parametrize("vocabulary_size", [0, -1, 2**32 + 1])
def test_token_dtype_refuses_what_no_type_holds(vocabulary_size):
    with pytest.raises(ValueError, match="vocabulary"):
        token_dtype(vocabulary_size)


@settings(derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    batches=st.lists(st.lists(st.lists(st.integers(0, 32_767), max_size=20), max_size=5), max_size=5),
    dtype=st.sampled_from(["int16", "uint16", "uint32"]),
)
def test_documents_come_back_exactly(tmp_path_factory, batches, dtype):
    paths = pair(tmp_path_factory.mktemp("pair"))
    with RaggedWriter(*paths, dtype) as writer:
        for batch in batches:
            writer.write([np.array(document, dtype) for document in batch])
    documents = [document for batch in batches for document in batch]
    array = RaggedArray(*paths)
    assert [document.tolist() for document in array] == documents == read_as_the_specification_says(*paths)
    assert len(array) == writer.documents == len(documents)
    assert array.data.dtype == np.dtype(dtype)
    assert array.lengths.dtype == np.int32
    assert array.data.size == writer.tokens == sum(map(len, documents))


def test_files_are_byte_for_byte_what_numpy_saves(tmp_path):
    paths = pair(tmp_path)
    write(paths, [[1, 2, 3], [], [4]])
    for ours, values in zip(paths, (np.array([1, 2, 3, 4], np.int16), np.array([3, 0, 1], np.int32)), strict=True):
        np.save(tmp_path / "numpy.npy", values)
        assert ours.read_bytes() == (tmp_path / "numpy.npy").read_bytes()
        assert ours.read_bytes()[:8] == b"\x93NUMPY\x01\x00"


def test_indices_from_both_ends(tmp_path):
    paths = pair(tmp_path)
    write(paths, [[1], [2, 2], [3]])
    array = RaggedArray(*paths)
    assert (array[0].tolist(), array[-2].tolist(), array[-1].tolist()) == ([1], [2, 2], [3])
    for outside in (3, -4):
        with pytest.raises(IndexError, match="of 3"):
            array[outside]


def test_more_than_two_to_the_31_tokens_are_addressed_right(tmp_path):
    """A sparse file: 4 GiB by its length, a few blocks on disk."""
    data, lengths = pair(tmp_path)
    counts = np.array([2**31 - 1, 5, 7], np.int32)
    tokens = int(counts.sum(dtype=np.int64))
    with data.open("wb") as stream:
        stream.write(npy_header(np.dtype("<i2"), tokens))
        stream.seek(128 + 2 * (tokens - 12))
        stream.write(np.arange(1, 13, dtype="<i2").tobytes())
    np.save(lengths, counts)
    array = RaggedArray(data, lengths)
    assert data.stat().st_blocks * 512 < 1_000_000, "the file system has no sparse files"
    assert (array[1].tolist(), array[2].tolist()) == ([1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11, 12])
    assert array[0].size == 2**31 - 1


def test_an_interrupted_writer_leaves_nothing_that_opens(tmp_path):
    paths = pair(tmp_path)
    with pytest.raises(KeyboardInterrupt), RaggedWriter(*paths, "int16") as writer:
        writer.write([np.array([1, 2], np.int16)])
        raise KeyboardInterrupt
    with pytest.raises(InputRefused, match="never finished"):
        RaggedArray(*paths)


def test_ids_that_do_not_fit_are_an_error_and_not_other_ids(tmp_path):
    with RaggedWriter(*pair(tmp_path), "int16") as writer, pytest.raises(ValueError, match="40000"):
        writer.write([np.array([40_000], np.uint16)])


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: path.unlink(), "No such file"),
        (lambda path: os.truncate(path, 0), "not a .npy"),
        (lambda path: os.truncate(path, 100), "not a .npy"),
        (lambda path: os.truncate(path, path.stat().st_size - 1), "truncated"),
        (lambda path: path.write_bytes(path.read_bytes() + b"!"), "longer"),
        (lambda path: np.save(path, np.zeros((2, 2), np.int16)), "one dimension"),
        (lambda path: np.save(path, np.zeros(4)), "integers"),
        (lambda path: np.save(path, np.array([{}]), allow_pickle=True), "integers"),
        (lambda path: path.write_bytes(b"\x93NUMPY\x02\x00" + path.read_bytes()[8:]), "wanted 1.0"),
        (lambda path: path.write_bytes(b"\x93NUMPY\x01\x00\x89\x13" + b"(" * 5000 + b"\n"), "not a .npy"),
        (lambda path: path.write_bytes(b"\x93NUMPY\x01\x00\x61\xea" + b"-" * 60_000 + b"\n"), "not a .npy"),
    ],
)
def test_a_damaged_file_is_refused_by_name(tmp_path, which, damage, reason):
    paths = pair(tmp_path)
    write(paths, [[1, 2, 3], [4]])
    damage(paths[which])
    with pytest.raises(InputRefused, match=reason) as refusal:
        RaggedArray(*paths)
    assert paths[which].name in str(refusal.value)


def test_a_pair_of_two_runs_is_refused(tmp_path):
    write(pair(tmp_path, "x"), [[1, 2, 3]])
    write(pair(tmp_path, "y"), [[1, 2, 3, 4]])
    with pytest.raises(InputRefused, match="not of the same run"):
        RaggedArray(tmp_path / "x.data.npy", tmp_path / "y.len.npy")
    np.save(tmp_path / "x.len.npy", np.array([4, -1], np.int32))
    with pytest.raises(InputRefused, match="-1 tokens"):
        RaggedArray(*pair(tmp_path, "x"))


@pytest.mark.parametrize("lengths", [np.array([2**63 - 1, 2**63 - 1, 5]), np.array([2**64 - 2, 2, 3], np.uint64)])
def test_lengths_whose_sum_runs_over_to_that_of_the_data_are_refused(tmp_path, lengths):
    write(pair(tmp_path), [[1, 2, 3]])
    np.save(pair(tmp_path)[1], lengths)
    with pytest.raises(InputRefused, match=r"a document has \d+ tokens, .* 3 of all"):
        RaggedArray(*pair(tmp_path))


TEXTS = ["harbour kitchen", "", None, "Straße\n数学", *(f"garden {number}" for number in range(600))]


def test_tokenize_texts_keeps_order_nulls_and_empty_documents(model, tmp_path):
    tokenizer = load_tokenizer(model)
    written = tokenize_texts([pa.array(TEXTS, pa.large_string())], tokenizer, *pair(tmp_path))
    array = RaggedArray(*pair(tmp_path))
    assert [row.tolist() for row in array] == [row.tolist() for row in tokenizer.encode_batch([t or "" for t in TEXTS])]
    text_bytes = sum(len((text or "").encode()) for text in TEXTS)
    by_length = np.bincount([int(size).bit_length() for size in array.lengths]).tolist()
    assert written == Written(len(TEXTS), array.data.size, 0, text_bytes, tuple(by_length))
    assert array.lengths[1] == array.lengths[2] == 0


def test_batches_do_not_change_the_bytes(model, tmp_path):
    tokenizer = load_tokenizer(model)
    tokenize_texts([pa.array(TEXTS)], tokenizer, *pair(tmp_path, "one"))
    tokenize_texts([pa.array(TEXTS[i : i + 7]) for i in range(0, len(TEXTS), 7)], tokenizer, *pair(tmp_path, "many"))
    for one, many in zip(pair(tmp_path, "one"), pair(tmp_path, "many"), strict=True):
        assert zlib.crc32(one.read_bytes()) == zlib.crc32(many.read_bytes())
    shutil.copy(tmp_path / "one.data.npy", tmp_path / "before")
    tokenize_texts([pa.array(TEXTS)], tokenizer, *pair(tmp_path, "one"))
    assert (tmp_path / "before").read_bytes() == (tmp_path / "one.data.npy").read_bytes()


def test_no_documents_give_an_empty_pair(model, tmp_path):
    assert tokenize_texts([], load_tokenizer(model), *pair(tmp_path)) == Written(0, 0)
    assert len(RaggedArray(*pair(tmp_path))) == 0
