"""Documents of a run by their ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pyarrow.compute as pc
import pyarrow.dataset as ds

from corpusmill.schema import Key
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
        path = opened.root / layout.documents(key)
        chosen = ds.dataset(str(path), format="parquet").to_table(
            columns=["doc_id", "url", "raw_content"], filter=pc.field("doc_id").isin(wanted)
        )
        found |= {row["doc_id"]: Text(row["url"], row["raw_content"] or "") for row in chosen.to_pylist()}
    return found
