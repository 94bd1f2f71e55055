"""Check a fastText model file before fastText reads it.

fastText trusts its input: a file with the right magic number and wrong content makes it hang, take all memory or crash
at the first prediction. So the file is walked first, part by part, to its last byte:

    magic, version, 12 integers and a float of arguments · dictionary: counts, entries, pruned n-gram buckets ·
    input matrix (dense, or quantised) · output matrix (the same)
"""

from __future__ import annotations

import mmap
import struct
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from corpusmill.errors import ModelRefused

MAGIC = 793712314
VERSIONS = (11, 12)
SUPERVISED = 3
CENTROIDS = 256  # of a product quantiser, per part
LONGEST_NGRAM = 100  # of characters or words; fastText's defaults are 6 and 1

Result = TypeVar("Result")


class Arguments(NamedTuple):
    """What the model was trained with, in the order of the file."""

    dimensions: int
    window: int
    epochs: int
    least_count: int
    negatives: int
    word_ngrams: int
    loss: int
    kind: int
    buckets: int
    shortest_ngram: int
    longest_ngram: int
    update_rate: int


class Quantiser(NamedTuple):
    """Where a product quantiser's centroids are, and how it cuts a vector into parts."""

    start: int
    parts: int
    size: int  # of each part but the last
    last: int


class Matrix(NamedTuple):
    """Where a matrix is: weights (float32, by rows), or the codes of a quantiser."""

    rows: int
    start: int
    quantiser: Quantiser | None
    norms: int | None  # where the codes of the rows' norms are
    norm_quantiser: Quantiser | None


@dataclass(frozen=True)
class FasttextFile:
    """What a model file says of itself; positions are bytes from its start."""

    dimensions: int
    words: int
    labels: tuple[str, ...]
    quantised: bool
    arguments: Arguments
    starts: array[int]  # of each dictionary entry, words before labels
    ends: array[int]
    label_counts: tuple[int, ...]
    pruned: int  # n-gram buckets that have rows; -1: all have
    pruned_start: int  # pairs of int32: bucket, row behind those of the words
    input: Matrix
    output: Matrix


class _Reader:
    """Reads numbers from a file and refuses to go past its end."""

    def __init__(self, path: Path, data: bytes | mmap.mmap) -> None:
        self.path, self.data, self.at = path, data, 0

    def refuse(self, problem: str) -> ModelRefused:
        return ModelRefused(
            f"{self.path}: byte {self.at}: {problem}; wanted a supervised fastText model of version 11 or 12. "
            "Fetch or train it again"
        )

    def check(self, holds: bool, problem: str) -> None:
        if not holds:
            raise self.refuse(problem)

    def skip(self, size: int, what: str) -> int:
        """Step over `size` bytes; where they begin."""
        self.check(0 <= size <= len(self.data) - self.at, f"{what} of {size} bytes do not fit into the file")
        start, self.at = self.at, self.at + size
        return start

    def numbers(self, form: str, what: str) -> tuple[int, ...]:
        return struct.unpack_from(form, self.data, self.skip(struct.calcsize(form), what))

    def flag(self, what: str) -> bool:
        (value,) = self.numbers("<B", what)
        self.check(value in (0, 1), f"{what} is {value}, neither 0 nor 1")
        return value == 1


def check_fasttext(path: Path) -> FasttextFile:
    """What the supervised fastText model at `path` says of itself; ModelRefused if it is damaged or something else.

    Every size is checked against the others and against the length of the file; the weights are not looked at.
    """
    return read_fasttext(path, lambda found, data: found)


def read_fasttext(path: Path, read: Callable[[FasttextFile, mmap.mmap], Result]) -> Result:
    """What `read` makes of a checked file and its bytes, which it must not keep; ModelRefused as `check_fasttext`."""
    try:
        with path.open("rb") as file:
            if path.stat().st_size == 0:
                raise ModelRefused(f"{path}: the file is empty; wanted a supervised fastText model")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return read(_check(_Reader(path, data)), data)
    except OSError as error:
        raise ModelRefused(f"{path}: cannot be read ({error}); wanted a supervised fastText model") from error


