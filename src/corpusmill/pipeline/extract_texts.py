"""The texts of an archive without a run: what `corpusmill extract` writes, and what two extractors are compared on."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from corpusmill.extract.choose import extractor_for
from corpusmill.extract.parameters import ExtractParameters
from corpusmill.pipeline.documents import texts_of_pages
from corpusmill.read.pages import ReadParameters, read_pages
from corpusmill.read.probe import probe
from corpusmill.schema import PAGES, Loss

TEXTS = pa.schema(
    [
        ("record_id", pa.string()),
        ("url", pa.string()),
        ("title", pa.string()),
        ("author", pa.string()),  # this and the next two: by the extractor learned alone
        ("published", pa.string()),
        ("html_language", pa.string()),
        ("charset", pa.string()),
        ("text", pa.large_string()),
    ]
)


class ExtractedTexts(NamedTuple):
    """What was read since the last ones."""

    texts: pa.RecordBatch  # TEXTS
    losses: list[Loss]  # of the stage "extract"
    unread: int = 0  # records that could not be read


def texts_of_archive(path: Path, parameters: ExtractParameters) -> Iterator[ExtractedTexts]:
    """Every page in `path`, in its order: its text, or a loss; what is text already, as in WET, stays as it is.

    Raises InputRefused for what is no input.
    """
    probe(path, ReadParameters())
    with extractor_for(parameters) as extractor:
        for pages, faults in read_pages(path, ReadParameters()):
            described, texts, charsets, losses = texts_of_pages(extractor, pages)
            columns = [described[name] for name in TEXTS.names[:-2]]
            unread = sum(fault.fate == "quarantined" for fault in faults)
            yield ExtractedTexts(pa.RecordBatch.from_arrays([*columns, charsets, texts], schema=TEXTS), losses, unread)


def sampled_pages(path: Path, most: int) -> tuple[pa.RecordBatch, int]:
    """At most `most` pages of HTML (schema.PAGES), those whose record ids have the least hashes; and of how many."""
    kept: list[tuple[int, int, pa.RecordBatch]] = []  # the largest hash first
    count = 0
    for html in html_of_archive(path):
        for row, record_id in enumerate(html["record_id"].to_pylist()):
            name = record_id if record_id is not None else str(html["offset"][row].as_py())
            hashed = -int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
            count += 1
            if len(kept) < most:
                heapq.heappush(kept, (hashed, -count, _alone(html, row)))
            elif hashed > kept[0][0]:
                heapq.heapreplace(kept, (hashed, -count, _alone(html, row)))
    chosen = [page for _, _, page in sorted(kept, key=lambda one: (-one[0], -one[1]))]
    table = pa.Table.from_batches(chosen, PAGES).combine_chunks()
    return (table.to_batches() or [pa.RecordBatch.from_pylist([], PAGES)])[0], count


def html_of_archive(path: Path) -> Iterator[pa.RecordBatch]:
    """The pages of HTML of an input (schema.PAGES), in their order. Raises InputRefused for what is no input."""
    probe(path, ReadParameters())
    for pages, _ in read_pages(path, ReadParameters()):
        yield pages.take(pa.array(np.flatnonzero(~pages["is_text"].to_numpy(zero_copy_only=False))))


def _alone(pages: pa.RecordBatch, row: int) -> pa.RecordBatch:
    """A page apart from the bytes of its batch."""
    return pages.take(pa.array([row]))
