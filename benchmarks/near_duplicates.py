"""What corpusmill decides on a table of texts, in the form of the comparison of deduplication tools.

usage: near_duplicates.py TEXT.parquet OUT_FOLDER [NAME…]

TEXT.parquet has a column `text`; empty texts are left out and rows counted from 0. Writes OUT_FOLDER/NAME.json for each
NAME (all by default) with clusters and removed rows, CPU seconds by part (imports and first compilation not counted, as
for the other tools), wall seconds and peak memory.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.batch import TextBatch
from corpusmill.dedupe import fineweb
from corpusmill.dedupe.lsh import Shard, clusters
from corpusmill.dedupe.minhash import SIMILARITY_BANDS, Bands, rpv2_signatures
from corpusmill.dedupe.near import near_duplicates
from corpusmill.dedupe.schemes import schemes

Found = tuple[str, list[list[int]], dict[str, float]]


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def near(texts: list[str], similarity: float) -> Found:
    start = cpu_seconds()
    table = near_duplicates(pa.array(texts), similarity)
    spent = {"all": cpu_seconds() - start}
    groups: dict[int, list[int]] = {}
    for row, survivor in zip(table["document"].to_pylist(), table["survivor"].to_pylist(), strict=True):
        groups.setdefault(survivor, []).append(row)
    settings = f"near: word 5-grams, candidates by bands, exact J ≥ {similarity} to the one that stays"
    return settings, list(groups.values()), spent


def by_bands(
    array: pa.Array, cut: Bands, signed: Callable[[pa.Array], pa.Array]
) -> tuple[list[list[int]], dict[str, float]]:
    """Rows of each cluster, not verified, and seconds."""
    start = cpu_seconds()
    signatures = [signed(array.slice(at, 1024)) for at in range(0, len(array), 1024)]
    spent = {"signature": cpu_seconds() - start}
    start = cpu_seconds()
    groups: dict[int, list[int]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for piece in clusters([Shard(len(array), signatures)], cut, Path(scratch)):
            for row, cluster in zip(piece.documents.tolist(), piece.clusters.tolist(), strict=True):
                groups.setdefault(cluster, []).append(row)
    return list(groups.values()), spent | {"lsh": cpu_seconds() - start}


def redpajama2(texts: list[str], similarity: float) -> Found:
    cut = SIMILARITY_BANDS[similarity]
    found, spent = by_bands(pa.array(texts), cut, lambda some: rpv2_signatures(TextBatch(some).words))
    return f"RedPajama-V2: 13-grams, bands for {similarity}, not verified", found, spent


def fineweb_bands(texts: list[str]) -> Found:
    found, spent = by_bands(
        pa.array(texts),
        schemes()["fineweb"].cut(None),
        lambda some: fineweb.signatures(fineweb.shingles(fineweb.words(some))),
    )
    return "FineWeb: five simplified words, XXH64, 14 bands of 8, not verified", found, spent


TOOLS: dict[str, Callable[[list[str]], Found]] = {
    "corpusmill_near_0.8": lambda texts: near(texts, 0.8),
    "corpusmill_near_0.5": lambda texts: near(texts, 0.5),
    "corpusmill_redpajama2_0.8": lambda texts: redpajama2(texts, 0.8),
    "corpusmill_fineweb": fineweb_bands,
}


def result(name: str, texts: list[str]) -> dict[str, Any]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.time()
    settings, groups, spent = TOOLS[name](texts)
    removed = [row for group in groups for row in sorted(group)[1:]]  # `near` and the bands both keep the first
    return {
        "tool": name,
        "settings": settings,
        "documents": len(texts),
        "text_mb": round(sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) / 1e6, 2),
        "clusters": groups,
        "removed": sorted(removed),
        "pairs_direct": None,
        "cpu_s": {part: round(seconds, 2) for part, seconds in spent.items()},
        "wall_s": round(time.time() - started, 1),
        "rss_before_mb": round(before),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "load": os.getloadavg()[0],
    }


def main() -> None:
    source, out, *names = sys.argv[1:]
    Path(out).mkdir(parents=True, exist_ok=True)
    texts = [text for text in pq.read_table(source, columns=["text"])["text"].to_pylist() if text.strip()]
    warm = [f"some words of text number {n // 2} to compile the kernels with" for n in range(20)]
    for name in names or TOOLS:
        TOOLS[name](warm)
        found = result(name, texts)
        (Path(out) / f"{name}.json").write_text(json.dumps(found))
        print(name, found["cpu_s"], "clusters", len(found["clusters"]), "removed", len(found["removed"]))


if __name__ == "__main__":
    main()
