"""Stored verdicts: of all documents as counts, of the chosen ones as bits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.errors import InputRefused
from corpusmill.report.payload.chosen import Chosen
from corpusmill.rules.blame import Blame, blame
from corpusmill.store.tables import has_many_rows, read_table

Bools = npt.NDArray[np.bool_]
Groups = dict[str, tuple[int, int, int, int]]  # documents, kept, characters, characters kept
_BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Verdicts:
    """What one selection says."""

    rules: tuple[str, ...]
    blame: Blame  # of all documents, weighed by characters
    fails: Bools  # [rules, chosen documents]
    keep: Bools  # [chosen documents]
    groups: Groups  # by path of the key
    hosts: Groups


def verdicts(run: Path, name: str, rules: Sequence[str], chosen: Chosen, hosts: Sequence[str]) -> Verdicts | None:
    """The selection `name`; None where it does not cover all keys. `hosts`: those to be counted.

    Raises InputRefused where verdicts are not of these documents.
    """
    known = pa.array(hosts, pa.string())
    total: Blame = blame(rules, np.zeros((len(rules), 0), np.bool_))
    fails, keeps, groups = [], [], {}
    by_host = np.zeros((4, len(hosts)), np.int64)
    for path, size, rows in zip(chosen.paths, chosen.sizes, chosen.rows, strict=True):
        table = run / "selections" / name / f"{path}.selection.parquet"
        if not table.is_file():
            return None
        lengths, domains = _lengths(run, path, size)
        bits = np.zeros((len(rules), size), np.bool_)
        keep = np.zeros(size, np.bool_)
        for start, batch in _batches(table, size):
            stop = start + batch.num_rows
            bits[:, start:stop] = _bits(batch["failed"], rules)
            keep[start:stop] = batch["keep"].to_numpy(zero_copy_only=False)
        total += blame(rules, bits, lengths.astype(np.float64))
        counted = (size, int(keep.sum()), int(lengths.sum()), int(lengths[keep].sum()))
        groups[path] = counted
        place = pc.index_in(domains, known)
        has = place.is_valid().to_numpy(zero_copy_only=False)
        at = place.fill_null(0).to_numpy(zero_copy_only=False)
        for row, weight in enumerate((has, has & keep, has * lengths, (has & keep) * lengths)):
            by_host[row] += np.bincount(at, weight, minlength=len(hosts))[: len(hosts)].astype(np.int64)
        fails.append(bits[:, rows])
        keeps.append(keep[rows])
    if not groups:
        return None
    counts = {host: (a, b, c, d) for host, (a, b, c, d) in zip(hosts, by_host.T.tolist(), strict=True)}
    return Verdicts(tuple(rules), total, np.concatenate(fails, axis=1), np.concatenate(keeps), groups, counts)


def _batches(table: Path, size: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    start = 0
    with pq.ParquetFile(table) as file:
        if file.metadata.num_rows != size:
            raise InputRefused(f"{table}: {file.metadata.num_rows:,} verdicts for {size:,} documents")
        for batch in file.iter_batches(_BATCH_ROWS, columns=["keep", "failed"], use_threads=has_many_rows(file)):
            yield start, batch
            start += batch.num_rows


def _bits(failed: pa.Array, rules: Sequence[str]) -> Bools:
    """[rules, documents] of one batch of lists of failing rules; a rule of another name is not counted."""
    found = np.zeros((len(rules), len(failed)), np.bool_)
    owner = pc.list_parent_indices(failed).to_numpy(zero_copy_only=False)
    place = pc.index_in(failed.flatten().field("rule"), pa.array(rules, pa.string()))
    valid = place.is_valid().to_numpy(zero_copy_only=False)
    found[place.drop_null().to_numpy(zero_copy_only=False), owner[valid]] = True
    return found


def _lengths(run: Path, path: str, size: int) -> tuple[npt.NDArray[np.int64], Any]:
    """Characters and host of each document of a key; zeros and nulls where its table is not there."""
    table = run / "documents" / f"{path}.parquet"
    if not table.is_file():
        return np.zeros(size, np.int64), pa.nulls(size, pa.string())
    found = read_table(table, columns=["length", "source_domain"]).combine_chunks()
    lengths = found["length"].fill_null(0).to_numpy()
    return np.asarray(lengths, np.int64), found["source_domain"].combine_chunks()
