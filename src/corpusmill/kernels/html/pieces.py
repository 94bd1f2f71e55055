"""What is to be written of pages, in order: runs of text and of code, formulas, and what parts each from the last."""

from __future__ import annotations

import numpy as np

from corpusmill.kernels.html.elements import IN_CODE, IN_MATH_SOURCE, IN_VERBATIM, UNSEEN
from corpusmill.kernels.html.formulas import DISPLAYED, MATH, Formulas, Parsed, find_formulas, is_double
from corpusmill.machine_code.jit import inlined, kernel

# Kinds of pieces. PIECE_START and PIECE_END count in the text; of MathML they are its element and a run of text before
# or in it.
TEXT_PIECE, CODE_PIECE, TEX_PIECE, MATHML_PIECE = range(4)
# What stands before a piece: nothing, a space, a line break inside of a paragraph, the end of the block before.
NOTHING, SPACE, BREAK, LINE = range(4)
PIECE_KIND, PIECE_BLOCK, PIECE_GAP, PIECE_START, PIECE_END, PIECE_DISPLAYED = range(6)
PIECE_COLUMNS = 6


@inlined
def _add(pieces: np.ndarray, count: int, kind: int, block: int, gap: int, start: int, end: int, displayed: bool) -> int:
    pieces[count, PIECE_KIND] = kind
    pieces[count, PIECE_BLOCK] = block
    pieces[count, PIECE_GAP] = gap
    pieces[count, PIECE_START] = start
    pieces[count, PIECE_END] = end
    pieces[count, PIECE_DISPLAYED] = displayed
    return count + 1


@inlined
def _gap_between(text: np.ndarray, end: int, start: int) -> int:
    """Between two runs of one block."""
    if end == start:
        return NOTHING
    return BREAK if text[end] == 10 else SPACE


@kernel
def _plain_page(
    p: Parsed, chosen: np.ndarray, first: int, last: int, span: int, by_code: bool, pieces: np.ndarray, count: int
) -> int:
    """Pieces of the chosen blocks `first:last` of a page without formulas, whose first run of text is `span`."""
    line = written_line = -1
    written = -2
    spans = len(p.span_block)
    for block in range(first, last):
        joined = p.joined[block]
        if joined == 0:
            line = block
        if not chosen[block]:
            continue
        gap = LINE
        if line == written_line:
            gap = SPACE if joined == 2 or (joined == 3 and written != block - 1) else NOTHING
        written, written_line = block, line
        start, end = p.block_starts[block], p.block_ends[block]
        if not by_code or p.code_chars[block] == 0 or p.block_flags[block] & IN_VERBATIM:
            count = _add(pieces, count, TEXT_PIECE, block, gap, start, end, False)
            continue
        while p.span_block[span] < block:
            span += 1
        while span < spans and p.span_block[span] == block:
            is_code = p.element_flags[p.span_element[span]] & IN_CODE != 0
            start, end = p.span_starts[span], p.span_ends[span]
            span += 1
            while (
                span < spans
                and p.span_block[span] == block
                and (p.element_flags[p.span_element[span]] & IN_CODE != 0) == is_code
            ):
                end = p.span_ends[span]
                span += 1
            if start < end:
                count = _add(pieces, count, CODE_PIECE if is_code else TEXT_PIECE, block, gap, start, end, False)
            if span < spans and p.span_block[span] == block:
                gap = _gap_between(p.text, end, p.span_starts[span])
    return count


@kernel
def _lines_chosen(
    p: Parsed, chosen: np.ndarray, first: int, last: int, span: int, last_span: int, f: Formulas, lines: np.ndarray
) -> None:
    """lines[block - first] = whether formulas of the line that `block` stands in are written.

    They are where text of their line is chosen; alone on a line, where the nearest text before or behind them is; and
    on a page without other text, of which nothing could be chosen.
    """
    line = -1
    lines[: last - first] = -1  # by the first block of each line: -1 no text that is seen, 0 none of it chosen, 1 some
    at = first - 1
    text = False
    for run in range(span, last_span):
        while at < p.span_block[run]:
            at += 1
            if p.joined[at] == 0 or line < 0:
                line = at - first
        if p.block_flags[at] & UNSEEN:
            continue
        text = True
        root = f.root[p.span_element[run]]
        if chosen[at]:
            lines[line] = 1
        elif root < 0 or not is_double(p, at, p.span_element[run], root, f):
            lines[line] = max(lines[line], np.int8(0))
    if not text:
        lines[: last - first] = 1
        return
    before = np.int8(-1)
    for block in range(first, last):  # +2: alone, and the text before it is chosen
        if p.joined[block] == 0 or block == first:
            if lines[block - first] >= 0:
                before = lines[block - first]
            elif before > 0:
                lines[block - first] = 2
    behind = np.int8(-1)
    for back in range(first, last):
        block = last - 1 - (back - first)
        if p.joined[block] == 0 or block == first:
            if lines[block - first] == 2 or (lines[block - first] < 0 and behind > 0):
                lines[block - first] = 1
            elif lines[block - first] >= 0:
                behind = lines[block - first]
    state = np.int8(0)
    for block in range(first, last):
        if p.joined[block] == 0 or block == first:
            state = np.int8(lines[block - first] == 1)
        lines[block - first] = state


