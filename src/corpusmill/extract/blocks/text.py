"""Chosen blocks as one text a page."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.extract.blocks.tables import ParsedPages
from corpusmill.kernels.gather import gathered
from corpusmill.kernels.html.elements import IN_TITLE, NUMBERS, UNSEEN
from corpusmill.kernels.html.nearest import nearest

Mask = npt.NDArray[np.bool_]

_MARKS = (b"", b" ", b"\t", b"\n")
_NOTHING, _SPACE, _TAB, _LINE = range(len(_MARKS))


def seen(pages: ParsedPages) -> Mask:
    """Blocks whose text stands on the page: all but titles, templates, `<noscript>`, SVG, TeX, form controls …"""
    mask: Mask = pages.blocks.flags & UNSEEN == 0
    return mask


def titles_of(pages: ParsedPages) -> pa.StringArray:
    """The first `<title>` of each page, references decoded; null: none with a word in it."""
    blocks = pages.blocks
    rows = np.flatnonzero(blocks.flags & IN_TITLE)
    page = np.searchsorted(blocks.offsets, rows, "right") - 1
    first: dict[int, str] = {}
    for row, number in zip(rows.tolist(), page.tolist(), strict=True):
        if number not in first:
            first[number] = bytes(pages.text[blocks.starts[row] : blocks.ends[row]]).decode()
    return pa.array([first.get(number) for number in range(len(pages))], pa.string())


def texts_of(pages: ParsedPages, chosen: Mask) -> pa.LargeStringArray:
    """The blocks with `chosen[block]` of each page: a line each, cells of a row parted by tabs.

    >>> from corpusmill.extract.blocks.parse import parse
    >>> parsed = parse(pa.array(["<h1>A</h1><table><tr><td>b<td>c</table>", "<title>t</title>"], pa.large_string()))
    >>> texts_of(parsed, seen(parsed)).to_pylist()
    ['A\\nb\\tc', '']
    """
    rows = np.flatnonzero(chosen)
    blocks = pages.blocks
    marks = separators(pages, rows)
    lengths = blocks.ends[rows] - blocks.starts[rows]
    mark_lengths = np.array([len(mark) for mark in _MARKS], np.int64)
    mark_starts = len(pages.text) + np.concatenate(([0], np.cumsum(mark_lengths)[:-1]))
    starts = np.column_stack((mark_starts[marks], blocks.starts[rows])).ravel()
    sizes = np.column_stack((mark_lengths[marks], lengths)).ravel()
    source = np.concatenate((pages.text, np.frombuffer(b"".join(_MARKS), np.uint8)))
    data = gathered(source, starts, sizes)
    ends = np.concatenate(([0], np.cumsum(sizes)))[2 * np.searchsorted(rows, blocks.offsets)]
    return pa.LargeStringArray.from_buffers(len(pages), pa.py_buffer(ends.astype(np.int64)), pa.py_buffer(data))


def separators(pages: ParsedPages, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """What stands before each of the blocks `rows`: indices of nothing, a space, a tab, a line feed."""
    blocks = pages.blocks
    page = np.searchsorted(blocks.offsets, rows, "right")
    line = np.cumsum(blocks.joined == 0)[rows]  # pieces of one line of the page
    first = np.ones(len(rows), bool)
    first[1:] = page[1:] != page[:-1]
    same_line = np.zeros(len(rows), bool)
    same_line[1:] = (line[1:] == line[:-1]) & ~first[1:]
    elements = pages.elements
    table = NUMBERS["table"]
    row = nearest(elements.parent, elements.tag, NUMBERS["tr"], table)[blocks.element[rows]]
    cell = np.maximum(
        nearest(elements.parent, elements.tag, NUMBERS["td"], table)[blocks.element[rows]],
        nearest(elements.parent, elements.tag, NUMBERS["th"], table)[blocks.element[rows]],
    )
    same_row = np.zeros(len(rows), bool)
    same_row[1:] = (row[1:] == row[:-1]) & (row[1:] >= 0) & (cell[1:] != cell[:-1])
    marks = np.where(same_row, _TAB, _LINE)
    left_out = np.diff(rows, prepend=-1) != 1
    spaced = (blocks.joined[rows] == 2) | ((blocks.joined[rows] == 3) & left_out)
    marks = np.where(same_line, np.where(spaced, _SPACE, _NOTHING), marks)
    return np.where(first, _NOTHING, marks)
