"""Which documents are shown: those with the least hashes of their ids, so that a choice depends on the ids alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.errors import InputRefused
from corpusmill.keys import id_int
from corpusmill.report.sample import parquet_files
from corpusmill.schema import numbers_of
from corpusmill.store.tables import has_many_rows

MOST_DOCUMENTS = 50_000
_BATCH_ROWS = 65_536

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Chosen:
    """Rows of each measured file, ascending; and the rank of each by hash, 0 for the least."""

    paths: tuple[str, ...]  # of the keys, as "2024-22/0000/en_all", of all measured files
    sizes: tuple[int, ...]  # documents of each
    rows: tuple[Rows, ...]
    ranks: Rows  # one a chosen document, over the files in their order

    @property
    def documents(self) -> int:
        return sum(self.sizes)

    @property
    def size(self) -> int:
        return len(self.ranks)


def choose(run: Path, most: int = MOST_DOCUMENTS) -> Chosen:
    """At most `most` of the measured documents. Raises InputRefused where a table is not one."""
    hashes, files, rows = (np.zeros(0, np.int64) for _ in range(3))
    paths: list[str] = []
    sizes: list[int] = []
    for path in parquet_files(run, "quality_signals"):
        try:
            found = _hashes(path)
        except (OSError, pa.ArrowInvalid) as error:
            raise InputRefused(f"{path}: not a Parquet table: {error}") from error
        hashes = np.concatenate([hashes, found])
        files = np.concatenate([files, np.full(len(found), len(paths))])
        rows = np.concatenate([rows, np.arange(len(found))])
        paths.append(path.relative_to(run / "quality_signals").as_posix().removesuffix(".signals.parquet"))
        sizes.append(len(found))
        if len(hashes) > most:
            stays = np.sort(np.lexsort((rows, files, hashes))[:most])
            hashes, files, rows = hashes[stays], files[stays], rows[stays]
    ranks = np.empty(len(hashes), np.int64)
    ranks[np.lexsort((rows, files, hashes))] = np.arange(len(hashes))
    return Chosen(tuple(paths), tuple(sizes), tuple(rows[files == number] for number in range(len(paths))), ranks)


def _hashes(path: Path) -> Rows:
    """The stored hash of each id, or that of ids without one."""
    with pq.ParquetFile(path) as file:
        if "id_int" in file.schema_arrow.names:
            return np.asarray(file.read(["id_int"])["id_int"].to_numpy(), np.int64)
        ids = file.read(["doc_id"])["doc_id"].to_pylist()
    return np.array([id_int(doc_id) for doc_id in ids], np.int64)


def taken(path: Path, columns: list[str], rows: Rows) -> dict[str, pa.Array]:
    """Some `rows` of the `columns` that the table has; {} where there is no table."""
    if not path.is_file():
        return {}
    with pq.ParquetFile(path) as file:
        return taken_of(file, columns, rows)


def taken_of(file: Any, columns: list[str], rows: Rows) -> dict[str, pa.Array]:
    """The same of an open table."""
    stored = set(file.schema_arrow.names)
    present = [name for name in columns if name in stored]
    threads = has_many_rows(file)
    if len(rows) == file.metadata.num_rows:
        all_rows = file.read(present, use_threads=threads)
        return {name: _one(all_rows[name]) for name in present}
    parts, start = [], 0
    for group in range(file.metadata.num_row_groups):
        end = start + file.metadata.row_group(group).num_rows
        if np.searchsorted(rows, start) == np.searchsorted(rows, end):
            start = end  # nothing of it is wanted, so its texts are not read
            continue
        for batch in file.iter_batches(_BATCH_ROWS, row_groups=[group], columns=present, use_threads=threads):
            first, last = np.searchsorted(rows, [start, start + batch.num_rows])
            whole = last - first == batch.num_rows
            parts.append(batch if whole else batch.take(numbers_of(rows[first:last] - start)))
            start += batch.num_rows
    empty = pa.schema([file.schema_arrow.field(name) for name in present])
    table: Any = pa.Table.from_batches(parts, None if parts else empty)
    return {name: _one(table[name]) for name in present}


def _one(column: pa.ChunkedArray) -> pa.Array:
    found = column.combine_chunks()
    return found if isinstance(found, pa.Array) else pa.concat_arrays(found.chunks)
