"""A fastText classifier in memory, as the arrays that `kernels/fasttext/` works on.

Quantised rows are decoded at once: norm · centroid, rounded to float32, is what fastText adds for them.
"""

from __future__ import annotations

import math
import mmap
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.errors import ModelRefused
from corpusmill.kernels.characters.tables import unicode_tables
from corpusmill.kernels.fasttext.dictionary import entry_of, fill_slots, hash_entry
from corpusmill.kernels.fasttext.labels import MOST_LONGEST, best_labels
from corpusmill.kernels.fasttext.memo import empty_memo
from corpusmill.kernels.fasttext.model import ALL_BUCKETS, NO_BUCKETS, SOME_BUCKETS, Model
from corpusmill.kernels.fasttext.output import HIERARCHICAL, SIGMOID_LIMIT, SIGMOID_STEPS
from corpusmill.kernels.fasttext.sums import BEHIND
from corpusmill.models.fasttext.file import CENTROIDS, FasttextFile, Matrix, Quantiser, read_fasttext

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

_UNMADE = 10**15  # count of the tree's inner nodes before they are made
_MOST_BUCKETS = 1 << 28  # of a pruned model: its table has 8 bytes for 32 of them
_DECODED_LIMIT = 64  # times the size of the file


class Best(NamedTuple):
    """The best label of each text."""

    labels: npt.NDArray[np.int32]  # -1: none, as the text has nothing that the model knows
    probabilities: Floats  # q + 1e-5, as fastText reports it; NaN where the weights overflow
    tokens: Integers  # of the text, at white space; the end of the line is not counted


class FasttextModel:
    """The classifier at `path`. Raises ModelRefused where the file is damaged, or no classifier.

    Threads may share it.
    """

    def __init__(self, path: Path) -> None:
        try:
            self.labels, self._arrays, self._model = read_fasttext(path, _load)
        except (_Unfit, MemoryError) as error:
            raise ModelRefused(f"{path}: {error or 'too large for the memory'}; fetch or train it again") from error
        model = self._model
        short = model.longest <= MOST_LONGEST and model.words + model.buckets < 1 << 31
        self._remembers = short and model.word_ngrams <= 1
        self._memos: list[npt.NDArray[np.uint8]] = []  # those that no thread uses now

    def best(self, data: npt.NDArray[np.uint8], offsets: Integers, join_lines: bool) -> Best:
        """The best label of each of the texts `data[offsets[i]:offsets[i + 1]]` (UTF-8).

        join_lines: predict for `" ".join(text.splitlines()).strip()`; otherwise for the text without its line feeds.
        """
        count = len(offsets) - 1
        found = Best(np.empty(count, np.int32), np.empty(count, np.float32), np.empty(count, np.int64))
        known = data.ctypes.data, offsets, join_lines, unicode_tables(), self._model
        if not self._remembers:
            best_labels(*known, 0, *found)
            return found
        memo = self._memos.pop() if self._memos else empty_memo()
        best_labels(*known, memo.ctypes.data, *found)
        self._memos.append(memo)
        return found


class _Unfit(Exception):
    """What is wrong with a model whose sizes are right."""


