"""Check a fastText model file before fastText reads it.

fastText trusts its input: a file with the right magic number and wrong content makes it hang, take all memory or crash
at the first prediction. So the file is walked first, part by part, to its last byte:

    magic, version, 12 integers and a float of arguments · dictionary: counts, entries, pruned n-gram buckets ·
    input matrix (dense, or quantised) · output matrix (the same)
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpusmill.errors import ModelRefused

MAGIC = 793712314
VERSIONS = (11, 12)
SUPERVISED = 3
CENTROIDS = 256  # of a product quantiser, per part


@dataclass(frozen=True)
class FasttextFile:
    """What a model file says of itself."""

    dimensions: int
    words: int
    labels: tuple[str, ...]
    quantised: bool


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
    try:
        with path.open("rb") as file:
            if path.stat().st_size == 0:
                raise ModelRefused(f"{path}: the file is empty; wanted a supervised fastText model")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _check(_Reader(path, data))
    except OSError as error:
        raise ModelRefused(f"{path}: cannot be read ({error}); wanted a supervised fastText model") from error


def _check(reader: _Reader) -> FasttextFile:
    (magic,) = reader.numbers("<i", "magic number")
    reader.check(magic == MAGIC, f"magic number {magic}, not {MAGIC}")
    (version,) = reader.numbers("<i", "version")
    reader.check(version in VERSIONS, f"version {version}")
    arguments = reader.numbers("<12i", "arguments")
    dimensions, loss, kind, hash_buckets = arguments[0], arguments[6], arguments[7], arguments[8]
    reader.skip(8, "sampling threshold")
    reader.check(kind == SUPERVISED, f"model kind {kind}, not a classifier")
    reader.check(1 <= dimensions <= 1 << 16, f"{dimensions} dimensions")
    reader.check(1 <= loss <= 4, f"loss {loss}")
    reader.check(hash_buckets >= 0, f"{hash_buckets} hash buckets")

    size, words, label_count, tokens, pruned = reader.numbers("<3i2q", "dictionary")
    reader.check(
        words >= 0 and label_count >= 1 and size == words + label_count, f"{words} words, {label_count} labels"
    )
    reader.check(tokens >= 0 and pruned >= -1, f"{tokens} tokens, {pruned} pruned buckets")
    labels = tuple(_entries(reader, size, words)[words:])
    if pruned > 0:
        pairs = np.frombuffer(bytes(reader.data[slice(reader.skip(8 * pruned, "pruned buckets"), reader.at)]), "<i4")
        rows = pairs.reshape(-1, 2)[:, 1]
        reader.check(bool(((rows >= 0) & (rows < pruned)).all()), "a pruned bucket points outside the input matrix")

    quantised = reader.flag("mark of quantised input")
    input_rows = _matrix(reader, quantised, dimensions, "input matrix")
    expected = words + (max(pruned, 0) if pruned >= 0 else hash_buckets)
    reader.check(input_rows == expected, f"input matrix of {input_rows} rows, the dictionary asks for {expected}")
    quantised_output = reader.flag("mark of quantised output")
    output_rows = _matrix(reader, quantised and quantised_output, dimensions, "output matrix")
    reader.check(output_rows == label_count, f"output matrix of {output_rows} rows for {label_count} labels")
    reader.check(reader.at == len(reader.data), f"{len(reader.data) - reader.at} bytes behind the end of the model")
    return FasttextFile(dimensions, words, labels, quantised)


def _entries(reader: _Reader, size: int, words: int) -> list[str]:
    """The dictionary's entries: a NUL-terminated string, its count and its kind; all words come before all labels."""
    data, entries = reader.data, []
    reader.check(size * 10 <= len(data) - reader.at, f"{size} dictionary entries do not fit into the file")
    for i in range(size):
        end = data.find(b"\0", reader.at)
        reader.check(end > reader.at, f"dictionary entry {i} is empty or has no end")
        text = bytes(data[reader.at : end])
        reader.at = end + 1
        count, kind = reader.numbers("<qb", f"dictionary entry {i}")
        reader.check(count >= 0 and kind == (i >= words), f"dictionary entry {i} has count {count} and kind {kind}")
        entries.append(text.decode("utf-8", "replace"))
    return entries


def _matrix(reader: _Reader, quantised: bool, dimensions: int, what: str) -> int:
    """Step over a matrix; its number of rows."""
    norms = quantised and reader.flag(f"mark of norms of the {what}")
    rows, columns = reader.numbers("<2q", what)
    reader.check(
        rows >= 1 and columns == dimensions, f"{what} of {rows} x {columns}, the model has {dimensions} dimensions"
    )
    if not quantised:
        reader.skip(4 * rows * columns, what)
        return rows
    (codes,) = reader.numbers("<i", what)
    reader.skip(codes, f"codes of the {what}")
    parts = _quantiser(reader, columns, what)
    reader.check(codes == rows * parts, f"{what} with {codes} codes for {rows} rows of {parts} parts")
    if norms:
        reader.skip(rows, f"norms of the {what}")
        _quantiser(reader, 1, f"norms of the {what}")
    return rows


def _quantiser(reader: _Reader, dimensions: int, what: str) -> int:
    """Step over a product quantiser of vectors of `dimensions`; its number of parts."""
    found, parts, size, last = reader.numbers("<4i", what)
    fits = size >= 1 and 1 <= last <= size and parts >= 1 and (parts - 1) * size + last == dimensions
    reader.check(found == dimensions and fits, f"{what}: quantiser of {found} = {parts} x {size}, last {last}")
    reader.skip(4 * dimensions * CENTROIDS, f"centroids of the {what}")
    return parts
