"""Pieces of pages as Markdown (CommonMark 0.31, tables of GitHub)."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.html.code import language_of
from corpusmill.kernels.html.elements import HEADING, IN_TABLE, IN_VERBATIM, KINDS, NUMBERS
from corpusmill.kernels.html.escapes import (
    BROKEN,
    CELL,
    SPACED,
    longest_run,
    put_code,
    put_markdown,
    put_prefix,
)
from corpusmill.kernels.html.formulas import Parsed
from corpusmill.kernels.html.grid import MOST_COLUMNS, Places, has_tables, place, shape
from corpusmill.kernels.html.holders import (
    FENCE,
    FENCE_MARKS,
    HEAD,
    HEAD_BYTES,
    LISTING,
    MARKED,
    MOST_OPEN,
    OPEN_COLUMNS,
    PRE,
    PREFIX_BYTES,
    SIZE,
    STATE,
    XMP,
    begin_line,
    close_fence,
    hold,
    put,
    put_verbatim,
)
from corpusmill.kernels.html.mathml import mathml_room
from corpusmill.kernels.html.pieces import (
    BREAK,
    CODE_PIECE,
    LINE,
    MATHML_PIECE,
    NOTHING,
    PIECE_BLOCK,
    PIECE_DISPLAYED,
    PIECE_END,
    PIECE_GAP,
    PIECE_KIND,
    PIECE_START,
    TEX_PIECE,
)
from corpusmill.kernels.html.tex import put_formula
from corpusmill.machine_code.jit import kernel

H1 = NUMBERS["h1"]
_HEADING_BYTES = 300  # a heading that goes on for longer was never closed

_HASH, _BLANK, _NEWLINE, _MINUS, _BAR, _BACKTICK, _DOLLAR = b"# \n-|`$"


@kernel
def markdown_room(p: Parsed, pieces: np.ndarray) -> int:
    """Bytes that suffice for `pieces`."""
    room = 0
    for piece in range(len(pieces)):
        start, end = pieces[piece, PIECE_START], pieces[piece, PIECE_END]
        room += 6 * PREFIX_BYTES + 64
        if p.block_flags[pieces[piece, PIECE_BLOCK]] & IN_TABLE:
            room += 8 * MOST_COLUMNS
        if pieces[piece, PIECE_KIND] == MATHML_PIECE:
            room += mathml_room(p, start, end)
            continue
        room += 4 * (end - start)
        for at in range(start, end):
            room += (PREFIX_BYTES + 4) * (p.text[at] == _NEWLINE)
    return room


@kernel
def _put_piece(
    p: Parsed,
    pieces: np.ndarray,
    piece: int,
    fresh: bool,
    displayed: bool,
    way: int,
    prefix: np.ndarray,
    size: int,
    out: np.ndarray,
    at: int,
) -> int:
    kind = pieces[piece, PIECE_KIND]
    start, end = pieces[piece, PIECE_START], pieces[piece, PIECE_END]
    if kind in (TEX_PIECE, MATHML_PIECE):
        return put_formula(p, pieces, piece, displayed, way, prefix, size, out, at)
    if kind == CODE_PIECE or (way == CELL and p.block_flags[pieces[piece, PIECE_BLOCK]] & IN_VERBATIM):
        return put_code(p.text, start, end, way, prefix, size, out, at)
    return put_markdown(p.text, start, end, fresh, way, prefix, size, out, at)


@kernel
def _put_table(
    p: Parsed,
    pieces: np.ndarray,
    begin: int,
    end: int,
    columns: int,
    places: Places,
    prefix: np.ndarray,
    size: int,
    out: np.ndarray,
    at: int,
) -> int:
    """The cells `pieces[begin:end]` of one table; `columns` 0: rows as lines."""
    row_before = cell_before = -1
    column = rows = 0
    for piece in range(begin, end):
        element = p.block_element[pieces[piece, PIECE_BLOCK]]
        row, cell = places.row[element], places.cell[element]
        if row != row_before:
            if row_before >= 0:
                while column < columns:
                    at = put(out, at, _BLANK, 2)
                    out[at] = _BAR
                    at += 1
                    column += 1
                out[at] = _NEWLINE
                at = put_prefix(prefix, size, out, at + 1)
                if rows == 1 and columns:
                    out[at] = _BAR
                    at += 1
                    for _ in range(columns):
                        at = put(out, at, _MINUS, 3)
                        out[at] = _BAR
                        at += 1
                    out[at] = _NEWLINE
                    at = put_prefix(prefix, size, out, at + 1)
            rows += 1
            row_before, cell_before = row, -1
            column = 0
            if columns:
                out[at] = _BAR
                at += 1
        if cell != cell_before:
            if columns:
                while column < places.column[cell]:
                    at = put(out, at, _BLANK, 2)
                    out[at] = _BAR
                    at += 1
                    column += 1
                column += 1
                out[at] = _BLANK
                at += 1
            elif cell_before >= 0:
                out[at], out[at + 1], out[at + 2] = _BLANK, _BAR, _BLANK
                at += 3
            cell_before = cell
        elif pieces[piece, PIECE_GAP] != NOTHING:
            out[at] = _BLANK
            at += 1
        at = _put_piece(p, pieces, piece, False, False, CELL, prefix, size, out, at)
        following = -1
        if piece + 1 < end:
            following = places.cell[p.block_element[pieces[piece + 1, PIECE_BLOCK]]]
        if columns and following != cell:
            out[at], out[at + 1] = _BLANK, _BAR
            at += 2
    while column < columns:
        at = put(out, at, _BLANK, 2)
        out[at] = _BAR
        at += 1
        column += 1
    return at


@kernel
def _table_end(p: Parsed, pieces: np.ndarray, begin: int, end: int, places: Places) -> Any:
    """Behind the pieces from `begin` that stand in cells of one table, and how many rows they fill."""
    table = places.table[p.block_element[pieces[begin, PIECE_BLOCK]]]
    rows, row = 0, -1
    piece = begin
    while piece < end:
        element = p.block_element[pieces[piece, PIECE_BLOCK]]
        if places.table[element] != table or places.cell[element] < 0:
            break
        if places.row[element] != row:
            row = places.row[element]
            rows += 1
        piece += 1
    return piece, rows


@kernel
def _fence_marks(p: Parsed, pieces: np.ndarray, begin: int, end: int, holder: np.ndarray, code: int) -> Any:
    longest = np.int64(2)
    for piece in range(begin, end):
        if code >= 0 and holder[p.block_element[pieces[piece, PIECE_BLOCK]]] != code:
            break
        if pieces[piece, PIECE_KIND] != MATHML_PIECE:
            longest = max(longest, longest_run(p.text, pieces[piece, PIECE_START], pieces[piece, PIECE_END], _BACKTICK))
    return longest + 1


@kernel
def _write_page(
    p: Parsed,
    pieces: np.ndarray,
    begin: int,
    end: int,
    first: int,
    last: int,
    places: Places,
    holder: np.ndarray,
    s: np.ndarray,
    open_: np.ndarray,
    prefix: np.ndarray,
    carried: np.ndarray,
    values: np.ndarray,
    out: np.ndarray,
    at: int,
) -> int:
    hold(p, first, last, holder)
    tables = has_tables(p, pieces, begin, end)
    if tables:
        place(p, first, last, pieces, begin, end, places)
    s[:] = 0
    s[FENCE] = s[HEAD] = s[MARKED] = -1
    displayed_before = False
    piece = begin
    while piece < end:
        block = pieces[piece, PIECE_BLOCK]
        element = p.block_element[block]
        innermost = holder[element]
        gap = LINE if piece == begin else pieces[piece, PIECE_GAP]
        if tables and gap == LINE and places.cell[element] >= 0:
            table = places.table[element]
            in_code = innermost > -1 and innermost < table and p.tag[innermost] in (PRE, LISTING, XMP)
            if not places.laid_out[table] and places.row[element] >= 0 and not in_code:
                after, rows = _table_end(p, pieces, piece, end, places)
                columns = shape(p, table, places, carried, values) if rows > 1 else 0
                at = begin_line(p, holder[table], holder, piece > begin, s, open_, prefix, values, out, at)
                at = _put_table(p, pieces, piece, after, columns, places, prefix, s[SIZE], out, at)
                s[HEAD] = -1
                displayed_before = False
                piece = after
                continue
        is_code = innermost >= 0 and p.tag[innermost] in (PRE, LISTING, XMP)
        heading = innermost if innermost >= 0 and KINDS[p.tag[innermost]] & HEADING else -1
        kind = pieces[piece, PIECE_KIND]
        start, stop = pieces[piece, PIECE_START], pieces[piece, PIECE_END]
        fresh = gap == LINE
        if is_code:
            if s[FENCE] != innermost:
                at = begin_line(p, innermost, holder, piece > begin, s, open_, prefix, values, out, at)
                s[FENCE], s[FENCE_MARKS] = innermost, _fence_marks(p, pieces, piece, end, holder, innermost)
                at = put(out, at, _BACKTICK, s[FENCE_MARKS])
                at = language_of(p, innermost, values, out, at)
                gap = LINE
            if gap >= BREAK:
                out[at] = _NEWLINE
                at = put_prefix(prefix, s[SIZE], out, at + 1)
            elif gap != NOTHING:
                out[at] = _BLANK
                at += 1
            if kind in (TEX_PIECE, MATHML_PIECE):
                at = put_formula(p, pieces, piece, False, SPACED, prefix, s[SIZE], out, at)
            else:
                at = put_verbatim(p.text, start, stop, prefix, s[SIZE], out, at)
            s[HEAD] = -1
            displayed_before = False
            piece += 1
            continue
        alone = piece + 1 == end or pieces[piece + 1, PIECE_GAP] == LINE
        if kind == CODE_PIECE and fresh and alone and longest_run(p.text, start, stop, _NEWLINE) > 0:
            at = begin_line(p, innermost, holder, piece > begin, s, open_, prefix, values, out, at)
            marks = _fence_marks(p, pieces, piece, piece + 1, holder, -1)
            at = put(out, at, _BACKTICK, marks)
            out[at] = _NEWLINE
            at = put_prefix(prefix, s[SIZE], out, at + 1)
            at = put_verbatim(p.text, start, stop, prefix, s[SIZE], out, at)
            out[at] = _NEWLINE
            at = put_prefix(prefix, s[SIZE], out, at + 1)
            at = put(out, at, _BACKTICK, marks)
            s[HEAD] = -1
            displayed_before = False
            piece += 1
            continue
        displayed = pieces[piece, PIECE_DISPLAYED] != 0 and heading < 0
        if fresh:
            if heading >= 0 and heading == s[HEAD] and s[HEAD_BYTES] + stop - start <= _HEADING_BYTES:
                out[at] = _BLANK
                at += 1
                fresh = False
            else:
                at = begin_line(p, innermost, holder, piece > begin, s, open_, prefix, values, out, at)
                s[HEAD] = -1
                if heading >= 0 and heading != s[MARKED] and stop - start <= _HEADING_BYTES:
                    at = put(out, at, _HASH, p.tag[heading] - H1 + 1)
                    out[at] = _BLANK
                    at += 1
                    s[HEAD], s[MARKED], s[HEAD_BYTES] = heading, heading, 0
                    fresh = False
        elif gap == BREAK or displayed or displayed_before:
            if s[HEAD] >= 0:
                out[at] = _BLANK
                at += 1
            else:
                if gap == BREAK and not displayed and not displayed_before:
                    at = put(out, at, _BLANK, 2)
                out[at] = _NEWLINE
                at = put_prefix(prefix, s[SIZE], out, at + 1)
                fresh = True
        elif gap != NOTHING:
            out[at] = _BLANK
            at += 1
        if s[HEAD] >= 0 and kind != MATHML_PIECE:
            s[HEAD_BYTES] += stop - start
        way = SPACED if s[HEAD] >= 0 else BROKEN
        at = _put_piece(p, pieces, piece, fresh, displayed, way, prefix, s[SIZE], out, at)
        displayed_before = displayed
        piece += 1
    return close_fence(s, prefix, out, at)


@kernel
def write_markdown(
    p: Parsed,
    pieces: np.ndarray,
    first_pieces: np.ndarray,
    first_elements: np.ndarray,
    places: Places,
    holder: np.ndarray,
    values: np.ndarray,
    out: np.ndarray,
    ends: np.ndarray,
) -> None:
    """Write the pieces of each page to `out`; ends[page + 1] is where its text is over."""
    state = np.zeros(STATE, np.int64)
    open_ = np.zeros((MOST_OPEN, OPEN_COLUMNS), np.int64)
    prefix = np.zeros(PREFIX_BYTES, np.uint8)
    carried = np.zeros(MOST_COLUMNS, np.int64)
    at = 0
    for page in range(len(first_pieces) - 1):
        if first_pieces[page] < first_pieces[page + 1]:
            at = _write_page(
                p,
                pieces,
                first_pieces[page],
                first_pieces[page + 1],
                first_elements[page],
                first_elements[page + 1],
                places,
                holder,
                state,
                open_,
                prefix,
                carried,
                values,
                out,
                at,
            )
        ends[page + 1] = at
