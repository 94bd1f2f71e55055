"""What the trees of a line model are asked with: the features of every line of a batch that is not blank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corpusmill.batch import Int64s, TextBatch
from corpusmill.segment.pieces import stripped_lines


@dataclass(frozen=True)
class LineFeatures:
    """Of the stripped lines of `str.splitlines`; a blank line has none."""

    rows: npt.NDArray[np.float32]  # [lines that are not blank, features]
    written: npt.NDArray[np.bool_]  # [lines]: not blank
    offsets: Int64s  # [n+1], first of the rows of each document


def line_features(batch: TextBatch) -> LineFeatures:
    """Call through `batch.once`.

    >>> import pyarrow as pa
    >>> found = line_features(TextBatch(pa.array(["Home | News\\n\\nIt rained all day.", ""])))
    >>> found.written.tolist(), found.offsets.tolist(), found.rows.shape[0]
    ([True, False, True], [0, 2, 2], 2)
    """
    from corpusmill.kernels.characters.tables import unicode_tables
    from corpusmill.kernels.lines import features as kernels
    from corpusmill.kernels.lines.columns import sign_tables

    pieces = batch.once(stripped_lines)
    written = pieces.ends > pieces.starts
    offsets = np.concatenate([[0], np.cumsum(written)])[pieces.offsets]
    starts, ends = pieces.starts[written], pieces.ends[written]
    rows = kernels.line_features(batch.data, offsets, starts, ends, unicode_tables(), sign_tables())
    return LineFeatures(rows, written, offsets)
