"""Cells and rows of tables, and which tables lay out a page rather than hold data."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from corpusmill.kernels.html_elements import IN_HEADING, IN_TABLE, IN_VERBATIM, NUMBERS, words_of
from corpusmill.kernels.html_formulas import Parsed
from corpusmill.kernels.html_pieces import (
    LINE,
    MATHML_PIECE,
    PIECE_BLOCK,
    PIECE_END,
    PIECE_GAP,
    PIECE_KIND,
    PIECE_START,
)
from corpusmill.kernels.jit import kernel

TABLE, TR, TD, TH = (NUMBERS[name] for name in words_of("table tr td th"))
MOST_LINES, MOST_BYTES = 6, 1000  # in a cell of data; what holds more is laid out


class Places(NamedTuple):
    """Of each element of a page with tables, by its row: the innermost one it stands in, -1: none."""

    cell: Any  # int32
    row: Any  # int32
    table: Any  # int32
    laid_out: Any  # int8, of tables: 1 where cells hold pages of text, headings, code or tables


def places_for(elements: int) -> Places:
    return Places(*(np.empty(elements, np.int32) for _ in range(3)), np.empty(elements, np.int8))


@kernel
def has_tables(p: Parsed, pieces: np.ndarray, begin: int, end: int) -> bool:
    found = False
    for piece in range(begin, end):
        found = found or p.block_flags[pieces[piece, PIECE_BLOCK]] & IN_TABLE != 0
    return found


@kernel
def place(p: Parsed, first: int, last: int, pieces: np.ndarray, begin: int, end: int, places: Places) -> None:
    """Fill the rows `first:last` of `places` for the page whose pieces are `begin:end`."""
    cell, row, table, laid_out = places
    for element in range(first, last):
        parent, tag = p.parent[element], p.tag[element]
        laid_out[element] = 0
        if tag == TABLE:
            cell[element] = row[element] = -1
            table[element] = element
        else:
            inside = parent >= 0
            cell[element] = element if tag in (TD, TH) else (cell[parent] if inside else -1)
            row[element] = element if tag == TR else (row[parent] if inside else -1)
            table[element] = table[parent] if inside else -1
    before = -1
    lines = size = 0
    for piece in range(begin, end):
        block = pieces[piece, PIECE_BLOCK]
        element = p.block_element[block]
        now = table[element]
        if now < 0:
            continue
        outer = p.parent[now]
        outer = table[outer] if outer >= 0 else -1
        while outer >= 0 and not laid_out[outer]:
            laid_out[outer] = 1
            outer = p.parent[outer]
            outer = table[outer] if outer >= 0 else -1
        if cell[element] < 0:
            continue
        if cell[element] != before:
            before = cell[element]
            lines = size = 0
        lines += pieces[piece, PIECE_GAP] == LINE
        if pieces[piece, PIECE_KIND] != MATHML_PIECE:
            size += pieces[piece, PIECE_END] - pieces[piece, PIECE_START]
        flags = p.block_flags[block]
        if lines > MOST_LINES or size > MOST_BYTES or flags & IN_HEADING:
            laid_out[now] = 1
        elif flags & IN_VERBATIM and not laid_out[now]:
            for at in range(pieces[piece, PIECE_START], pieces[piece, PIECE_END]):
                if p.text[at] == 10:
                    laid_out[now] = 1
                    break
