"""Two replacements, one after the other, as one."""

from __future__ import annotations

import numpy as np

from corpusmill.batch import TextBatch, empty
from corpusmill.rules.replace.spans import Replaced, spliced
from corpusmill.segment.pieces import texts_of


def composed(batch: TextBatch, first: Replaced, after: TextBatch, second: Replaced) -> Replaced:
    """`first` of the texts of `batch`, then `second` of `after`, which first made of them, as one of `batch`."""
    from corpusmill.kernels.edits.citations import copy_pieces
    from corpusmill.kernels.edits.splice import compose

    last = TextBatch(spliced(after, second))
    spans = np.empty((len(first.starts) + len(second.starts), 4), np.int64)
    offsets = np.empty(len(batch) + 1, np.int64)
    lengths, lengths1 = (np.diff(TextBatch(replaced.texts).offsets) for replaced in (first, second))
    arguments = (batch.offsets, first.offsets, first.starts, first.ends, lengths)
    arguments1 = (after.offsets, second.offsets, second.starts, second.ends, lengths1)
    count = compose(*arguments, *arguments1, last.offsets, spans, offsets)
    starts, ends, text_starts, text_ends = np.ascontiguousarray(spans[:count].T)
    data, text_offsets = empty(int((text_ends - text_starts).sum()), np.uint8), np.empty(count + 1, np.int64)
    whole = np.empty((0, 2), np.int64), np.zeros(count + 1, np.int64)
    copy_pieces(last.data, text_starts, text_ends, *whole, data, text_offsets)
    return Replaced(starts, ends, texts_of(data, text_offsets), offsets)
