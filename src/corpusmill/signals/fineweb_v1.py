"""What datatrove 0.2.0, which FineWeb was made with, counts otherwise than 0.10.1 (FineWeb specification §2).

Lines are all pieces between U+000A, blank ones too: an empty text has one, a text that ends with U+000A an empty last
one. Duplicate characters, newlines and words are as in `fineweb_…` and `gopher_…`.
"""

from __future__ import annotations

import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.segment.pieces import newline_lines
from corpusmill.signals import spans
from corpusmill.signals.columns import exact_ratio
from corpusmill.signals.registry import signal

SOURCE = "datatrove 0.2.0, FineWebQualityFilter; FineWeb §2"
STOP_CHARS = (".", "'", '"', "!", "?")


@signal("fineweb_v1_line_count", dtype=pa.int64(), unit="lines", source=SOURCE, version=1, family="fineweb_v1")
def fineweb_v1_line_count(batch: TextBatch) -> pa.Array:
    """Pieces between U+000A, blank ones too: one more than there are U+000A."""
    return pa.array(spans.counts(batch.once(newline_lines)), pa.int64())


@signal(
    "fineweb_v1_line_punctuation_fraction",
    dtype=pa.float64(),
    unit="fraction of lines",
    source=SOURCE,
    version=1,
    family="fineweb_v1",
)
def fineweb_v1_line_punctuation_fraction(batch: TextBatch) -> pa.Array:
    """Lines whose last character is one of `. ' " ! ?`, over all, blank ones too; 0.0 for an empty text."""
    lines = batch.once(newline_lines)
    return exact_ratio(spans.totals(lines, spans.end_with(batch, lines, *STOP_CHARS)), spans.counts(lines))


@signal(
    "fineweb_v1_short_line_fraction",
    dtype=pa.float64(),
    unit="fraction of lines",
    source=SOURCE,
    version=1,
    family="fineweb_v1",
)
def fineweb_v1_short_line_fraction(batch: TextBatch) -> pa.Array:
    """Lines with at most 30 characters, over all, blank ones too; 1.0 for an empty text."""
    lines = batch.once(newline_lines)
    return exact_ratio(spans.totals(lines, spans.short(batch, lines)), spans.counts(lines))
