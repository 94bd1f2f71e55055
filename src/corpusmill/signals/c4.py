"""What C4 measures on whole pages (C4 specification §2)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.segment.pieces import newline_lines
from corpusmill.signals.registry import signal

SOURCE = "C4 specification §2"
PARAGRAPHS = 3


@signal("c4_char_count", dtype=pa.int64(), unit="chars", source=SOURCE, version=1, family="c4")
def c4_char_count(batch: TextBatch) -> pa.Array:
    """Code points of the text; C4 takes pages of at most 190,000."""
    return pa.array(batch.chars, pa.int64())


@signal("c4_third_longest_line_chars", dtype=pa.int64(), unit="chars", source=SOURCE, version=1, family="c4")
def c4_third_longest_line_chars(batch: TextBatch) -> pa.Array:
    """Length of the third longest piece between newlines; null with fewer than three. mC4 wants at least 200."""
    from corpusmill.kernels.lines.pieces import measure_chars, nth_greatest

    lines = newline_lines(batch)
    starts, ends = np.empty(len(lines.starts), np.int64), np.empty(len(lines.starts), np.int64)
    spans = (lines.offsets, lines.starts, lines.ends)
    measure_chars(batch.masks, batch.blocks, batch.offsets, *spans, starts, ends)
    found = np.empty(len(batch), np.int64)
    nth_greatest(ends - starts, lines.offsets, np.empty(PARAGRAPHS, np.int64), found)
    return pa.array(found, pa.int64(), mask=found < 0)
