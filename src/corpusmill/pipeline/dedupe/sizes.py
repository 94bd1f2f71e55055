"""Sizes of what is read, and sizes and times for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from corpusmill.pipeline.dedupe.parts import Part
from corpusmill.store import layout


def text_bytes_of(root: Path, parts: Sequence[Part]) -> int:
    """Of the documents, by the footers of their files."""
    total = 0
    for part in parts:
        for key in part.keys:
            footer = pq.read_metadata(root / layout.documents(key))
            column = footer.schema.names.index("raw_content")
            total += sum(
                footer.row_group(i).column(column).total_uncompressed_size for i in range(footer.num_row_groups)
            )
    return total


def as_size(count: float) -> str:
    units = iter(("B", "KiB", "MiB", "GiB", "TiB"))
    unit = next(units)
    while count >= 1024 and unit != "TiB":
        count, unit = count / 1024, next(units)
    return f"{count:.0f} {unit}" if count >= 10 or unit == "B" else f"{count:.1f} {unit}"


def as_time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