@kernel
def _page_of_formulas(
    p: Parsed,
    chosen: np.ndarray,
    first: int,
    last: int,
    span: int,
    last_span: int,
    by_code: bool,
    f: Formulas,
    lines: np.ndarray,
    pieces: np.ndarray,
    count: int,
) -> int:
    """As `_plain_page`, run by run."""
    line = written_line = -1
    written = -2  # the last block of which something was written, or needs not to be
    pending = NOTHING
    root_before = -1
    begun = count
    for run in range(span, last_span):
        block, element = p.span_block[run], p.span_element[run]
        begins = run == span or p.span_block[run - 1] != block
        joined = p.joined[block]
        if begins:
            if joined == 0:
                line = block
            gap = SPACE if joined == 2 or (joined == 3 and written != block - 1) else NOTHING
        else:
            gap = _gap_between(p.text, p.span_ends[run - 1], p.span_starts[run])
        root = f.root[element]
        if root >= 0 and f.tex[root] < 0 and f.mathml[root] < 0 and not f.written[root]:
            root = -1
        if root >= 0 and not is_double(p, block, element, root, f):
            root = -1
        if root >= 0 and root == root_before:
            gap = NOTHING
        root_before = root
        if root < 0:
            if not chosen[block]:
                continue
            flagged = by_code and not p.block_flags[block] & IN_VERBATIM
            kind = CODE_PIECE if flagged and p.element_flags[element] & IN_CODE else TEXT_PIECE
            start, end = p.span_starts[run], p.span_ends[run]
            gap = LINE if line != written_line else max(gap, pending)
            last_piece = count - 1
            if (
                last_piece >= begun
                and not begins
                and pieces[last_piece, PIECE_KIND] == kind
                and pieces[last_piece, PIECE_BLOCK] == block
                and p.span_ends[run - 1] == pieces[last_piece, PIECE_END]
            ):
                pieces[last_piece, PIECE_END] = end
            elif start < end:
                count = _add(pieces, count, kind, block, gap, start, end, False)
            else:
                continue
        else:
            tex = f.tex[root]
            wanted = chosen[block] or lines[block - first] or (tex >= 0 and chosen[tex])
            if not wanted:
                continue
            if f.written[root]:
                pending = max(pending, gap)
                written = block
                continue
            f.written[root] = 1
            gap = LINE if line != written_line else max(gap, pending)
            displayed = f.says[root] & DISPLAYED != 0
            if tex >= 0:
                start, end = p.block_starts[tex], p.block_ends[tex]
                count = _add(pieces, count, TEX_PIECE, block, gap, start, end, displayed)
            else:
                count = _add(pieces, count, MATHML_PIECE, block, gap, f.mathml[root], run, displayed)
        written, written_line = block, line
        pending = NOTHING
    return count


@kernel
def pieces_of(
    p: Parsed,
    chosen: np.ndarray,
    first_elements: np.ndarray,
    first_blocks: np.ndarray,
    first_spans: np.ndarray,
    by_code: bool,
    f: Formulas,
    lines: np.ndarray,
    values: np.ndarray,
    pieces: np.ndarray,
    first_pieces: np.ndarray,
) -> None:
    """Fill `pieces` [n, 6] with what is to be written, and `first_pieces` with each page's first row of it.

    `by_code`: runs of code in a line are pieces of their own.
    """
    count = 0
    for page in range(len(first_blocks) - 1):
        first, last = first_blocks[page], first_blocks[page + 1]
        span, last_span = first_spans[page], first_spans[page + 1]
        first_element, last_element = first_elements[page], first_elements[page + 1]
        formulas = False
        for element in range(first_element, last_element):
            formulas = formulas or p.tag[element] == MATH
        for block in range(first, last):
            formulas = formulas or p.block_flags[block] & IN_MATH_SOURCE != 0
        if formulas:
            find_formulas(p, first_element, last_element, first, last, values, f)
            _lines_chosen(p, chosen, first, last, span, last_span, f, lines)
            count = _page_of_formulas(p, chosen, first, last, span, last_span, by_code, f, lines, pieces, count)
        else:
            count = _plain_page(p, chosen, first, last, span, by_code, pieces, count)
        first_pieces[page + 1] = count
