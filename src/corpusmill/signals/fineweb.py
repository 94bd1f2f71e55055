"""FineWeb's quality statistics as datatrove 0.10.1 counts them (FineWeb specification §2).

Lines are pieces between U+000A that are not blank. Newlines to words is `fineweb_newline_count / gopher_token_count_T`.
"""

from __future__ import annotations

import functools
from importlib import resources

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.segment.pieces import Pieces, newline_lines, stripped
from corpusmill.signals import spans
from corpusmill.signals.columns import exact_ratio, quotients
from corpusmill.signals.registry import signal

SOURCE = "datatrove 0.10.1, FineWebQualityFilter; FineWeb §2"


@functools.cache
def terminal_punctuation() -> npt.NDArray[np.int32]:
    """Code points of the marks that end a sentence, of all scripts; no quotes (datatrove's TERMINAL_PUNCTUATION)."""
    path = resources.files("corpusmill.signals").joinpath("data", "terminal_punctuation.txt")
    return np.array([int(point, 16) for point in path.read_text(encoding="ascii").split()], np.int32)


def filled_lines(batch: TextBatch) -> Pieces:
    """Pieces between U+000A that are not blank, as they are. Call through `batch.once`."""
    lines = batch.once(newline_lines)
    found = stripped(batch, lines)
    return spans.kept(lines, found.starts < found.ends)


@signal("fineweb_line_count", dtype=pa.int64(), unit="lines", source=SOURCE, version=1, family="fineweb")
def fineweb_line_count(batch: TextBatch) -> pa.Array:
    """Pieces between U+000A that are not blank."""
    return pa.array(spans.counts(batch.once(filled_lines)), pa.int64())


@signal("fineweb_newline_count", dtype=pa.int64(), unit="occurrences", source=SOURCE, version=1, family="fineweb")
def fineweb_newline_count(batch: TextBatch) -> pa.Array:
    """Occurrences of U+000A."""
    return pa.array(batch.once(spans.newlines), pa.int64())


@signal(
    "fineweb_line_punctuation_fraction",
    dtype=pa.float64(),
    unit="fraction of lines",
    source=SOURCE,
    version=1,
    family="fineweb",
)
def fineweb_line_punctuation_fraction(batch: TextBatch) -> pa.Array:
    """Lines that are not blank whose last character ends a sentence, over all such; null where all are blank.

    White space behind the mark hides it. Marks of all scripts count, quotes do not.
    """
    lines = batch.once(filled_lines)
    ended = np.isin(spans.last_points(batch, lines), terminal_punctuation())
    return exact_ratio(spans.totals(lines, ended), spans.counts(lines))


@signal(
    "fineweb_short_line_fraction",
    dtype=pa.float64(),
    unit="fraction of lines",
    source=SOURCE,
    version=1,
    family="fineweb",
)
def fineweb_short_line_fraction(batch: TextBatch) -> pa.Array:
    """Lines that are not blank with at most 30 characters, over all such; null where all are blank."""
    lines = batch.once(filled_lines)
    return exact_ratio(spans.totals(lines, spans.short(batch, lines)), spans.counts(lines))


@signal(
    "fineweb_duplicate_char_fraction",
    dtype=pa.float64(),
    unit="fraction of chars",
    source=SOURCE,
    version=1,
    family="fineweb",
)
def fineweb_duplicate_char_fraction(batch: TextBatch) -> pa.Array:
    """Characters of the lines that equal one before, blank ones left out, over those of the text without U+000A.

    Null where all are blank. datatrove 0.2.0 counts the same.
    """
    lines = batch.once(filled_lines)
    copied, chars = spans.duplicates(batch, lines).duplicate_chars, batch.chars - batch.once(spans.newlines)
    return pa.array(quotients(copied, chars), pa.float64(), mask=spans.counts(lines) == 0)
