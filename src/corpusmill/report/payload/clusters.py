"""Clusters of duplicates: sizes, the largest ones with what differs, and pairs at every similarity."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.errors import CorpusmillError
from corpusmill.keys import Key
from corpusmill.report.payload.chosen import taken
from corpusmill.report.payload.texts import differing_lines
from corpusmill.report.queries import Rows, Tables
from corpusmill.store import layout

_LARGEST, _MEMBERS, _PAIRS = 12, 6, 40
_FIRST = "survivor desc, similarity nulls first, doc_id"  # of the members of a cluster


def clusters(run: Path, described: dict[str, Any], tables: Tables) -> list[dict[str, Any]]:
    """Each deduplication of the manifest that has clusters."""
    found = []
    for name, counts in sorted((described.get("duplicates") or {}).items()):
        folder = run / layout.clusters_folder(name)
        paths = (str(path) for path in folder.rglob("*.clusters.parquet"))
        files = sorted(path for path in paths if ".attempt-" not in path)
        if files and isinstance(counts, dict):
            found.append({"name": name, "counts": _counts(counts), **_of(run, files, tables)})
    return found


def _counts(counts: dict[str, Any]) -> dict[str, Any]:
    wanted = ("documents", "duplicates", "clusters", "largest_cluster", "not_compared", "hosts", "alarms")
    return {name: counts[name][:50] if name == "hosts" else counts[name] for name in wanted if name in counts}


def _of(run: Path, files: list[str], tables: Tables) -> dict[str, Any]:
    sized = "select cluster, earlier, count(*) as size from members group by cluster, earlier"
    sizes = tables.members(files, f"select size, count(*) from ({sized}) group by size order by size")
    largest = tables.members(
        files, f"select * from ({sized}) order by size desc, cluster, earlier nulls first limit {_LARGEST}"
    )
    shown: dict[tuple[str, str | None], Rows] = {}
    for cluster, earlier, *member in tables.members(
        files,
        "select cluster, earlier, doc_id, similarity, survivor from members where list_contains(?, cluster) "
        f"qualify row_number() over (partition by cluster, earlier order by {_FIRST}) <= {_MEMBERS} order by {_FIRST}",
        [[cluster for cluster, *_ in largest]],
    ):
        shown.setdefault((cluster, earlier), []).append(tuple(member))
    rows = [shown[cluster, earlier] for cluster, earlier, _ in largest]
    bins = tables.members(
        files,
        "select least(49, floor(similarity * 50)) as bin, count(*) from members "
        "where not survivor and similarity is not null group by bin order by bin",
    )
    pairs = tables.members(
        files,
        "select cluster, doc_id, similarity from (select *, row_number() over (order by similarity, doc_id) as r, "
        "count(*) over () as n from members where not survivor and earlier is null and similarity is not null) "
        f"where (r - 1) * {_PAIRS} // n > (r - 2) * {_PAIRS} // n or r = 1 order by similarity, doc_id",
    )
    ids = {doc_id for members in rows for doc_id, _, _ in members} | {id_ for pair in pairs for id_ in pair[:2]}
    known = _texts(run, ids)
    return {
        "sizes": sizes,
        "similarities": [[int(place), count] for place, count in bins],
        "largest": [
            {"size": size, "elsewhere": earlier is not None, "members": _members(members, known)}
            for (_, earlier, size), members in zip(largest, rows, strict=True)
        ],
        "pairs": [_pair(stays, goes, similarity, known) for stays, goes, similarity in pairs],
    }


def _members(rows: list[tuple[Any, ...]], known: dict[str, tuple[str, str]]) -> list[dict[str, Any]]:
    first = known.get(rows[0][0], ("", ""))[1] if rows else ""
    members = []
    for place, (doc_id, similarity, survivor) in enumerate(rows):
        url, text = known.get(doc_id, ("", ""))
        lines, more = differing_lines(first, text) if place else ([["", line] for line in text.splitlines()[:8]], 0)
        shown = [[sign, line[:240]] for sign, line in lines]
        members.append(
            {"id": doc_id, "url": url, "similarity": similarity, "stays": survivor, "lines": shown, "more": more}
        )
    return members


def _pair(stays: str, goes: str, similarity: float, known: dict[str, tuple[str, str]]) -> dict[str, Any]:
    (url, text), (other_url, other) = known.get(stays, ("", "")), known.get(goes, ("", ""))
    lines, more = differing_lines(text, other)
    return {
        "stays": stays, "goes": goes, "urls": [url, other_url], "similarity": similarity, "lines": lines, "more": more,
    }  # fmt: skip


def _texts(run: Path, doc_ids: set[str]) -> dict[str, tuple[str, str]]:
    """Address and text of some documents; those of other runs, or without a table, are left out."""
    by_file: dict[Path, list[str]] = {}
    for doc_id in sorted(doc_ids):
        try:
            path = run / layout.documents(Key.of_document(doc_id))
        except (CorpusmillError, ValueError):
            continue
        by_file.setdefault(path, []).append(doc_id)
    found: dict[str, tuple[str, str]] = {}
    for path, ids in by_file.items():
        if path.is_file():
            for doc_id, url, text in _of_documents(path, ids):
                found[doc_id] = (url or "")[:300], text or ""
    return found


def _of_documents(path: Path, ids: list[str]) -> Iterator[tuple[str, str | None, str | None]]:
    """Id, address and text of those of `ids` that are there."""
    with pq.ParquetFile(path) as file:
        stored = file.read(["doc_id"])["doc_id"]
    rows = np.flatnonzero(pc.is_in(stored, pa.array(ids, stored.type)))
    found = taken(path, ["doc_id", "url", "raw_content"], rows)
    return zip(*(found[name].to_pylist() for name in ("doc_id", "url", "raw_content")), strict=True)
