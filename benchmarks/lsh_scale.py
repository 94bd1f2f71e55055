"""Clusters from MinHash signatures at scale: corpusmill against DuckDB's group and join, each in a process of its own.

usage: lsh_scale.py [--memory GIB] [--duckdb-memory GIB] [--no-duckdb] [--folder FOLDER] DOCUMENTS…   (1000000 10000000)

Signatures are made up, 9 bands of 13 values (similarity 0.8). Their skew: one document in a hundred is the same page
(an error page, a consent wall), four in ten are near copies of a template, whose sizes follow a power law, and of a
near copy's bands each is intact with a probability of its own; the rest is unique.

Ours runs from signatures to clusters: keys, key file, hash tables, union–find; the seconds in which signatures are made
up, between its own, are not counted. DuckDB starts from a Parquet file of (document, band, 64-bit key), whose making is
not counted; its pairs go to the same union–find. Neither's start is counted; peak memory is of the whole process.
Prints Markdown; exits with 1 where the clusters differ.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import numba
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.dedupe.components import Clusters, components
from corpusmill.dedupe.lsh import Shard, clusters
from corpusmill.dedupe.minhash import SIMILARITY_BANDS
from corpusmill.dedupe.partitions import plan
from measure import Usage, usage_of

CUT = SIMILARITY_BANDS[0.8]
WIDTH = CUT.bands * CUT.rows
BATCH = 20_000
GIB = 1 << 30


@numba.njit(cache=True)
def mixed(value):
    value = (value ^ (value >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    value = (value ^ (value >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ (value >> np.uint64(33))


@numba.njit(cache=True)
def fill(first, documents, bands, rows, out):
    for i in range(out.shape[0]):
        document = np.uint64(first + i)
        draw = mixed(document * np.uint64(2) + np.uint64(1))
        share = np.float64(draw & np.uint64(0xFFFFFF)) / 2**24
        position = np.float64(draw >> np.uint64(40)) / 2**24
        same = document
        intact = 0.0
        if share < 0.01:
            same, intact = np.uint64(0), 1.0
        elif share < 0.41:  # a power law: templates near 0 have thousands of copies, most have a few
            same = np.uint64(documents) + np.uint64(documents * 0.15 * position**1.5)
            intact = np.float64(mixed(draw) & np.uint64(0xFFFF)) / 2**16
        for band in range(bands):
            coin = np.float64(mixed(draw + np.uint64(band)) & np.uint64(0xFFFF)) / 2**16
            seed = mixed((same if coin < intact else document) * np.uint64(2)) + np.uint64(band * rows)
            for row in range(rows):
                out[i, band * rows + row] = mixed(seed + np.uint64(row)) >> np.uint64(32)


def signatures(documents: int) -> Iterator[pa.Array]:
    for first in range(0, documents, BATCH):
        out = np.empty((min(BATCH, documents - first), WIDTH), np.uint32)
        fill(first, documents, CUT.bands, CUT.rows, out)
        yield pa.FixedSizeListArray.from_arrays(pa.array(out.reshape(-1).view(np.int32)), WIDTH)


class Clock:
    """CPU and wall seconds of a step, less those in which its input is made up."""

    def __init__(self) -> None:
        self.cpu, self.wall = -time.process_time(), -time.perf_counter()

    def without(self, batches: Iterable[pa.Array]) -> Iterator[pa.Array]:
        remaining = iter(batches)
        while True:
            cpu, wall = time.process_time(), time.perf_counter()
            batch = next(remaining, None)
            self.cpu += cpu - time.process_time()
            self.wall += wall - time.perf_counter()
            if batch is None:
                return
            yield batch

    def stop(self) -> dict[str, float]:
        return {"cpu": self.cpu + time.process_time(), "wall": self.wall + time.perf_counter()}


def ours(documents: int, folder: Path, memory_bytes: int) -> dict[str, object]:
    list(clusters([Shard(100, signatures(100))], CUT, folder))
    clock = Clock()
    found = digest(clusters([Shard(documents, clock.without(signatures(documents)))], CUT, folder, memory_bytes))
    return found | clock.stop()


def write_keys(documents: int, path: Path) -> None:
    """(document, band, key): the band's values hashed to 64 bits by another hash than ours."""
    schema = pa.schema([("document", pa.int64()), ("band", pa.int8()), ("key", pa.uint64())])
    factors = np.random.RandomState(5).randint(0, 2**63, CUT.rows, np.uint64) * np.uint64(2) + np.uint64(1)
    with pq.ParquetWriter(path, schema, compression="zstd") as to:
        first = 0
        for batch in signatures(documents):
            values = batch.values.to_numpy().view(np.uint32).reshape(len(batch), CUT.bands, CUT.rows)
            keys = values.astype(np.uint64) @ factors
            keys = (keys ^ (keys >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
            numbers = np.arange(first, first + len(batch))
            bands = np.tile(np.arange(CUT.bands, dtype=np.int8), len(batch))
            columns = [np.repeat(numbers, CUT.bands), bands, keys.reshape(-1)]
            to.write_batch(pa.RecordBatch.from_arrays([pa.array(c) for c in columns], schema=schema))
            first += len(batch)


def by_duckdb(documents: int, keys: Path, memory_bytes: int, threads: int) -> dict[str, object]:
    list(components([np.zeros((0, 2), np.uint64)], 10))  # compiles
    clock = Clock()
    connection = duckdb.connect(
        config={
            "memory_limit": f"{memory_bytes >> 20}MiB",
            "threads": threads,
            "temp_directory": str(keys.parent / "duckdb"),
            "preserve_insertion_order": False,
        }
    )
    reader = connection.execute(
        """with keys as (select * from read_parquet(?)),
             buckets as (select band, key, min(document) as least from keys group by band, key having count(*) > 1)
           select document, least from keys join buckets using (band, key) where document <> least""",
        [str(keys)],
    ).to_arrow_reader(1 << 16)
    pairs = (np.stack([batch[0].to_numpy(), batch[1].to_numpy()], axis=1).astype(np.uint64) for batch in reader)
    return digest(components(pairs, documents)) | clock.stop()


def digest(found: Iterable[Clusters]) -> dict[str, object]:
    digest, members, count = hashlib.sha256(), 0, 0
    for piece in found:
        members += len(piece.documents)
        count += int((piece.documents == piece.clusters).sum())
        digest.update(np.stack([piece.documents, piece.clusters], axis=1).tobytes())
    return {"members": members, "clusters": count, "sha256": digest.hexdigest()}


def measured(step: str, documents: int, folder: Path, *rest: object) -> tuple[Usage, dict[str, object]]:
    log = folder / f"{step}.json"
    usage = usage_of([sys.executable, __file__, "--step", step, str(documents), str(folder), *map(str, rest)], log)
    text = log.read_text()
    return usage, json.loads(text.splitlines()[-1]) if text else {}


def step(name: str, documents: int, folder: Path, *rest: str) -> None:
    if name == "keys":
        write_keys(documents, folder / "keys.parquet")
    elif name == "ours":
        print(json.dumps(ours(documents, folder, int(rest[0]))))
    else:
        print(json.dumps(by_duckdb(documents, folder / "keys.parquet", int(rest[0]), int(rest[1]))))


def main() -> None:
    if sys.argv[1:2] == ["--step"]:
        step(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]), *sys.argv[5:])
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("documents", nargs="*", type=int, default=[1_000_000, 10_000_000])
    parser.add_argument("--memory", type=float, default=1.0, help="GiB for ours")
    parser.add_argument("--duckdb-memory", type=float, default=4.0)
    parser.add_argument("--no-duckdb", action="store_true")
    parser.add_argument("--folder", default=tempfile.gettempdir())
    arguments = parser.parse_args()
    memory_bytes, threads = int(arguments.memory * GIB), os.cpu_count() or 1
    print(f"{platform.machine()}, {threads} cores, load {os.getloadavg()[0]:.1f} at the start, ", end="")
    print(f"{time.strftime('%Y-%m-%d')}; 9 bands of 13 values\n")
    print("| documents | | wall s | CPU s | peak MiB | clusters | in clusters |\n|---:|---|---:|---:|---:|---:|---:|")
    ratios = []
    for documents in arguments.documents:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            usage, found = measured("ours", documents, Path(folder), memory_bytes)
            clusters_sha256, ours_mib = found["sha256"], usage.peak_mib
            planned = plan(documents, CUT.bands, memory_bytes)
            parts = f"{planned.partitions} partitions, {planned.ranges} range{'s' * (planned.ranges > 1)}"
            row(documents, f"ours, {arguments.memory:g} GiB, 1 thread ({parts})", usage, found)
            if arguments.no_duckdb:
                continue
            measured("keys", documents, Path(folder))
            for count in sorted({1, threads}):
                usage, theirs = measured("duckdb", documents, Path(folder), int(arguments.duckdb_memory * GIB), count)
                row(
                    documents,
                    f"DuckDB {duckdb.__version__}, {arguments.duckdb_memory:g} GiB, {count} threads",
                    usage,
                    theirs,
                )
                ratios.append(
                    f"{documents:,} documents, DuckDB with {count} thread{'s' * (count > 1)} ÷ ours: wall "
                    f"{theirs['wall'] / found['wall']:.1f}, CPU {theirs['cpu'] / found['cpu']:.1f}, "
                    f"memory {usage.peak_mib / ours_mib:.1f}"
                )
                if theirs["sha256"] != clusters_sha256:
                    sys.exit(f"the clusters differ: {found} and {theirs}")
    print("\n" + "\n".join(f"- {line}" for line in ratios))


def row(documents: int, name: str, usage: Usage, found: dict[str, object]) -> None:
    print(
        f"| {documents:,} | {name} | {found['wall']:.2f} | {found['cpu']:.2f} | {usage.peak_mib:.0f} "
        f"| {found['clusters']:,} | {found['members']:,} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
