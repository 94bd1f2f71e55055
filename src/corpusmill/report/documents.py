"""Documents of a run by their ids."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.keys import Key
from corpusmill.store import layout
from corpusmill.store.opened import OpenedRun


class Text(NamedTuple):
    """Where a document is from, and its text."""

    url: str | None
    text: str


def texts_of_ids(opened: OpenedRun, doc_ids: Iterable[str]) -> dict[str, Text]:
    """URL and text of some documents; only the files that hold them are read."""
    wanted = list(doc_ids)
    found: dict[str, Text] = {}
    for key in sorted({Key.of_document(doc_id) for doc_id in wanted}):
        rows = rows_where(opened.root / layout.documents(key), {"doc_id": wanted}, ["doc_id", "url", "raw_content"])
        found |= {row["doc_id"]: Text(row["url"], row["raw_content"] or "") for row in rows}
    return found


def rows_where(
    path: Path, wanted: Mapping[str, Sequence[str]], columns: Sequence[str] | None = None
) -> Iterator[dict[str, Any]]:
    """Rows of a table in which any column of `wanted` has one of its values; only their row groups are read whole."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            looked_at = file.read_row_group(group, columns=list(wanted))
            hit = functools.reduce(
                pc.or_kleene,
                (pc.is_in(looked_at[name], pa.array(values, pa.string())) for name, values in wanted.items()),
            )
            if pc.any(hit).as_py():
                yield from file.read_row_group(group, columns=columns).filter(hit).to_pylist()
