r"""ARPA files: `\data\` with the number of n-grams of each length, then one section a length.

A line is log10 probability, tab, words separated by spaces, and, where there is one, tab and log10 back-off weight.
Models that were pruned elsewhere may lack the suffix of an n-gram: it is put in, with the score it would be given.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpusmill.errors import ModelRefused
from corpusmill.models.ngram.counts import MARKS, keys_of
from corpusmill.models.ngram.estimate import Estimated
from corpusmill.models.ngram.model import NgramModel

ZERO = -99.0  # how ARPA files write the logarithm of nothing

_NO_UNKNOWN = -100.0  # KenLM's log10 probability of an unknown word where the file has none
_LINES_AT_ONCE = 200_000
_Values = tuple[NDArray[np.float32], NDArray[np.float32]]  # log10 probability, log10 back-off weight


def write_arpa(path: Path, words: pa.Array, grams: list[Estimated]) -> None:
    """Write a model; floats in the shortest form that reads back as the same float32."""
    tab, space = (pa.scalar(text, pa.large_string()) for text in "\t ")
    with path.open("wb") as file:
        counts = "".join(f"ngram {length}={len(level)}\n" for length, level in enumerate(grams, 1))
        file.write(f"\\data\\\n{counts}\n".encode())
        texts = words
        for length, level in enumerate(grams, 1):
            if length > 1:
                texts = pc.binary_join_element_wise(
                    pc.take(words, pa.array(level.first_word)), pc.take(texts, pa.array(level.parent)), space
                )
            columns = [_digits(level.log10_probability), texts]
            if length < len(grams):
                columns.append(_digits(level.log10_backoff))
            lines = pc.binary_join_element_wise(*columns, tab)
            file.write(f"\\{length}-grams:\n".encode())
            for start in range(0, len(lines), _LINES_AT_ONCE):
                file.write("".join(f"{line}\n" for line in lines[start : start + _LINES_AT_ONCE].to_pylist()).encode())
            file.write(b"\n")
        file.write(b"\\end\\\n")


def read_arpa(path: Path) -> NgramModel:
    """The model in `path`; ModelRefused, with the section, where the file is not what its head says."""
    content = path.read_bytes()
    counts = [int(n) for n in re.findall(rb"^ngram +\d+ *= *(\d+)", content[: content.find(b"\\1-grams:")], re.M)]
    if not content.lstrip().startswith(b"\\data\\") or not counts:
        raise ModelRefused(f"{path} is no ARPA file: it does not begin with \\data\\ and the numbers of n-grams")
    texts, probability, backoff = _section(path, content, 1, counts)
    words, places = _with_marks(path, texts)
    grams = [_unigrams(places, probability, backoff)]
    matrices: list[NDArray[np.int64]] = []
    values: list[_Values] = []
    for length in range(2, len(counts) + 1):
        texts, probability, backoff = _section(path, content, length, counts)
        numbers = pc.index_in(pc.split_pattern(texts, " ").values, value_set=words)
        if numbers.null_count or len(numbers) != length * len(texts):
            raise ModelRefused(f"{path}: section {length}-grams holds words that 1-grams does not, or another length")
        matrices.append(numbers.to_numpy().astype(np.int64).reshape(-1, length))
        values.append((probability, backoff))
    _insert_suffixes(matrices, values)
    keys: list[NDArray[np.uint64]] = []
    for matrix, value in zip(matrices, values, strict=True):
        grams.append(_level(path, matrix, value, keys, grams))
    return NgramModel(words, grams)


def _digits(values: NDArray[np.float32]) -> pa.Array:
    finite = np.where(np.isneginf(values), np.float32(ZERO), values)
    return pc.cast(pa.array(finite, pa.float32()), pa.large_string())


def _floats(fields: pa.Array, places: NDArray[np.int64]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = pc.cast(fields.take(pa.array(places)), pa.float32()).to_numpy(zero_copy_only=False)
    return found


def _section(path: Path, content: bytes, length: int, counts: list[int]) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Texts, log10 probabilities and back-off weights of one section."""
    head = f"\\{length}-grams:".encode()
    start = content.find(b"\n" + head)
    end = content.find(f"\n\\{length + 1}-grams:".encode() if length < len(counts) else b"\n\\end\\", max(start, 0))
    if start < 0 or end < 0:
        raise ModelRefused(f"{path}: section {length}-grams is missing or does not end; the file was cut")
    body = content[content.index(b"\n", start + 1) + 1 : end].strip(b"\n\r")
    try:
        lines = pc.split_pattern(pa.array([body.decode()] if body else [], pa.large_string()), "\n").values
        parts = pc.split_pattern(pc.utf8_rtrim(lines, "\r"), "\t", max_splits=2)
        sizes = pc.list_value_length(parts).to_numpy(zero_copy_only=False)
        if len(lines) != counts[length - 1] or (sizes < 2).any():
            raise ModelRefused(
                f"{path}: section {length}-grams has {len(lines)} lines, {int((sizes < 2).sum())} of them without "
                f"a tab; its head says {counts[length - 1]}"
            )
        starts = parts.offsets.to_numpy()[:-1]
        probability, backoff = _floats(parts.values, starts), np.zeros(len(lines), np.float32)
        backoff[sizes > 2] = _floats(parts.values, starts[sizes > 2] + 2)
        return parts.values.take(pa.array(starts + 1)), probability, backoff
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise ModelRefused(f"{path}: section {length}-grams: {str(error).splitlines()[0]}") from None


