"""Cells and rows of tables, and which tables lay out a page rather than hold data."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from corpusmill.kernels.html.elements import (
    COLSPAN,
    IN_HEADING,
    IN_TABLE,
    IN_VERBATIM,
    NUMBERS,
    ROWSPAN,
    words_of,
)
from corpusmill.kernels.html.formulas import Parsed, value_of
from corpusmill.kernels.html.pieces import (
    LINE,
    MATHML_PIECE,
    PIECE_BLOCK,
    PIECE_END,
    PIECE_GAP,
    PIECE_KIND,
    PIECE_START,
)
from corpusmill.machine_code.jit import kernel

TABLE, TR, TD, TH = (NUMBERS[name] for name in words_of("table tr td th"))
MOST_LINES, MOST_BYTES = 6, 1000  # in a cell of data; what holds more is laid out
MOST_COLUMNS = 64  # of a table in Markdown
_MOST_ROWS = 65534  # that a cell may span, by the standard


class Places(NamedTuple):
    """Of each element of a page with tables, by its row: the innermost one it stands in, -1: none."""

    cell: Any  # int32
    row: Any  # int32
    table: Any  # int32
    column: Any  # int32, of cells; of tables, how many there are, -1: not counted yet
    laid_out: Any  # int8, of tables: 1 where cells hold pages of text, headings, code or tables


def places_for(elements: int) -> Places:
    cell, row, table, column = (np.empty(elements, np.int32) for _ in range(4))
    return Places(cell, row, table, column, np.empty(elements, np.int8))


@kernel
def has_tables(p: Parsed, pieces: np.ndarray, begin: int, end: int) -> bool:
    found = False
    for piece in range(begin, end):
        found = found or p.block_flags[pieces[piece, PIECE_BLOCK]] & IN_TABLE != 0
    return found


@kernel
def place(p: Parsed, first: int, last: int, pieces: np.ndarray, begin: int, end: int, places: Places) -> None:
    """Fill the rows `first:last` of `places` for the page whose pieces are `begin:end`."""
    cell, row, table, column, laid_out = places
    for element in range(first, last):
        parent, tag = p.parent[element], p.tag[element]
        laid_out[element] = 0
        column[element] = -1
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


@kernel
def _spanned(p: Parsed, cell: int, number: int, most: int, values: np.ndarray) -> Any:
    """What `colspan` or `rowspan` says, at least 1 and at most `most`."""
    start, stop = value_of(p, cell, number, values)
    spanned = np.int64(0)
    for at in range(max(start, 0), max(stop, 0)):
        if not 48 <= p.source[at] <= 57 or spanned > most:
            break
        spanned = spanned * 10 + p.source[at] - 48
    return min(max(spanned, 1), most)


@kernel
def shape(p: Parsed, table: int, places: Places, carried: np.ndarray, values: np.ndarray) -> Any:
    """Columns of a table whose rows are equally long, most of them; 0: it has no such shape. Fills `places.column`.

    A cell that spans columns or rows stands in the first of them, and the others are empty. A row that is too short is
    empty behind its end. `carried` is room for MOST_COLUMNS numbers.
    """
    if places.column[table] < 0:
        places.column[table] = _count_columns(p, table, places, carried, values)
    return places.column[table]


@kernel
def _count_columns(p: Parsed, table: int, places: Places, carried: np.ndarray, values: np.ndarray) -> Any:
    carried[:] = 0  # rows for which cells above go on, by column
    widest = full = rows = 0
    column = 0
    row = -1
    for element in range(table + 1, p.stop[table] + 1):
        ends = element == p.stop[table]
        if not ends and places.table[element] != table:
            continue
        if ends or p.tag[element] == TR:
            if row >= 0 and column > 0:
                while column < MOST_COLUMNS and carried[column] > 0:
                    column += 1
                rows += 1
                if column > widest:
                    widest, full = column, 0
                full += column == widest
                for i in range(MOST_COLUMNS):
                    carried[i] -= carried[i] > 0
            row, column = element, 0
        elif places.cell[element] == element and row >= 0:
            while column < MOST_COLUMNS and carried[column] > 0:
                column += 1
            places.column[element] = column
            columns = _spanned(p, element, COLSPAN, MOST_COLUMNS + 1, values)
            spanned = _spanned(p, element, ROWSPAN, _MOST_ROWS, values)
            if column + columns > MOST_COLUMNS:
                return 0
            for i in range(column, column + columns):
                carried[i] = spanned
            column += columns
    return widest if widest > 1 and 2 * full >= rows else 0
