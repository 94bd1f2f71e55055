"""Collects pages and losses, numbers them, and cuts them into chunks of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from corpusmill.read.parameters import ReadParameters
from corpusmill.schema import PAGES, QUARANTINE_HEAD_BYTES, Loss, batch_of

_MAX_LOSSES = 4096  # a chunk is also handed over when so many losses wait: a file of requests alone stays bounded


class ReadChunk(NamedTuple):
    """What was read since the last chunk. Over all chunks of a file, pages and losses together carry the ordinals
    0, 1, 2, … once each."""

    pages: pa.RecordBatch  # schema.PAGES
    losses: list[Loss]  # stage "read"


class ChunkBuilder:
    """Gives every item the next ordinal; `full` says when `take` is due."""

    def __init__(self, parameters: ReadParameters) -> None:
        self._max_pages, self._max_bytes = parameters.batch_pages, parameters.batch_bytes
        self.ordinal = 0
        self._clear()

    def _clear(self) -> None:
        self._rows: list[dict[str, Any]] = []
        self._bytes = 0
        self._losses: list[Loss] = []

    @property
    def full(self) -> bool:
        return len(self._rows) >= self._max_pages or self._bytes >= self._max_bytes or len(self._losses) >= _MAX_LOSSES

    def page(self, offset: int, body: bytes | memoryview, is_text: bool, **columns: Any) -> None:
        """One page; `columns` are other columns of schema.PAGES, null where not given."""
        columns["ordinal"], columns["offset"] = self.ordinal, offset
        columns["body"], columns["is_text"] = body, is_text
        self._rows.append(columns)
        self._bytes += len(body)
        self.ordinal += 1

    def dropped(
        self, reason: str, offset: int, record_id: str | None = None, url: str | None = None, message: str | None = None
    ) -> None:
        """A record that is whole but not wanted."""
        self._losses.append(Loss("dropped", "read", reason, self.ordinal, offset, record_id, url, -1, message))
        self.ordinal += 1

    def quarantined(
        self,
        reason: str,
        offset: int,
        message: str,
        record_id: str | None = None,
        url: str | None = None,
        length: int = -1,
        head: bytes | memoryview = b"",
    ) -> None:
        """A record that is broken or dangerous, or a damaged region of the file."""
        kept = bytes(head[:QUARANTINE_HEAD_BYTES])
        loss = Loss("quarantined", "read", reason, self.ordinal, offset, record_id, url, length, message, kept)
        self._losses.append(loss)
        self.ordinal += 1

    def take(self) -> ReadChunk:
        """The chunk so far; the builder begins the next one."""
        rows = self._rows
        columns: dict[str, object] = {}
        for name in {name: None for row in rows for name in row}:
            columns[name] = [row.get(name) for row in rows]
        if rows:
            columns["body"] = _joined([row["body"] for row in rows])
        chunk = ReadChunk(
            batch_of(PAGES, columns, len(rows)) if rows else pa.RecordBatch.from_pylist([], schema=PAGES), self._losses
        )
        self._clear()
        return chunk

    def rest(self) -> Iterator[ReadChunk]:
        """The last chunk, where anything is left."""
        if self._rows or self._losses:
            yield self.take()


def _joined(bodies: list[bytes | memoryview]) -> pa.Array:
    """Bodies as large_binary, copied once, into memory that Arrow has from the chunk before.

    An array that grows with what is appended to it would copy most of them again, into fresh pages of the system.
    """
    ends = np.cumsum([0, *map(len, bodies)])
    data = pa.allocate_buffer(int(ends[-1]))
    view = memoryview(data).cast("B")
    for start, end, body in zip(ends.tolist(), ends[1:].tolist(), bodies, strict=False):
        view[start:end] = body
    return pa.Array.from_buffers(pa.large_binary(), len(bodies), [None, pa.py_buffer(ends), data])
