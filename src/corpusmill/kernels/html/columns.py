"""Matrices of the scan of HTML as columns of their own types, in one pass over each."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.html import tables as t
from corpusmill.machine_code.jit import kernel

_I8, _I16, _I32, _I64 = np.int8, np.int16, np.int32, np.int64


@kernel
def element_columns(rows: np.ndarray, count: int, tokens: int) -> Any:
    """Tag, parent, stop, flags, path, depth, ordinal, source and first token (one more) of `count` elements."""
    tag, parent, stop = np.empty(count, _I16), np.empty(count, _I32), np.empty(count, _I32)
    flags, path, depth = np.empty(count, _I64), np.empty(count, _I64), np.empty(count, _I16)
    ordinal, source, first = np.empty(count, _I32), np.empty(count, _I64), np.empty(count + 1, _I32)
    for row in range(count):
        tag[row], parent[row], stop[row] = rows[row, t.E_TAG], rows[row, t.E_PARENT], rows[row, t.E_STOP]
        flags[row], path[row], depth[row] = rows[row, t.E_FLAGS], rows[row, t.E_PATH], rows[row, t.E_DEPTH]
        ordinal[row], source[row] = rows[row, t.E_ORDINAL], rows[row, t.E_SOURCE]
        first[row] = rows[row, t.E_FIRST_TOKEN]
    first[count] = tokens
    return tag, parent, stop, flags, path, depth, ordinal, source, first


@kernel
def token_columns(rows: np.ndarray, count: int) -> Any:
    """Hash and kind of `count` tokens."""
    hashes, kinds = np.empty(count, np.uint64), np.empty(count, _I8)
    for row in range(count):
        hashes[row], kinds[row] = np.uint64(rows[row, t.TOKEN_HASH]), rows[row, t.TOKEN_KIND]
    return hashes, kinds


@kernel
def value_columns(rows: np.ndarray, count: int) -> Any:
    """Element, name, start and end of `count` values of attributes."""
    element, name = np.empty(count, _I32), np.empty(count, _I8)
    start, end = np.empty(count, _I64), np.empty(count, _I64)
    for row in range(count):
        element[row], name[row] = rows[row, t.VALUE_ELEMENT], rows[row, t.VALUE_NAME]
        start[row], end[row] = rows[row, t.VALUE_START], rows[row, t.VALUE_END]
    return element, name, start, end


@kernel
def block_columns(rows: np.ndarray, count: int) -> Any:
    """Element, inner element, flags, how it is joined, depth of lists, start and end of `count` blocks."""
    element, inner, flags = np.empty(count, _I32), np.empty(count, _I32), np.empty(count, _I64)
    joined, depth = np.empty(count, _I8), np.empty(count, _I16)
    start, end = np.empty(count, _I64), np.empty(count, _I64)
    for row in range(count):
        element[row], inner[row] = rows[row, t.BLOCK_ELEMENT], rows[row, t.BLOCK_INNER]
        flags[row], joined[row] = rows[row, t.BLOCK_FLAGS], rows[row, t.BLOCK_JOINED]
        depth[row], start[row], end[row] = rows[row, t.BLOCK_DEPTH], rows[row, t.BLOCK_START], rows[row, t.BLOCK_END]
    return element, inner, flags, joined, depth, start, end


@kernel
def span_columns(rows: np.ndarray, count: int) -> Any:
    """Block, element, start, end and where they lie in the source, of `count` spans."""
    block, element = np.empty(count, _I32), np.empty(count, _I32)
    start, end = np.empty(count, _I64), np.empty(count, _I64)
    source_start, source_end = np.empty(count, _I64), np.empty(count, _I64)
    for row in range(count):
        block[row], element[row] = rows[row, t.SPAN_BLOCK], rows[row, t.SPAN_ELEMENT]
        start[row], end[row] = rows[row, t.SPAN_START], rows[row, t.SPAN_END]
        source_start[row], source_end[row] = rows[row, t.SPAN_SOURCE_START], rows[row, t.SPAN_SOURCE_END]
    return block, element, start, end, source_start, source_end
