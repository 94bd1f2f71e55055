"""Spans of documents as they stand in tables."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.schema import DUPLICATE_SPANS

Numbers = npt.NDArray[np.int64]


def span_lists(starts: Numbers, ends: Numbers, offsets: Numbers) -> pa.Array:
    """The column `spans` of schema.DUPLICATE_SPANS: document d has the spans `offsets[d]:offsets[d + 1]`."""
    kind = DUPLICATE_SPANS.field("spans").type
    pairs = pa.StructArray.from_arrays([pa.array(starts), pa.array(ends)], fields=list(kind.value_type))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pairs, type=kind)
