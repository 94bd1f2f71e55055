"""What becomes of a batch of pages: text and what is known beside it, or a loss."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.schema import QUARANTINE_HEAD_BYTES, Loss


class Extracted(NamedTuple):
    """Text of one batch of pages; `rows` and the columns beside it are equally long, `losses` name the other rows."""

    rows: pa.Array  # int64: which rows of the batch have text
    texts: pa.Array  # large_string: valid UTF-8 without controls but tab, line feed, carriage return
    titles: pa.Array  # string: <title> on one line; null: none
    charsets: pa.Array  # string: encoding the page was decoded with
    losses: list[Loss]
    # What the learned extractor alone tells, null where the page does not say it (`writing.metadata`).
    authors: pa.Array  # string
    published: pa.Array  # string: date by ISO 8601
    languages: pa.Array  # string: language tag, as the page gives it


class PageExtractor(Protocol):
    """What makes texts of pages; for one thread at a time."""

    def extract(self, pages: pa.RecordBatch) -> Extracted:
        """Text of `pages` (schema.PAGES, HTML only), in their order."""
        ...

    def close(self) -> None:
        """Free what it holds; a later call of `extract` takes it again."""
        ...

    def __enter__(self) -> PageExtractor: ...
    def __exit__(self, *ended: object) -> None: ...


class Fault(NamedTuple):
    """What became of a page that has no result."""

    reason: str
    message: str


def body_offsets(bodies: pa.LargeBinaryArray) -> npt.NDArray[np.int64]:
    """Where each body starts in the buffer of bytes, and where the last ends."""
    if not len(bodies):
        return np.zeros(1, np.int64)
    return np.frombuffer(bodies.buffers()[1], np.int64)[bodies.offset : bodies.offset + len(bodies) + 1]


def body_bytes(bodies: pa.LargeBinaryArray) -> npt.NDArray[np.uint8]:
    """The buffer that the offsets are of."""
    buffer = bodies.buffers()[2]
    return np.zeros(0, np.uint8) if buffer is None else np.frombuffer(buffer, np.uint8)


def chunks(rows: list[int], lengths: npt.NDArray[np.int64], most_rows: int, most_bytes: int) -> Iterator[list[int]]:
    """`rows` in groups of at most `most_rows` and, where one row alone does not exceed it, `most_bytes`."""
    if not rows:
        return
    sizes = lengths[rows].tolist()
    ends = list(itertools.accumulate(sizes))
    start = 0
    while start < len(rows):
        stop, before = start + 1, ends[start] - sizes[start]
        while stop < len(rows) and stop - start < most_rows and ends[stop] - before <= most_bytes:
            stop += 1
        yield rows[start:stop]
        start = stop


def loss_of(pages: pa.RecordBatch, row: int, fate: str, reason: str, message: str | None) -> Loss:
    """The loss of a page in the stage `extract`."""
    body = pages.column("body")[row].as_buffer()
    return Loss(
        fate,
        "extract",
        reason,
        pages.column("ordinal")[row].as_py(),
        pages.column("offset")[row].as_py(),
        pages.column("record_id")[row].as_py(),
        pages.column("url")[row].as_py(),
        len(body),
        message,
        bytes(body[:QUARANTINE_HEAD_BYTES]) if fate == "quarantined" else None,
    )