def _with_marks(path: Path, texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The vocabulary, `<unk>`, `<s>` and `</s>` first, and where each of its words stands in the section (or null)."""
    if pc.count_distinct(texts).as_py() != len(texts):
        raise ModelRefused(f"{path}: section 1-grams lists a word twice")
    marks = pa.array(MARKS, pa.large_string())
    words = pa.concat_arrays([marks, texts.filter(pc.invert(pc.is_in(texts, value_set=marks)))])
    places = pc.index_in(words, value_set=texts)
    if not places[1].is_valid or not places[2].is_valid:
        raise ModelRefused(f"{path}: section 1-grams lacks <s> or </s>")
    return words, places


def _unigrams(places: pa.Array, probability: NDArray[np.float32], backoff: NDArray[np.float32]) -> Estimated:
    present = places.is_valid().to_numpy(zero_copy_only=False)
    rows = places.fill_null(0).to_numpy()
    nothing = np.zeros(len(places), np.int64)
    return Estimated(
        parent=nothing,
        first_word=np.arange(len(places), dtype=np.int64),
        log10_probability=np.where(present, probability[rows], np.float32(_NO_UNKNOWN)),
        log10_backoff=np.where(present, backoff[rows], np.float32(0)),
    )


def _insert_suffixes(matrices: list[NDArray[np.int64]], values: list[_Values]) -> None:
    """Add to each section the suffixes of the next one that it lacks, their probability to be computed (NaN)."""
    for longer in range(len(matrices) - 1, 0, -1):
        suffixes, shorter = matrices[longer][:, 1:], matrices[longer - 1]
        missing = suffixes[~np.isin(_row_hashes(suffixes), _row_hashes(shorter))]
        if len(missing):
            missing = np.unique(missing, axis=0)
            matrices[longer - 1] = np.concatenate([shorter, missing])
            probability, backoff = values[longer - 1]
            to_compute = np.full(len(missing), np.nan, np.float32)
            values[longer - 1] = (
                np.concatenate([probability, to_compute]),
                np.concatenate([backoff, np.zeros(len(missing), np.float32)]),
            )


def _row_hashes(matrix: NDArray[np.int64]) -> NDArray[np.uint64]:
    hashes = np.zeros(len(matrix), np.uint64)
    for column in matrix.T:
        hashes = (hashes ^ column.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        hashes ^= hashes >> np.uint64(29)
    return hashes


def _numbers(matrix: NDArray[np.int64], keys: list[NDArray[np.uint64]]) -> NDArray[np.int64]:
    """The number of each row's n-gram in its level, or -1; `keys` are those of levels 2 and up."""
    numbers = matrix[:, -1]
    for level, column in enumerate(range(matrix.shape[1] - 2, -1, -1)):
        wanted = keys_of(numbers, matrix[:, column])
        places = np.minimum(np.searchsorted(keys[level], wanted), max(len(keys[level]) - 1, 0))
        same = (keys[level][places] == wanted) if len(keys[level]) else np.zeros(len(wanted), bool)
        numbers = np.where(same & (numbers >= 0), places, -1)
    return numbers


def _level(
    path: Path,
    matrix: NDArray[np.int64],
    values: _Values,
    keys: list[NDArray[np.uint64]],
    shorter: list[Estimated],
) -> Estimated:
    """One section in the order of the trie; its keys are added to `keys`."""
    probability, backoff = values
    length = matrix.shape[1]
    parents = _numbers(matrix[:, 1:], keys)
    computed = np.isnan(probability)
    if computed.any():
        contexts = _numbers(matrix[computed, :-1], keys)
        weight = np.where(contexts >= 0, shorter[length - 2].log10_backoff[contexts], np.float32(0))
        probability[computed] = weight + shorter[length - 2].log10_probability[parents[computed]]
    own = keys_of(parents, matrix[:, 0])
    order = np.argsort(own, kind="stable")
    own = own[order]
    if (own[1:] == own[:-1]).any():
        raise ModelRefused(f"{path}: section {length}-grams lists an n-gram twice")
    keys.append(own)
    return Estimated(parents[order], matrix[order, 0], probability[order], backoff[order])
