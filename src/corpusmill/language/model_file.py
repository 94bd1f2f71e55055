"""Whether a file is a whole fastText classifier, found out before fastText opens it.

fastText trusts the counts in its file: random or shortened content makes it loop for ever or read foreign memory. Here
every count is followed to the end of the file, which must be where the last matrix ends.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

import numpy as np

from corpusmill.errors import ModelRefused

MAGIC, VERSIONS = 793712314, (11, 12)
SUPERVISED = 3

_ARGUMENTS = struct.Struct("<12id")
_DICTIONARY = struct.Struct("<iiiqq")
_DENSE = struct.Struct("<qq")
_QUANTISED = struct.Struct("<?qqi")
_PRODUCT_QUANTISER = struct.Struct("<4i")


class _Broken(Exception):
    pass


class _Reader:
    """A position in the file that never passes its end."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data, self.position = data, 0

    def unpack(self, layout: struct.Struct) -> tuple[int, ...]:
        start = self.skip(layout.size)
        return layout.unpack_from(self.data, start)

    def skip(self, size: int) -> int:
        start = self.position
        if size < 0 or start + size > len(self.data):
            raise _Broken(f"it ends at byte {len(self.data)}, but {size} bytes more were announced at byte {start}")
        self.position += size
        return start

    def flag(self) -> bool:
        value = self.data[self.skip(1)]
        _demand(value < 2, f"byte {self.position - 1} is {value} where a yes or no is wanted")
        return value == 1


def check_model(path: Path) -> None:
    """Raise ModelRefused where `path` is not a complete, consistent fastText classifier."""
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            _check(_Reader(data))
    except (_Broken, ValueError, struct.error) as error:  # ValueError: an empty file
        raise ModelRefused(f"{path} is not a usable fastText model: {error}") from None
    except OSError as error:
        raise ModelRefused(f"{path} cannot be read: {error}") from error


def _check(reader: _Reader) -> None:
    magic, version = reader.unpack(struct.Struct("<ii"))
    _demand(magic == MAGIC, f"it begins with the number {magic}, wanted {MAGIC}")
    _demand(version in VERSIONS, f"format version {version}, wanted 11 or 12")
    dimension, _, _, _, _, word_ngrams, loss, kind, bucket, shortest, longest, _, _ = reader.unpack(_ARGUMENTS)
    _demand(kind == SUPERVISED, "it is a model of word vectors, not a classifier")
    _demand(0 < dimension <= 1 << 16 and 1 <= loss <= 4 and bucket >= 0, "its parameters make no sense")
    _demand(shortest >= 0 and 0 <= longest < 256 and 0 < word_ngrams < 256, "its n-gram lengths make no sense")
    words, labels, pruned = _check_dictionary(reader)
    quantised = reader.flag()
    rows = _check_matrix(reader, dimension, quantised)
    if pruned is None:
        _demand(
            rows >= words + (bucket if longest or word_ngrams > 1 else 0), f"{rows} input vectors for {words} words"
        )
    else:
        _demand(quantised and bool((pruned >= 0).all()), "pruned, but not quantised")
        _demand(rows > words + int(pruned.max(initial=-1)), "a pruned n-gram has no vector")
    outputs = _check_matrix(reader, dimension, reader.flag() and quantised)
    _demand(outputs == labels, f"{outputs} output vectors for {labels} labels")
    _demand(reader.position == len(reader.data), f"{len(reader.data) - reader.position} bytes follow its end")


def _check_dictionary(reader: _Reader) -> tuple[int, int, np.ndarray | None]:
    """Number of words and of labels, and the rows of pruned n-grams (None: not pruned)."""
    entries, words, labels, _, pruned = reader.unpack(_DICTIONARY)
    _demand(
        entries == words + labels and words >= 0 and labels > 0, f"{entries} entries for {words} words, {labels} labels"
    )
    for entry in range(entries):
        end = reader.data.find(b"\0", reader.position, reader.position + 65536)
        _demand(end >= 0, f"entry {entry} of the dictionary has no end")
        reader.position = end + 1
        kind = reader.data[reader.skip(9) + 8]
        _demand(kind == (entry >= words), f"entry {entry} of the dictionary is neither word nor label")
    if pruned <= 0:
        return words, labels, None if pruned < 0 else np.zeros(0, np.int32)
    start = reader.skip(8 * pruned)
    return words, labels, np.frombuffer(reader.data[start : reader.position], np.int32)[1::2]


def _check_matrix(reader: _Reader, dimension: int, quantised: bool) -> int:
    """Number of rows."""
    if not quantised:
        rows, columns = reader.unpack(_DENSE)
        _demand(rows >= 0 and columns == dimension, f"a matrix of {columns} columns, wanted {dimension}")
        reader.skip(4 * rows * columns)
        return rows
    with_norms, rows, columns, codes = reader.unpack(_QUANTISED)
    _demand(rows >= 0 and columns == dimension, f"a matrix of {columns} columns, wanted {dimension}")
    reader.skip(codes)
    parts = _check_quantiser(reader, dimension)
    _demand(codes == rows * parts, f"{codes} codes for {rows} rows of {parts} parts")
    if with_norms:
        reader.skip(rows)
        _check_quantiser(reader, 1)
    return rows


def _check_quantiser(reader: _Reader, dimension: int) -> int:
    """Number of parts of a row."""
    found, parts, width, last = reader.unpack(_PRODUCT_QUANTISER)
    sound = found == dimension and parts > 0 and width > 0 and 0 < last <= width
    _demand(sound and (parts - 1) * width + last == dimension, "a quantiser that does not fit its matrix")
    reader.skip(4 * 256 * dimension)
    return parts


def _demand(condition: bool, message: str) -> None:
    if not condition:
        raise _Broken(message)
