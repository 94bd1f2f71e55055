"""Texts to train on: plain files, JSON lines, Parquet, or a run of ours."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, cast

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from corpusmill.errors import InputRefused
from corpusmill.read.lines import BOM
from corpusmill.read.pages import read_pages
from corpusmill.read.parameters import ReadParameters
from corpusmill.read.parquet import column_mistake

_COLUMNS = ("raw_content", "text")
_BATCH_CHARS = 8 << 20
_ZSTD_BYTES = 16 << 10  # decoded at once: they may become a thousand times as much


def text_files(path: Path) -> list[Path]:
    """The files below `path`, sorted by name; of a run, its documents."""
    if path.is_file():
        return [path]
    documents = path / "documents"
    found = (
        sorted(documents.rglob("*.parquet"))
        if documents.is_dir()
        else sorted(p for p in path.rglob("*") if p.is_file())
    )
    if not found:
        raise InputRefused(f"{path} is no file and holds none; wanted text, JSON lines, Parquet or a run folder")
    return found


def texts_of(path: Path, whole_file: bool = False) -> Iterator[str]:
    """The documents in a file; of plain text, each line that is not blank, or the whole file.

    Raises InputRefused where the file, or a part of it, cannot be read: a model is not trained on half of its text.
    """
    name = path.name.lower()
    if name.endswith(".parquet"):
        yield from _of_table(path)
    elif ".json" in name and name.endswith((".xz", ".bz2")):  # the reader of crawls has no use for these
        yield from _of_json_lines(path)
    elif ".json" in name:
        for chunk in read_pages(path, ReadParameters()):
            for loss in chunk.losses:
                raise InputRefused(f"{path}: line {loss.ordinal + 1}: {loss.reason}: {loss.message}")
            yield from (body.decode() for body in chunk.pages["body"].to_pylist())
    else:
        yield from _of_plain_text(path, whole_file)


def text_lines(path: Path) -> Iterator[str]:
    """The lines of a file that are not blank, of any compression, whatever its name says of their format."""
    return _of_plain_text(path, whole_file=False)


def batches_of(texts: Iterable[str]) -> Iterator[pa.Array]:
    """Texts in batches of a few megabytes."""
    waiting: list[str] = []
    size = 0
    for text in texts:
        waiting.append(text)
        size += len(text)
        if size >= _BATCH_CHARS:
            yield pa.array(waiting, pa.large_string())
            waiting, size = [], 0
    if waiting:
        yield pa.array(waiting, pa.large_string())


def _of_plain_text(path: Path, whole_file: bool) -> Iterator[str]:
    try:
        with opened(path) as file:
            if whole_file:
                yield file.read().removeprefix(BOM).decode()
                return
            for number, line in enumerate(file, 1):
                try:
                    text = (line.removeprefix(BOM) if number == 1 else line).decode().rstrip("\r\n")
                except UnicodeDecodeError as error:
                    raise InputRefused(f"{path}: line {number} is not UTF-8 at its byte {error.start}") from None
                if text and not text.isspace():
                    yield text
    except FileNotFoundError:
        raise InputRefused(f"{path} does not exist") from None
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError, UnicodeDecodeError) as error:
        raise InputRefused(f"{path}: cannot be read to its end: {error}") from None


def _of_json_lines(path: Path) -> Iterator[str]:
    for number, line in enumerate(_of_plain_text(path, whole_file=False), 1):
        try:
            fields = orjson.loads(line)
        except ValueError as error:
            raise InputRefused(f"{path}: line {number} (blank ones not counted) is no JSON: {error}") from None
        found = [fields[name] for name in _COLUMNS if name in fields] if isinstance(fields, dict) else []
        if not found or not isinstance(found[0], str):
            raise InputRefused(f"{path}: line {number} (blank ones not counted) has no {' or '.join(_COLUMNS)}")
        if found[0]:
            yield found[0]


def opened(path: Path) -> IO[bytes]:
    """The bytes of a file, plain or .gz, .xz, .bz2, .zst. What is damaged raises the errors of each when read."""
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return cast(IO[bytes], gzip.open(path))
    if suffix == ".xz":
        return lzma.open(path)
    if suffix == ".bz2":
        return bz2.open(path)
    if suffix == ".zst":
        return cast(IO[bytes], io.BufferedReader(_ZstdFile(path)))
    return path.open("rb")


class _ZstdFile(io.RawIOBase):
    """All frames of a file. The package's own reader ends without an error in the middle of a frame that is cut."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._read = self._decoded = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._decoded:
            self._read = self._read or self._file.read(_ZSTD_BYTES)
            if not self._read:
                if self._frame is not None:
                    raise EOFError("the last zstd frame is cut short")
                return 0
            self._frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
            self._decoded = self._frame.decompress(self._read)
            self._read = b""
            if self._frame.eof:
                self._read, self._frame = self._frame.unused_data, None
        given, self._decoded = self._decoded[: len(buffer)], self._decoded[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)

    def close(self) -> None:
        self._file.close()
        super().close()


def _of_table(path: Path) -> Iterator[str]:
    try:
        with pq.ParquetFile(path) as file:
            column = next((name for name in _COLUMNS if name in file.schema_arrow.names), None)
            if column is None:
                raise InputRefused(f"{path} has no column {' or '.join(_COLUMNS)}; it has {file.schema_arrow.names}")
            if mistake := column_mistake(file.schema_arrow, column):
                raise InputRefused(f"{path}: {mistake}")
            for batch in file.iter_batches(columns=[column]):
                yield from (text for text in batch[column].cast(pa.large_string()).to_pylist() if text)
    except (OSError, pa.ArrowException) as error:
        raise InputRefused(f"{path}: {str(error).splitlines()[0]}") from None
