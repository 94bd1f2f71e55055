"""Shuffle files: rows grouped by partition, written once with a bounded buffer, read one partition at a time.

A row is a few uint64; its partition is its first value // width. A full buffer is grouped and appended as one *run*, so
a writer needs neither a file nor a buffer per partition. The file ends with the number of rows of each partition in
each run. It appears under its name when it is complete, or not at all; flushing it to disk is left to whoever keeps it
beyond the process, as a commit does.

    rows of run 0, partition 0 | … partition P-1 | rows of run 1, partition 0 | … | counts int64[runs, P] | footer

All numbers are little-endian; the footer is runs, P, values a row, and a magic number.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from corpusmill.errors import EnvironmentFault
from corpusmill.files import temporary_of

Rows = npt.NDArray[np.uint64]  # [rows, values]

VALUE_BYTES = 8
MAGIC = int.from_bytes(b"shuffle1", "little")
FOOTER_BYTES = 4 * VALUE_BYTES


class ShuffleWriter:
    """Writes one shuffle file; it holds two buffers of `buffer_rows` rows.

    >>> import tempfile; path = Path(tempfile.mkdtemp()) / "rows"
    >>> with ShuffleWriter(path, partitions=2, width=10, values=2, buffer_rows=2) as writer:
    ...     writer.append(np.array([[12, 1], [3, 2], [4, 3]], np.uint64))
    >>> [rows.tolist() for rows in read_partition([ShuffleFile(path)], 0)]
    [[[3, 2], [4, 3]]]
    """

    def __init__(self, path: Path, partitions: int, width: int, values: int, buffer_rows: int) -> None:
        if min(partitions, width, values, buffer_rows) < 1:
            raise ValueError(f"wanted counts from 1: {partitions=} {width=} {values=} {buffer_rows=}")
        self.path, self.width = path, np.uint64(min(width, 2**64 - 1))
        self._buffer: Rows = np.empty((buffer_rows, values), np.uint64)  # untouched pages take no memory
        self._grouped: Rows = np.empty((buffer_rows, values), np.uint64)
        self._filled = 0
        self._counts = np.empty(partitions, np.int64)
        self._runs: list[bytes] = []

    def __enter__(self) -> ShuffleWriter:
        self._file = temporary_of(self.path).open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._file.close()
            temporary_of(self.path).unlink(missing_ok=True)
            self._buffer = self._grouped = self._buffer[:0].copy()  # a writer may outlive its use

    def room(self, rows: int) -> Rows:
        """The free part of the buffer, with place for at least `rows`; tell `advance` how many were filled in."""
        if rows > len(self._buffer):
            raise ValueError(f"the buffer has {len(self._buffer)} rows, wanted room for {rows}")
        if self._filled + rows > len(self._buffer):
            self._spill()
        return self._buffer[self._filled :]

    def advance(self, rows: int) -> None:
        self._filled += rows

    def append(self, rows: Rows) -> None:
        """Any number of rows."""
        at = 0
        while at < len(rows):
            room = self.room(1)
            taken = min(len(room), len(rows) - at)
            room[:taken] = rows[at : at + taken]
            self.advance(taken)
            at += taken

    def _spill(self) -> None:
        from corpusmill.kernels.duplicates.row_tables import group_rows

        if not self._filled:
            return
        grouped = self._grouped[: self._filled]
        group_rows(self._buffer[: self._filled], self.width, self._counts, grouped)
        self._file.write(grouped.data)
        self._runs.append(self._counts.tobytes())
        self._filled = 0

    def _finish(self) -> None:
        self._spill()
        footer = np.array([len(self._runs), len(self._counts), self._buffer.shape[1], MAGIC], "<u8")
        self._file.writelines([*self._runs, footer.tobytes()])
        self._file.close()
        temporary_of(self.path).replace(self.path)


class ShuffleFile:
    """What stands where in a shuffle file; raises EnvironmentFault where it is not whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - FOOTER_BYTES))
            footer = np.frombuffer(file.read(FOOTER_BYTES).ljust(FOOTER_BYTES, b"\0"), "<u8").tolist()
            runs, self.partitions, self.values, magic = footer
            index_bytes = runs * self.partitions * VALUE_BYTES
            data_bytes = size - FOOTER_BYTES - index_bytes
            if magic != MAGIC or data_bytes < 0:
                raise EnvironmentFault(f"{path} ends with no footer of a shuffle file; delete it and run again")
            file.seek(data_bytes)
            counts = np.frombuffer(file.read(index_bytes), "<i8")
        self._bounds = np.zeros(len(counts) + 1, np.int64)  # in rows: each partition of each run, one after another
        np.cumsum(counts, out=self._bounds[1:])
        rows = int(self._bounds[-1])
        if rows * self.values * VALUE_BYTES != data_bytes:
            raise EnvironmentFault(
                f"{path} has {data_bytes} bytes of rows, its footer says {rows} rows of {self.values} values; "
                "delete it and run again"
            )

    def rows(self, partition: int) -> int:
        return sum(end - begin for begin, end in self._of(partition))

    def places(self, partition: int) -> Iterator[tuple[int, int]]:
        """(byte offset, bytes) of the partition's part of each run that has any."""
        row_bytes = self.values * VALUE_BYTES
        for begin, end in self._of(partition):
            if begin < end:
                yield begin * row_bytes, (end - begin) * row_bytes

    def _of(self, partition: int) -> Iterator[tuple[int, int]]:
        if not 0 <= partition < self.partitions:
            raise IndexError(f"{self.path} has {self.partitions} partitions, asked for number {partition}")
        begins, ends = self._bounds[:-1][partition :: self.partitions], self._bounds[1:][partition :: self.partitions]
        yield from zip(begins.tolist(), ends.tolist(), strict=True)


CHUNK_ROWS = 1 << 16


def read_partition(files: Sequence[ShuffleFile], partition: int, chunk_rows: int = CHUNK_ROWS) -> Iterator[Rows]:
    """The partition's rows in the order of files and runs, at most `chunk_rows` at a time.

    Chunks are views of one buffer: each is overwritten by the next.
    """
    if not files:
        return
    chunk = np.empty((chunk_rows, files[0].values), np.uint64)
    target = chunk.data.cast("B")
    filled = 0
    for file in files:
        with file.path.open("rb", buffering=0) as source:
            for offset, left in file.places(partition):
                source.seek(offset)
                while left:
                    read = source.readinto(target[filled : filled + min(left, len(target) - filled)])
                    if not read:
                        raise EnvironmentFault(f"{file.path} was cut short while it was read; delete it and run again")
                    filled, left = filled + read, left - read
                    if filled == len(target):
                        yield chunk
                        filled = 0
    if filled:
        yield chunk[: filled // (VALUE_BYTES * chunk.shape[1])]
