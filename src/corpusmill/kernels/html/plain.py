"""Pieces of pages as plain text."""

from __future__ import annotations

import numpy as np

from corpusmill.kernels.html.escapes import BROKEN
from corpusmill.kernels.html.formulas import Parsed
from corpusmill.kernels.html.grid import Places, has_tables, place
from corpusmill.kernels.html.mathml import mathml_room
from corpusmill.kernels.html.pieces import (
    BREAK,
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
from corpusmill.machine_code.jit import inlined, kernel

_NEWLINE, _BLANK, _TAB = 10, 32, 9
_NO_PREFIX = np.zeros(0, np.uint8)  # of lines
_MARKS = 8  # bytes that a piece may need beside its text: a separator, and two marks of a formula on lines of their own


@kernel
def plain_room(p: Parsed, pieces: np.ndarray) -> int:
    """Bytes that suffice for `pieces`."""
    room = 0
    for piece in range(len(pieces)):
        if pieces[piece, PIECE_KIND] == MATHML_PIECE:
            room += mathml_room(p, pieces[piece, PIECE_START], pieces[piece, PIECE_END])
        else:
            room += pieces[piece, PIECE_END] - pieces[piece, PIECE_START]
    return room + _MARKS * len(pieces)


@inlined
def put(out: np.ndarray, at: int, text: np.ndarray, start: int, end: int) -> int:
    for i in range(end - start):
        out[at + i] = text[start + i]
    return at + end - start


@kernel
def write_plain(
    p: Parsed,
    pieces: np.ndarray,
    first_pieces: np.ndarray,
    first_elements: np.ndarray,
    places: Places,
    out: np.ndarray,
    ends: np.ndarray,
) -> None:
    """Write the pieces of each page to `out`; ends[page + 1] is where its text is over."""
    at = 0
    for page in range(len(first_pieces) - 1):
        begin, end = first_pieces[page], first_pieces[page + 1]
        tables = has_tables(p, pieces, begin, end)
        if tables:
            place(p, first_elements[page], first_elements[page + 1], pieces, begin, end, places)
        row_before = cell_before = -1
        displayed_before = False
        for piece in range(begin, end):
            row = cell = -1
            if tables:
                element = p.block_element[pieces[piece, PIECE_BLOCK]]
                cell = places.cell[element]
                if cell >= 0 and not places.laid_out[places.table[element]]:
                    row = places.row[element]
                else:
                    cell = -1
            kind, gap = pieces[piece, PIECE_KIND], pieces[piece, PIECE_GAP]
            displayed = pieces[piece, PIECE_DISPLAYED] != 0 and cell < 0
            if piece == begin:
                gap = NOTHING
            elif (displayed or displayed_before) and gap < BREAK:
                gap = BREAK
            if gap == LINE:
                same = cell >= 0 and row >= 0 and row == row_before
                out[at] = (_BLANK if cell == cell_before else _TAB) if same else _NEWLINE
                at += 1
            elif gap != NOTHING:
                out[at] = _NEWLINE if gap == BREAK and cell < 0 else _BLANK
                at += 1
            row_before, cell_before, displayed_before = row, cell, displayed
            if kind in (TEX_PIECE, MATHML_PIECE):
                at = put_formula(p, pieces, piece, displayed, BROKEN, _NO_PREFIX, 0, out, at)
                continue
            written = at
            at = put(out, at, p.text, pieces[piece, PIECE_START], pieces[piece, PIECE_END])
            if cell >= 0:
                for i in range(written, at):
                    if out[i] == _NEWLINE:
                        out[i] = _BLANK
        ends[page + 1] = at