def _load(file: FasttextFile, data: mmap.mmap) -> tuple[tuple[str, ...], list[npt.NDArray[np.generic]], Model]:
    arguments, entries = file.arguments, len(file.starts)
    kept, bucket_bits, ngram_rows = _buckets(file, data)
    first, last = file.starts[0], file.ends[-1]
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "slots": np.zeros(1 << (2 * entries).bit_length(), np.uint64),
        "entries": np.frombuffer(data[first : last + 1], np.uint8),
        "starts": np.array(file.starts, np.int64) - first,
        "bucket_bits": bucket_bits,
        "input": _rows(file.input, file.dimensions, data, file.words, ngram_rows),
        "output": _rows(file.output._replace(norms=None), file.dimensions, data, file.output.rows, None),
        "norms": _norms(file.output, data),
        "children": _tree(file.label_counts) if arguments.loss == HIERARCHICAL else np.zeros(0, np.int32),
        "sigmoid": _sigmoid(),
    }
    mark = np.frombuffer(b"</s>", np.uint8)
    model = Model(
        **{name: array.ctypes.data for name, array in arrays.items()},
        slot_mask=len(arrays["slots"]) - 1,
        words=file.words,
        end_of_line=-1,
        end_hash=int(hash_entry(mark.ctypes.data, len(mark))),
        shortest=arguments.shortest_ngram,
        longest=arguments.longest_ngram,
        word_ngrams=arguments.word_ngrams,
        buckets=arguments.buckets,
        magic=np.uint64((-(-(1 << 64) // max(arguments.buckets, 1))) % (1 << 64)),
        kept=kept,
        dimensions=file.dimensions,
        labels=len(file.labels),
        loss=arguments.loss,
    )
    fill_slots(model, entries)
    model = model._replace(end_of_line=int(entry_of(model, mark.ctypes.data, len(mark))))
    return file.labels, list(arrays.values()), model


def _buckets(file: FasttextFile, data: mmap.mmap) -> tuple[int, npt.NDArray[np.uint64], Integers | None]:
    """Which buckets have rows, as the kernel reads it, and the input matrix's row of each in ascending order."""
    if file.pruned < 0:
        return ALL_BUCKETS, np.zeros(0, np.uint64), None
    buckets = file.arguments.buckets
    pairs = np.frombuffer(data[file.pruned_start : file.pruned_start + 8 * file.pruned], "<i4").reshape(-1, 2)
    pairs = pairs[(pairs[:, 0] >= 0) & (pairs[:, 0] < buckets)].astype(np.int64)
    kept, last = np.unique(pairs[::-1, 0], return_index=True)  # of equal ones the last counts
    if len(kept) == 0:
        return NO_BUCKETS, np.zeros(0, np.uint64), np.zeros(0, np.int64)
    if buckets > _MOST_BUCKETS:
        raise _Unfit(f"{buckets} hash buckets, of which only {file.pruned} are used")
    blocks = np.bincount(kept >> 5, minlength=(buckets + 31) // 32)
    before = np.cumsum(blocks) - blocks
    bits = before.astype(np.uint64) << np.uint64(32)
    np.bitwise_or.at(bits, kept >> 5, np.uint64(1) << (kept & 31).astype(np.uint64))
    return SOME_BUCKETS, bits, file.words + pairs[::-1, 1][last]


def _rows(matrix: Matrix, dimensions: int, data: mmap.mmap, first_rows: int, others: Integers | None) -> Floats:
    """The first rows of a matrix and then others (None: all that follow), with room behind the end."""
    rows = matrix.rows if others is None else first_rows + len(others)
    if 4 * rows * dimensions > max(_DECODED_LIMIT * len(data), 1 << 26):
        raise _Unfit(f"a matrix of {rows} x {dimensions}, which is too much for a file of {len(data)} bytes")
    flat = np.zeros(rows * dimensions + BEHIND, np.float32)
    out = flat[: rows * dimensions].reshape(rows, dimensions)
    if matrix.quantiser is None:
        out[:] = np.frombuffer(data, "<f4", rows * dimensions, matrix.start).reshape(rows, dimensions)
    else:
        order = np.arange(rows)
        if others is not None:
            order[first_rows:] = others
        _decode(matrix.start, matrix.quantiser, order, data, out)
        with np.errstate(invalid="ignore", over="ignore"):  # looked at below
            out *= _norms(matrix, data)[order, None]
    if not np.isfinite(flat).all():
        raise _Unfit("weights that are no numbers")
    return flat


def _decode(start: int, quantiser: Quantiser, order: Integers, data: mmap.mmap, out: Floats) -> None:
    """out[i] = the centroids that row order[i] has codes of; the last part may be narrower than the others."""
    parts, size = quantiser.parts, quantiser.size
    codes = np.frombuffer(data[start : start + (int(order.max()) + 1) * parts], np.uint8).reshape(-1, parts)[order]
    for part in range(parts):
        width = size if part < parts - 1 else quantiser.last
        at = quantiser.start + 4 * CENTROIDS * part * size
        centroids = np.frombuffer(data[at : at + 4 * CENTROIDS * width], "<f4").reshape(CENTROIDS, width)
        out[:, part * size : part * size + width] = centroids[codes[:, part]]


def _norms(matrix: Matrix, data: mmap.mmap) -> Floats:
    """A factor for each row."""
    norms = np.ones((matrix.rows, 1), np.float32)
    if matrix.norms is not None and matrix.norm_quantiser is not None:
        _decode(matrix.norms, matrix.norm_quantiser, np.arange(matrix.rows), data, norms)
    return norms[:, 0]


def _tree(counts: tuple[int, ...]) -> npt.NDArray[np.int32]:
    """Left and right child of each inner node of the Huffman tree; the labels are leaves 0, 1, …, most frequent first.

    Built as fastText builds it, also where the counts are not in order.
    """
    if max(counts) >= _UNMADE:
        raise _Unfit(f"a label that occurs {max(counts)} times")
    leaves = len(counts)
    nodes = [*counts, *[_UNMADE] * (leaves - 1)]
    children = np.zeros((leaves - 1, 2), np.int32)
    leaf, node = leaves - 1, leaves
    for inner in range(leaves, 2 * leaves - 1):
        for side in range(2):
            if leaf >= 0 and nodes[leaf] < nodes[node]:
                children[inner - leaves, side], leaf = leaf, leaf - 1
            else:
                children[inner - leaves, side], node = node, node + 1
        nodes[inner] = sum(nodes[child] for child in children[inner - leaves])
    return children


def _sigmoid() -> Floats:
    """1 / (1 + exp(-x)) at evenly spaced x, each step rounded to float32."""
    steps = np.arange(SIGMOID_STEPS + 1, dtype=np.float32) * np.float32(2 * SIGMOID_LIMIT)
    values = steps / np.float32(SIGMOID_STEPS) - np.float32(SIGMOID_LIMIT)
    return np.array([1.0 / (1.0 + float(np.float32(math.exp(-float(x))))) for x in values], np.float32)
