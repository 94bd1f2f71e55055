"""What datatrove 0.2.0, which FineWeb was made with, counts otherwise than 0.10.1 (FineWeb specification §2).

Lines are all pieces between U+000A, blank ones too: an empty text has one, a text that ends with U+000A an empty last
one. Duplicate characters, newlines and words are as in `fineweb_…` and `gopher_…`.
"""

from __future__ import annotations

import pyarrow as pa

from corpusmill.batch import Int64s, TextBatch
from corpusmill.signals import spans
from corpusmill.signals.columns import exact_ratio
from corpusmill.signals.registry import signal

SOURCE = "datatrove 0.2.0, FineWebQualityFilter; FineWeb §2"
STOP_CHARS = (".", "'", '"', "!", "?")


def line_counts(batch: TextBatch) -> Int64s:
    """Pieces between U+000A, one more than there are of these. Call through `batch.once`."""
    return batch.once(spans.newlines) + 1


@signal("fineweb_v1_line_count", dtype=pa.int64(), unit="lines", source=SOURCE, version=1, family="fineweb_v1")
def fineweb_v1_line_count(batch: TextBatch) -> pa.Array:
    """Pieces between U+000A, blank ones too: one more than there are U+000A."""
    return pa.array(batch.once(line_counts), pa.int64())


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
    lines = batch.once(spans.newline_lines)
    return exact_ratio(lines.totals(spans.end_with(batch, lines, *STOP_CHARS)), batch.once(line_counts))


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
    lines, counts = batch.once(spans.newline_lines), batch.once(line_counts)
    short = lines.totals(spans.short(batch, lines))
    return exact_ratio(short + (counts - lines.counts), counts)  # the piece behind the last U+000A is empty
