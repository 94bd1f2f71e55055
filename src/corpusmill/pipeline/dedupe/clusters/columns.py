"""What deduplication reads of the tables of one key: keys to compare by, ranks, texts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.dedupe import fineweb
from corpusmill.dedupe.exact import EXACT_KEYS, key_rows
from corpusmill.dedupe.lsh import Shard, write_shards
from corpusmill.dedupe.minhash import Bands
from corpusmill.dedupe.shingles import shingles, signatures
from corpusmill.dedupe.shuffle import ShuffleWriter
from corpusmill.dedupe.survivors import HIGHEST
from corpusmill.errors import RunRefused
from corpusmill.keys import Key
from corpusmill.pipeline.dedupe.clusters.parameters import DedupeParameters
from corpusmill.store import layout
from corpusmill.store.tables import read_table

_BATCH_ROWS = 1024

Flags = npt.NDArray[np.bool_]
Ranks = npt.NDArray[np.float64]


def write_keys(
    writer: ShuffleWriter, root: Path, key: Key, parameters: DedupeParameters, first: int, count: int
) -> int:
    """The keys of each of `count` documents, numbered from `first`; returns how many have none."""
    among = _among(root, key, parameters, count)
    if parameters.signature is None:
        return _write_exact(writer, root / layout.documents(key), parameters.key, first, among)
    compared = np.zeros(count, np.bool_)
    made = _stored(root, key) if parameters.signature == "stored" else _made(root, key, parameters, among)
    try:
        write_shards(writer, [Shard(count, _noted(_without(made, among), compared))], parameters.cut, first)
    except ValueError as error:
        raise RunRefused(f"{root / layout.minhash(key)}: {error}; see which file is damaged with: check") from error
    return int((~compared).sum())


def _among(root: Path, key: Key, parameters: DedupeParameters, count: int) -> Flags:
    """Which documents are compared: all, or what a selection keeps."""
    if parameters.among is None:
        return np.ones(count, np.bool_)
    with pq.ParquetFile(root / layout.selection(parameters.among, key)) as file:
        return np.asarray(file.read(["keep"])["keep"].to_numpy(), np.bool_)


def _write_exact(writer: ShuffleWriter, path: Path, name: str, first: int, among: Flags) -> int:
    number, found = first, 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_BATCH_ROWS, columns=list(EXACT_KEYS[name][0])):
            rows = key_rows(name, batch, number)
            rows = rows[among[rows[:, -1].astype(np.int64) - first]]
            writer.append(rows)
            found += len(rows)
            number += batch.num_rows
    return len(among) - found


def _without(made: Iterator[pa.Array], among: Flags) -> Iterator[pa.Array]:
    """The same; null where a document is not compared."""
    at = 0
    for batch in made:
        chosen = pa.array(among[at : at + len(batch)])
        yield pc.if_else(chosen, batch, pa.scalar(None, batch.type))
        at += len(batch)


def _stored(root: Path, key: Key) -> Iterator[pa.Array]:
    with pq.ParquetFile(root / layout.minhash(key)) as file:
        for batch in file.iter_batches(_BATCH_ROWS, columns=["signature"]):
            yield batch["signature"]


def _made(root: Path, key: Key, parameters: DedupeParameters, among: Flags) -> Iterator[pa.Array]:
    cut: Bands = parameters.cut
    nothing = pa.scalar("", pa.large_string())
    at = 0
    with pq.ParquetFile(root / layout.documents(key)) as file:
        for batch in file.iter_batches(_BATCH_ROWS, columns=["raw_content"]):
            chosen = pa.array(among[at : at + batch.num_rows])
            texts = pc.if_else(chosen, batch["raw_content"], nothing)  # there is nothing to do for the others
            at += batch.num_rows
            if parameters.signature == "fineweb":
                yield fineweb.signatures(fineweb.shingles(fineweb.words(texts), parameters.shingle_hash))
            else:
                yield signatures(shingles(texts, parameters.shingle_units), cut.bands * cut.rows)


def _noted(made: Iterator[pa.Array], compared: Flags) -> Iterator[pa.Array]:
    """The same; marks in `compared` those that are not null."""
    at = 0
    for batch in made:
        compared[at : at + len(batch)] = batch.is_valid().to_numpy(zero_copy_only=False)
        at += len(batch)
        yield batch


def documents(root: Path, key: Key, rows: npt.NDArray[np.int64], columns: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    """Columns of the documents at ascending `rows`; row groups without any of these are not read."""
    begin = 0
    with pq.ParquetFile(root / layout.documents(key)) as file:
        for group in range(file.num_row_groups):
            end = begin + file.metadata.row_group(group).num_rows
            if np.searchsorted(rows, begin) < np.searchsorted(rows, end):
                for batch in file.iter_batches(_BATCH_ROWS, row_groups=[group], columns=list(columns)):
                    wanted = rows[slice(*np.searchsorted(rows, [begin, begin + batch.num_rows]))] - begin
                    if len(wanted):
                        yield batch.take(pa.array(wanted))
                    begin += batch.num_rows
            begin = end


def doc_ids(root: Path, key: Key) -> pa.Array:
    return read_table(root / layout.documents(key), columns=["doc_id"])["doc_id"].combine_chunks().cast(pa.string())


def ranks(root: Path, key: Key, policy: str, rows: npt.NDArray[np.int64]) -> Ranks:
    """Of the documents at `rows`: the greatest of a cluster stays, NaN least (dedupe/survivors.py)."""
    if policy == "first":
        return np.zeros(len(rows))
    return _ranks(root, key, policy)[rows]


def _ranks(root: Path, key: Key, policy: str) -> Ranks:
    path = root / layout.documents(key)
    if policy == "newest":
        dates = read_table(path, columns=["date_download"])["date_download"].to_pylist()
        return np.array([_seconds(date) for date in dates], np.float64)
    if policy == "longest":
        lengths = pc.utf8_length(read_table(path, columns=["raw_content"])["raw_content"])
        return np.asarray(lengths.fill_null(0).to_numpy(), np.float64)
    if policy.startswith(HIGHEST):
        return _measured(root, key, policy.removeprefix(HIGHEST))
    raise ValueError(f"no policy {policy!r}")


def _seconds(date: str | None) -> float:
    """Since 1970, of a date as in RFC 3339; NaN where it is none."""
    try:
        found = datetime.fromisoformat((date or "").replace("Z", "+00:00"))
    except ValueError:
        return float("nan")
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _measured(root: Path, key: Key, column: str) -> Ranks:
    """A signal, or a column of scores."""
    path, name = root / layout.scores(column, key), "score"
    if not path.exists():
        path, name = root / layout.quality_signals(key), column
    values = read_table(path, columns=[name])[name].cast(pa.float64())
    return np.asarray(values.fill_null(float("nan")).to_numpy(), np.float64)


def refuse_missing(root: Path, keys: list[Key], policy: str) -> None:
    """Raises RunRefused where documents have not got the column that decides which of them stays."""
    column = policy.removeprefix(HIGHEST)
    if policy.startswith(HIGHEST):
        for key in keys:
            signals = root / layout.quality_signals(key)
            if (root / layout.scores(column, key)).exists():
                continue
            schema = pq.read_schema(signals) if signals.exists() else pa.schema([])
            if column not in schema.names:
                raise RunRefused(f"{key.path} has no signal or score {column!r}, which decides what stays; see --keep")
            if not (pa.types.is_integer(kind := schema.field(column).type) or pa.types.is_floating(kind)):
                raise RunRefused(f"{column!r} is no number but {kind}; wanted a signal of the document for --keep")
