"""Pieces of texts left out, as replacements."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.rules.replace.spans import Replaced
from corpusmill.segment.pieces import Cuts, Pieces


def joined(
    batch: TextBatch, pieces: Pieces, cuts: Cuts, kept: npt.NDArray[np.bool_], separator: str, *, strip: bool
) -> Replaced:
    """What leaves of each text its `kept` pieces without their cuts, `separator` between them, stripped at last."""
    from corpusmill.kernels.edits.splice import join_pieces

    most = len(pieces.starts) + len(cuts.spans) + len(batch)
    starts, ends, repeats = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    offsets = np.empty(len(batch) + 1, np.int64)
    count = join_pieces(
        batch.data,
        batch.masks,
        batch.blocks,
        batch.offsets,
        pieces.offsets,
        pieces.starts,
        pieces.ends,
        kept,
        cuts.spans,
        cuts.offsets,
        np.frombuffer(separator.encode(), np.uint8),
        strip,
        starts,
        ends,
        repeats,
        offsets,
    )
    most = int(repeats[:count].max(initial=0))
    separators = pa.array([separator * times for times in range(most + 1)], pa.string())
    return Replaced(starts[:count], ends[:count], separators.take(pa.array(repeats[:count])), offsets)
