"""What pages ask of crawlers, counted from the documents' column `robots` (extract/robots.py).

Null for documents of inputs without HTML: nothing is known of them.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.signals.registry import signal

SOURCE = "robots meta element and X-Robots-Tag; docs/url_lists_and_masks.md"


def _entries(batch: TextBatch) -> list[list[str] | None]:
    """The directives of each document without their agents."""
    given = batch.columns.get("robots")
    values = [None] * len(batch) if given is None else given.cast(pa.string()).to_pylist()
    return [None if value is None else [entry.partition(":")[2] for entry in value.split()] for value in values]


def _asking(batch: TextBatch, *directives: str) -> pa.Array:
    wanted = frozenset(directives)
    entries = batch.once(_entries)
    counts = [0 if found is None else sum(entry in wanted for entry in found) for found in entries]
    return pa.array(np.array(counts, np.int64), mask=np.array([found is None for found in entries], np.bool_))


@signal("robots_noindex", dtype=pa.int64(), unit="directives", source=SOURCE, version=1, family="robots")
def robots_noindex(batch: TextBatch) -> pa.Array:
    """`noindex` and `none`, to all crawlers or to one by its name: each agent counts."""
    return _asking(batch, "noindex", "none")


@signal("robots_nofollow", dtype=pa.int64(), unit="directives", source=SOURCE, version=1, family="robots")
def robots_nofollow(batch: TextBatch) -> pa.Array:
    """`nofollow` and `none`, as robots_noindex."""
    return _asking(batch, "nofollow", "none")


@signal("robots_noarchive", dtype=pa.int64(), unit="directives", source=SOURCE, version=1, family="robots")
def robots_noarchive(batch: TextBatch) -> pa.Array:
    """`noarchive` and `nocache`, as robots_noindex."""
    return _asking(batch, "noarchive", "nocache")


@signal("robots_nosnippet", dtype=pa.int64(), unit="directives", source=SOURCE, version=1, family="robots")
def robots_nosnippet(batch: TextBatch) -> pa.Array:
    """`nosnippet` and `max-snippet:0`, as robots_noindex."""
    return _asking(batch, "nosnippet", "max-snippet:0")


@signal("robots_noai", dtype=pa.int64(), unit="directives", source=SOURCE, version=1, family="robots")
def robots_noai(batch: TextBatch) -> pa.Array:
    """`noai`, as robots_noindex: not for training."""
    return _asking(batch, "noai")


@signal("robots_noimageai", dtype=pa.int64(), unit="directives", source=SOURCE, version=1, family="robots")
def robots_noimageai(batch: TextBatch) -> pa.Array:
    """`noimageai`, as robots_noindex: images not for training."""
    return _asking(batch, "noimageai")


@signal("robots_tdm_reserved", dtype=pa.int64(), unit="directives", source=SOURCE, version=1, family="robots")
def robots_tdm_reserved(batch: TextBatch) -> pa.Array:
    """`tdm-reservation` 1: text and data mining is reserved (W3C TDM Reservation Protocol)."""
    return _asking(batch, "tdm-reservation:1")
