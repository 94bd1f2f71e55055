"""Parquet as we write it: zstd-3, page index, page checksums, row groups by bytes, the schema given, never inferred."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.schema import SCHEMA_VERSION

# Hub viewers want 100 MB row groups, scans of a few columns want fewer rows; 64 MiB serves both.
ROW_GROUP_BYTES = 64 << 20
# Columns of few values. All others are smaller, and written faster, without a dictionary: zstd finds what repeats.
REPEATING = ("language", "bucket", "charset", "source_domain", "warc_file", "cc_segment", "fate", "stage", "reason")


class TableWriter:
    """Collects batches of one schema and writes a row group whenever ROW_GROUP_BYTES are there.

    Row groups depend on the data alone, so the file's bytes do too. A writer that gets no row writes an empty table.
    """

    def __init__(self, path: Path, schema: pa.Schema, metadata: dict[str, str] | None = None) -> None:
        described = {"corpusmill.schema_version": str(SCHEMA_VERSION), **(metadata or {})}
        self.schema = schema.with_metadata(described)
        self.rows = 0
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_bytes = 0
        self._file = pq.ParquetWriter(
            path,
            self.schema,
            compression="zstd",
            compression_level=3,
            use_dictionary=[name for name in REPEATING if name in schema.names],
            write_page_index=True,
            write_page_checksum=True,
        )

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._abandon()

    def write(self, batch: pa.RecordBatch) -> None:
        if batch.num_rows == 0:
            return
        self.rows += batch.num_rows
        self._waiting.append(batch.cast(self.schema))
        self._waiting_bytes += batch.nbytes
        if self._waiting_bytes >= ROW_GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        try:
            self._flush()
            self._file.close()
        except BaseException:
            self._abandon()
            raise

    def _abandon(self) -> None:
        """Nobody will read the file. Closed here, since Python would write a traceback where it cannot be later."""
        if self._file.is_open:
            with contextlib.suppress(OSError, pa.ArrowException):
                self._file.close()
            self._file.is_open = False

    def __del__(self) -> None:
        if hasattr(self, "_file"):  # one of several tables, of which another could not be closed
            self._abandon()

    def _flush(self) -> None:
        if self._waiting:
            table = pa.Table.from_batches(self._waiting, self.schema)
            self._file.write_table(table, row_group_size=table.num_rows)
            self._waiting, self._waiting_bytes = [], 0


def write_table(path: Path, batch: pa.RecordBatch, metadata: dict[str, str] | None = None) -> None:
    """One batch as one file."""
    with TableWriter(path, batch.schema, metadata) as writer:
        writer.write(batch)


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """A whole file, or these columns of it.

    `pq.read_table` would load pyarrow.dataset first, which takes longer than most of our tables.
    """
    with pq.ParquetFile(path) as file:
        return file.read(None if columns is None else list(columns), use_threads=has_many_rows(file))


def has_many_rows(file: pq.ParquetFile) -> bool:
    """Whether threads are worth what they cost to start and to wait for."""
    return bool(file.metadata.num_rows > 100_000)
