"""Runs of newlines made shorter."""

from __future__ import annotations

import numpy as np

from corpusmill.batch import TextBatch
from corpusmill.rules.replace.registry import replacement
from corpusmill.rules.replace.spans import Replaced, deleted

MOST = 2


@replacement("newlines", source="RefinedWeb specification §1 and §4", version=1)
def newlines(batch: TextBatch) -> Replaced:
    """At most two newlines in a row, as RefinedWeb and DCLM have it; white space between them is not looked at."""
    from corpusmill.kernels.lines.newlines import find_long_runs

    spans, offsets = np.empty((0, 2), np.int64), np.empty(len(batch) + 1, np.int64)
    for _ in range(2):  # count, then fill
        count = find_long_runs(batch.data, batch.offsets, MOST, spans, offsets)
        spans = np.empty((count, 2), np.int64) if len(spans) == 0 else spans
    return deleted(spans, offsets)
