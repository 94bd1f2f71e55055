"""Citation marks deleted."""

from __future__ import annotations

import numpy as np

from corpusmill.batch import TextBatch
from corpusmill.rules.replace.registry import replacement
from corpusmill.rules.replace.spans import Replaced, deleted
from corpusmill.segment.pieces import Pieces
from corpusmill.segment.pieces import citations as citations_in


@replacement("citations", source="C4 specification §3", version=1)
def citations(batch: TextBatch) -> Replaced:
    """`[1]`, `[]`, `[edit]` and `[citation needed]` deleted wherever they stand; the white space before them stays."""
    whole = Pieces(batch.offsets[:-1], batch.offsets[1:], np.arange(len(batch) + 1))
    found = citations_in(batch, whole)
    return deleted(found.spans, found.offsets)
