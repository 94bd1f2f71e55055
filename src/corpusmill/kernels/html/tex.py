"""Formulas of pages as TeX."""

from __future__ import annotations

import numpy as np

from corpusmill.kernels.html.bytes import blank
from corpusmill.kernels.html.escapes import put_line
from corpusmill.kernels.html.formulas import Parsed
from corpusmill.kernels.html.holders import put as put_repeated
from corpusmill.kernels.html.mathml import write_mathml
from corpusmill.kernels.html.pieces import PIECE_END, PIECE_KIND, PIECE_START, TEX_PIECE
from corpusmill.machine_code.jit import kernel

_DOLLAR, _BACKSLASH = 0x24, 0x5C


@kernel
def tex_span(text: np.ndarray, start: int, end: int) -> tuple[int, int]:
    """`text[start:end]` without white space around it, and without the marks that TeX is set off from text by."""
    while start < end and blank(text[start]):
        start += 1
    while start < end and blank(text[end - 1]):
        end -= 1
    for _ in range(2):
        if end - start > 2 and text[start] == _DOLLAR and text[end - 1] == _DOLLAR and text[end - 2] != _BACKSLASH:
            start, end = start + 1, end - 1
    if end - start > 4 and text[start] == _BACKSLASH and text[end - 2] == _BACKSLASH:
        opens, closes = text[start + 1], text[end - 1]
        if (opens == 0x28 and closes == 0x29) or (opens == 0x5B and closes == 0x5D):
            start, end = start + 2, end - 2
    while start < end and blank(text[start]):
        start += 1
    while start < end and blank(text[end - 1]):
        end -= 1
    return start, end


@kernel
def put_formula(
    p: Parsed,
    pieces: np.ndarray,
    piece: int,
    displayed: bool,
    way: int,
    prefix: np.ndarray,
    size: int,
    out: np.ndarray,
    at: int,
) -> int:
    """A formula as TeX between dollars, doubled where it is displayed; `way` and `prefix[:size]` as for `put_line`."""
    at = put_repeated(out, at, _DOLLAR, 1 + displayed)
    if pieces[piece, PIECE_KIND] == TEX_PIECE:
        start, end = tex_span(p.text, pieces[piece, PIECE_START], pieces[piece, PIECE_END])
        at = put_line(p.text, start, end, way, prefix, size, out, at)
    else:
        at = write_mathml(p, pieces[piece, PIECE_START], pieces[piece, PIECE_END], out, at)
    return put_repeated(out, at, _DOLLAR, 1 + displayed)
