"""Ragged token arrays: the tokens of many documents end to end in one `.npy`, their counts in another.

    <name>.data.npy   1-D int16, uint16 or uint32: all token ids; no separator, no special token, no padding
    <name>.len.npy    1-D int32: tokens of each document, in document order; 0 is possible

Both are plain NumPy files of format version 1.0 (ragged-array specification §1–§3), so that

    data, lengths = np.load("x.data.npy", mmap_mode="r"), np.load("x.len.npy")
    ends = np.cumsum(lengths, dtype=np.int64)          # int32 would overflow above 2^31 tokens
    document = data[ends[i] - lengths[i] : ends[i]]

reads them without this package.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.errors import InputRefused
from corpusmill.files import NO_NPY
from corpusmill.tokenize.flat import FlatIds
from corpusmill.tokenize.ranks import Unencodable
from corpusmill.tokenize.special import AddedIds, token_dtype
from corpusmill.tokenize.tokenizers import Tokenizer

NOTHING = AddedIds()
_HEADER_BYTES = 128  # what NumPy writes for one dimension, with room for any count that fits a file
_DOCUMENTS_PER_CALL = 1024  # handed to the tokenizer at once: bounds memory, leaves room for its threads


class RaggedWriter:
    """Streams documents into a ragged pair; the files are whole only once the `with` block has ended without error.

    Until then their headers say 0 elements, so `RaggedArray` refuses what an interruption leaves behind.

        with RaggedWriter(folder / "x.data.npy", folder / "x.len.npy", token_dtype(32_100)) as writer:
            writer.write([ids_of_first_document, ids_of_second_document])
    """

    def __init__(self, data: Path, lengths: Path, dtype: npt.DTypeLike) -> None:
        self._data_path, self._lengths_path = data, lengths
        self.dtype = np.dtype(dtype)
        self.documents = 0
        self.tokens = 0
        self._data: BinaryIO | None = None
        self._lengths: BinaryIO | None = None

    def __enter__(self) -> Self:
        self._data = _begin(self._data_path, self.dtype)
        try:
            self._lengths = _begin(self._lengths_path, np.dtype("<i4"))
        except BaseException:
            self._data.close()
            raise
        return self

    def write(self, documents: Iterable[npt.NDArray[Any]]) -> None:
        """Append `documents`, each a 1-D array of ids; raises ValueError for an id that the type cannot hold."""
        self.write_flat(FlatIds.of(list(documents)))

    def write_flat(self, documents: FlatIds) -> None:
        """The same of documents that lie end to end."""
        assert self._data is not None and self._lengths is not None, "RaggedWriter is used in a with block"
        ids, lengths = documents
        if lengths.size and lengths.max() >= 2**31:
            raise ValueError("a document of 2^31 tokens or more does not fit the int32 lengths")
        if ids.dtype != self.dtype and ids.size:
            limits = np.iinfo(self.dtype)
            if ids.min() < limits.min or ids.max() > limits.max:
                raise ValueError(f"token ids {ids.min()} to {ids.max()} do not fit {self.dtype}")
        self._data.write(np.ascontiguousarray(ids, self.dtype).data)
        self._lengths.write(lengths.astype("<i4").data)
        self.documents += lengths.size
        self.tokens += ids.size

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._data is not None and self._lengths is not None
        with self._data, self._lengths:
            if kind is None:
                for stream, dtype, count in (
                    (self._data, self.dtype, self.tokens),
                    (self._lengths, np.dtype("<i4"), self.documents),
                ):
                    stream.seek(0)
                    stream.write(npy_header(dtype, count))


class RaggedArray:
    """A ragged pair, memory-mapped: `array[i]` is document i, `len(array)` the number of documents.

    Raises InputRefused, naming the file, where one is missing, truncated, longer than its header says, of another
    shape or type, or where the two do not belong together.
    """

    def __init__(self, data: Path, lengths: Path) -> None:
        self.data = open_npy(data)
        self.lengths = open_npy(lengths)
        if self.lengths.size and self.lengths.min() < 0:
            raise InputRefused(f"{lengths}: a document has {self.lengths.min()} tokens; wanted 0 or more")
        if self.lengths.size and self.lengths.max() > self.data.size:  # before the sum, which would run over
            raise InputRefused(
                f"{lengths}: a document has {self.lengths.max()} tokens, {data} {self.data.size:,} of all: "
                "the two are not of the same run; tokenize again"
            )
        # 64 bits: 32 overflow above 2^31 - 1 tokens in one file
        self.offsets = np.zeros(self.lengths.size + 1, np.int64)
        np.cumsum(self.lengths, dtype=np.int64, out=self.offsets[1:])
        if self.offsets[-1] != self.data.size:
            raise InputRefused(
                f"{data}: holds {self.data.size:,} tokens, but {lengths} counts {self.offsets[-1]:,}: "
                "the two are not of the same run; tokenize again"
            )

    def __len__(self) -> int:
        return int(self.lengths.size)

    def __getitem__(self, document: int) -> npt.NDArray[Any]:
        """Token ids of a document, a read-only view of the file; negative numbers count from the end."""
        if not -len(self) <= document < len(self):
            raise IndexError(f"document {document} of {len(self):,}")
        document %= len(self)
        return self.data[self.offsets[document] : self.offsets[document + 1]]

    def __iter__(self) -> Iterator[npt.NDArray[Any]]:
        return (self[document] for document in range(len(self)))


@dataclass(frozen=True)
class Written:
    """What went into a pair."""

    documents: int
    tokens: int
    unencodable: int = 0  # texts that the tokenizer itself could not encode: documents of no tokens
    text_bytes: int = 0
    by_length: tuple[int, ...] = ()  # documents of 0 tokens, 1, 2 to 3, 4 to 7, and so on by powers of two


def tokenize_texts(
    batches: Iterable[pa.Array], tokenizer: Tokenizer, data: Path, lengths: Path, added: AddedIds = NOTHING
) -> Written:
    """Write the tokens of all texts, in their order, to the pair.

    `batches` are Arrow arrays of strings; a null text is a document of no tokens, so rows and documents stay aligned.
    The split into batches does not change the bytes.
    """
    highest = max(tokenizer.vocabulary_size - 1, added.bos or 0, added.eos or 0)
    dtype = token_dtype(highest + 1)
    unencodable = text_bytes = 0
    by_length = np.zeros(33, np.int64)
    with RaggedWriter(data, lengths, dtype) as writer:
        for batch in batches:
            for start in range(0, len(batch), _DOCUMENTS_PER_CALL):
                part = batch.slice(start, _DOCUMENTS_PER_CALL)
                text_bytes += pc.sum(pc.binary_length(part)).as_py() or 0
                found, lost = _encoded(tokenizer, part.fill_null("") if part.null_count else part)
                unencodable += lost
                written = added.around(FlatIds(found.ids.astype(dtype, copy=False), found.lengths))
                writer.write_flat(written)
                by_length += np.bincount(np.frexp(written.lengths)[1], minlength=33)  # exponents: numbers of bits
    shown = tuple(np.trim_zeros(by_length, "b").tolist())
    return Written(writer.documents, writer.tokens, unencodable, text_bytes, shown)


def _encoded(tokenizer: Tokenizer, texts: pa.Array) -> tuple[FlatIds, int]:
    """Ids of all texts, valid until the next call, and how many of these could not be encoded: they have none."""
    try:
        return tokenizer.encode(texts), 0
    except Unencodable:
        if len(texts) == 1:
            return FlatIds.of([[]], token_dtype(tokenizer.vocabulary_size)), 1
    found = [(flat.copied(), lost) for flat, lost in _one_by_one(tokenizer, texts)]
    ids, lengths = (np.concatenate([flat[place] for flat, _ in found]) for place in (0, 1))
    return FlatIds(ids, lengths), sum(lost for _, lost in found)


def _one_by_one(tokenizer: Tokenizer, texts: pa.Array) -> Iterator[tuple[FlatIds, int]]:
    return (_encoded(tokenizer, texts.slice(place, 1)) for place in range(len(texts)))


def npy_header(dtype: np.dtype[Any], count: int) -> bytes:
    """The 128 bytes that NumPy writes before a 1-D array of `count` elements, format version 1.0.

    Its length does not depend on `count`, so it can be written first as a placeholder and corrected at the end.
    """
    text = f"{{'descr': '{dtype.str}', 'fortran_order': False, 'shape': ({count},), }}"
    return (
        b"\x93NUMPY\x01\x00" + struct.pack("<H", _HEADER_BYTES - 10) + text.ljust(_HEADER_BYTES - 11).encode() + b"\n"
    )


def _begin(path: Path, dtype: np.dtype[Any]) -> BinaryIO:
    stream = path.open("wb", buffering=1 << 20)
    stream.write(npy_header(dtype, 0))
    return stream


def open_npy(path: Path) -> npt.NDArray[Any]:
    """The 1-D integer array in `path`, memory-mapped; raises InputRefused, naming it, where it is not whole."""
    try:
        with path.open("rb") as stream:
            version = np.lib.format.read_magic(stream)
            if version != (1, 0):
                raise InputRefused(f"{path}: npy format version {version[0]}.{version[1]}; wanted 1.0")
            shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
            start = stream.tell()
            found = stream.seek(0, 2) - start
    except OSError as error:
        raise InputRefused(f"{path}: cannot be read: {error.strerror or error}") from error
    except NO_NPY as error:
        raise InputRefused(f"{path}: not a .npy file: {error}") from error
    if len(shape) != 1 or dtype.kind not in "iu":
        raise InputRefused(f"{path}: holds {dtype} of shape {shape}; wanted one dimension of integers")
    wanted = shape[0] * dtype.itemsize
    if found != wanted:
        fault = "truncated or never finished" if found < wanted or shape[0] == 0 else "longer than its header says"
        raise InputRefused(f"{path}: {fault}: {found:,} bytes of data, {wanted:,} wanted; tokenize again")
    if shape[0] == 0:
        return np.empty(0, dtype)  # there is nothing to map
    return np.memmap(path, dtype, "r", start, shape)