def _check(reader: _Reader) -> FasttextFile:
    (magic,) = reader.numbers("<i", "magic number")
    reader.check(magic == MAGIC, f"magic number {magic}, not {MAGIC}")
    (version,) = reader.numbers("<i", "version")
    reader.check(version in VERSIONS, f"version {version}")
    arguments = Arguments(*reader.numbers("<12i", "arguments"))
    dimensions = arguments.dimensions
    reader.skip(8, "sampling threshold")
    reader.check(arguments.kind == SUPERVISED, f"model kind {arguments.kind}, not a classifier")
    reader.check(1 <= dimensions <= 1 << 16, f"{dimensions} dimensions")
    reader.check(1 <= arguments.loss <= 4, f"loss {arguments.loss}")
    reader.check(arguments.buckets >= 0, f"{arguments.buckets} hash buckets")
    if version == 11:  # had no n-grams of characters in classifiers, whatever it says
        arguments = arguments._replace(longest_ngram=0)
    ngrams = arguments.word_ngrams, arguments.shortest_ngram, arguments.longest_ngram
    reader.check(all(0 <= n <= LONGEST_NGRAM for n in ngrams), f"n-grams of {ngrams[0]} words, {ngrams[1:]} characters")
    reader.check(arguments.buckets > 0 or max(ngrams[0] - 1, ngrams[2]) == 0, "n-grams, but no buckets for them")

    size, words, label_count, tokens, pruned = reader.numbers("<3i2q", "dictionary")
    reader.check(
        words >= 0 and label_count >= 1 and size == words + label_count, f"{words} words, {label_count} labels"
    )
    reader.check(tokens >= 0 and pruned >= -1, f"{tokens} tokens, {pruned} pruned buckets")
    starts, ends, counts = _entries(reader, size, words)
    labels = tuple(bytes(reader.data[starts[i] : ends[i]]).decode("utf-8", "replace") for i in range(words, size))
    pruned_start = reader.at
    if pruned > 0:
        pairs = np.frombuffer(bytes(reader.data[slice(reader.skip(8 * pruned, "pruned buckets"), reader.at)]), "<i4")
        rows = pairs.reshape(-1, 2)[:, 1]
        reader.check(bool(((rows >= 0) & (rows < pruned)).all()), "a pruned bucket points outside the input matrix")

    quantised = reader.flag("mark of quantised input")
    reader.check(quantised or pruned < 0, "pruned buckets, but a dense input matrix")
    input_ = _matrix(reader, quantised, dimensions, "input matrix")
    expected = words + (pruned if pruned >= 0 else arguments.buckets)
    reader.check(input_.rows == expected, f"input matrix of {input_.rows} rows, the dictionary asks for {expected}")
    quantised_output = reader.flag("mark of quantised output")
    output = _matrix(reader, quantised and quantised_output, dimensions, "output matrix")
    reader.check(output.rows == label_count, f"output matrix of {output.rows} rows for {label_count} labels")
    reader.check(reader.at == len(reader.data), f"{len(reader.data) - reader.at} bytes behind the end of the model")
    return FasttextFile(
        dimensions, words, labels, quantised, arguments, starts, ends, counts, pruned, pruned_start, input_, output
    )


def _entries(reader: _Reader, size: int, words: int) -> tuple[array[int], array[int], tuple[int, ...]]:
    """The dictionary's entries: a NUL-terminated string, its count and its kind; all words come before all labels.

    Where each string starts and ends, and the counts of the labels.
    """
    data, at, starts, ends, counts = reader.data, reader.at, array("q"), array("q"), []
    reader.check(size * 10 <= len(data) - at, f"{size} dictionary entries do not fit into the file")
    unpack = struct.Struct("<qb").unpack_from
    for i in range(size):  # millions of them: no calls that can be avoided
        end = data.find(b"\0", at)
        if end <= at or end + 10 > len(data):
            raise reader.refuse(f"dictionary entry {i} is empty or has no end")
        count, kind = unpack(data, end + 1)
        if count < 0 or kind != (i >= words):
            raise reader.refuse(f"dictionary entry {i} has count {count} and kind {kind}")
        starts.append(at)
        ends.append(end)
        if i >= words:
            counts.append(count)
        reader.at = at = end + 10
    return starts, ends, tuple(counts)


def _matrix(reader: _Reader, quantised: bool, dimensions: int, what: str) -> Matrix:
    """Step over a matrix."""
    norms = quantised and reader.flag(f"mark of norms of the {what}")
    rows, columns = reader.numbers("<2q", what)
    reader.check(
        rows >= 1 and columns == dimensions, f"{what} of {rows} x {columns}, the model has {dimensions} dimensions"
    )
    if not quantised:
        return Matrix(rows, reader.skip(4 * rows * columns, what), None, None, None)
    (codes,) = reader.numbers("<i", what)
    start = reader.skip(codes, f"codes of the {what}")
    quantiser = _quantiser(reader, columns, what)
    reader.check(
        codes == rows * quantiser.parts, f"{what} with {codes} codes for {rows} rows of {quantiser.parts} parts"
    )
    if not norms:
        return Matrix(rows, start, quantiser, None, None)
    norm_start = reader.skip(rows, f"norms of the {what}")
    return Matrix(rows, start, quantiser, norm_start, _quantiser(reader, 1, f"norms of the {what}"))


def _quantiser(reader: _Reader, dimensions: int, what: str) -> Quantiser:
    """Step over a product quantiser of vectors of `dimensions`."""
    found, parts, size, last = reader.numbers("<4i", what)
    fits = size >= 1 and 1 <= last <= size and parts >= 1 and (parts - 1) * size + last == dimensions
    reader.check(found == dimensions and fits, f"{what}: quantiser of {found} = {parts} x {size}, last {last}")
    return Quantiser(reader.skip(4 * dimensions * CENTROIDS, f"centroids of the {what}"), parts, size, last)
