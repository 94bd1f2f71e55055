"""What deduplication reads of the tables of one key: keys to compare by, ranks, ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.dedupe.exact import EXACT_KEYS, key_rows
from corpusmill.dedupe.lsh import Shard, write_shards
from corpusmill.dedupe.minhash import Bands
from corpusmill.dedupe.shuffle import ShuffleWriter

_BATCH_ROWS = 4096

Flags = npt.NDArray[np.bool_]
Ranks = npt.NDArray[np.float64]


def rows_of(path: Path) -> int:
    return int(pq.read_metadata(path).num_rows)


def write_exact(writer: ShuffleWriter, path: Path, name: str, begin: int, compared: Flags) -> None:
    """The key `name` of each document of a table, numbered from `begin`; marks in `compared` those that have it."""
    number = begin
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_BATCH_ROWS, columns=list(EXACT_KEYS[name][0])):
            rows = key_rows(name, batch, number)
            compared[rows[:, 2].astype(np.int64) - begin] = True
            writer.append(rows)
            number += batch.num_rows


def write_bands(writer: ShuffleWriter, path: Path, cut: Bands, begin: int, compared: Flags) -> None:
    """The bands of each signature of a table, numbered from `begin`; marks in `compared` those that are not null."""

    def signatures() -> Iterator[pa.Array]:
        at = 0
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH_ROWS, columns=["signature"]):
                compared[at : at + batch.num_rows] = batch["signature"].is_valid().to_numpy(zero_copy_only=False)
                at += batch.num_rows
                yield batch["signature"]

    write_shards(writer, [Shard(len(compared), signatures())], cut, begin)


def ids(path: Path) -> npt.NDArray[np.object_]:
    return np.array(pq.read_table(path, columns=["doc_id"])["doc_id"].to_pylist(), object)


def _order_alone(path: Path) -> Ranks:
    return np.zeros(rows_of(path))


def _seconds_downloaded(path: Path) -> Ranks:
    """Seconds since 1970 of `date_download`, which is RFC 3339; NaN where it is not."""
    dates = pq.read_table(path, columns=["date_download"])["date_download"].to_pylist()
    return np.array([_seconds(date) for date in dates])


def _seconds(date: str | None) -> float:
    try:
        found = datetime.fromisoformat((date or "").replace("Z", "+00:00"))
    except ValueError:
        return float("nan")
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _chars(path: Path) -> Ranks:
    texts = pq.read_table(path, columns=["raw_content"])["raw_content"]
    return np.asarray(pc.utf8_length(texts).fill_null(0).to_numpy(), np.float64)


# Policy → what is greatest of the document that stays (dedupe/survivors.py).
RANKS: dict[str, Callable[[Path], Ranks]] = {
    "first": _order_alone,
    "newest": _seconds_downloaded,
    "longest": _chars,
}
