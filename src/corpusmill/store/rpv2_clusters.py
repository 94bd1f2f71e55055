"""Export of MinHash clusters as RedPajama-V2 publishes them (§13): `clusters/sim<t>/<key>.clusters.parquet`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.keys import Key, id_int
from corpusmill.store import layout
from corpusmill.store.commit import Attempt

SCHEMA = pa.schema(
    [("id", pa.large_string()), ("id_int", pa.uint64()), ("cluster_id", pa.uint64()), ("shard_id", pa.large_string())]
)


def export_clusters(root: Path, out: Path, described: dict[str, Any], keys: list[Key]) -> None:
    """Of each one by RedPajama-V2's signatures in the manifest `described`; keys without a cluster get no file.

    A cluster is named by the least `id_int` of its documents, compared as unsigned. Memory: the names of all clusters.
    """
    for name, found in described["duplicates"].items():
        if found.get("scheme") == "redpajama2" and found["verify"] is None:
            compared = [key for key in keys if layout.clusters(name, key) in described["outputs"]]
            _export(root, out, name, found["similarity"], compared)


def _export(root: Path, out: Path, name: str, similarity: float, keys: list[Key]) -> None:
    least: dict[str, int] = {}
    for key in keys:
        for doc_id, cluster in _rows(root / layout.clusters(name, key)):
            number = id_int(doc_id) % 2**64
            least[cluster] = min(number, least.get(cluster, number))
    for key in keys:
        rows = list(_rows(root / layout.clusters(name, key)))
        if rows:
            columns = [
                [doc_id for doc_id, _ in rows],
                [id_int(doc_id) % 2**64 for doc_id, _ in rows],
                [least[cluster] for _, cluster in rows],
                [key.source] * len(rows),
            ]
            arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
            with Attempt(out) as attempt:
                path = attempt.path(f"clusters/sim{similarity}/{key.path}.clusters.parquet")
                pq.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA), path)
                attempt.commit()


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    table = pq.read_table(path, columns=["doc_id", "cluster"])
    yield from zip(table["doc_id"].to_pylist(), table["cluster"].to_pylist(), strict=True)
