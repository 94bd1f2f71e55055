"""Parsed pages as the kernels of writing take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.extract.blocks.tables import Int64s, ParsedPages
from corpusmill.extract.blocks.text import Mask
from corpusmill.kernels.html.elements import ATTRIBUTES
from corpusmill.kernels.html.formulas import Parsed, formulas_for
from corpusmill.kernels.html.pieces import PIECE_COLUMNS, pieces_of
from corpusmill.kernels.html.tables import CODE_CHARS


@dataclass(frozen=True)
class Pieces:
    """What is to be written of a batch: `rows[first[page]:first[page + 1]]`, columns PIECE_* of `html/pieces.py`."""

    parsed: Parsed
    rows: Int64s
    first: Int64s
    values: Int64s  # room for the attributes of one tag


def pieces(pages: ParsedPages, chosen: Mask, by_code: bool) -> Pieces:
    """Runs of text, code and formulas of the blocks with `chosen[block]`; `by_code`: code in a line apart."""
    elements, blocks, spans = pages.elements, pages.blocks, pages.spans
    columns = Parsed(
        elements.tag,
        elements.parent,
        elements.stop,
        elements.flags,
        elements.ordinal,
        elements.source,
        elements.token_offsets,
        pages.tokens.hashes,
        pages.tokens.kinds,
        blocks.element,
        blocks.inner,
        blocks.flags,
        blocks.joined,
        blocks.starts,
        blocks.ends,
        np.ascontiguousarray(blocks.counts[:, CODE_CHARS]),
        spans.block,
        spans.element,
        spans.starts,
        spans.ends,
        pages.text,
        pages.source,
    )
    rows = np.empty((len(spans.block), PIECE_COLUMNS), np.int64)
    first = np.zeros(len(pages) + 1, np.int64)
    values = np.zeros((len(ATTRIBUTES), 2), np.int64)
    lines = np.empty(len(blocks.element) + 1, np.int8)
    pieces_of(
        columns,
        chosen,
        elements.offsets,
        blocks.offsets,
        spans.offsets,
        by_code,
        formulas_for(len(elements.tag)),
        lines,
        values,
        rows,
        first,
    )
    return Pieces(columns, rows[: first[-1]], first, values)


def strings(out: npt.NDArray[np.uint8], ends: Int64s) -> pa.LargeStringArray:
    """The texts `out[ends[i]:ends[i + 1]]`."""
    data: Any = out[: ends[-1]].copy()  # `out` has room for the worst
    return pa.LargeStringArray.from_buffers(len(ends) - 1, pa.py_buffer(ends), pa.py_buffer(data))
