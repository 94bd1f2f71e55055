"""Chosen blocks as plain text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from corpusmill.extract.blocks.tables import ParsedPages
from corpusmill.extract.blocks.text import Mask
from corpusmill.extract.writing.arrays import pieces, strings
from corpusmill.kernels.html.grid import places_for
from corpusmill.kernels.html.plain import plain_room, write_plain


def plain_texts(parsed: ParsedPages, chosen: Mask) -> pa.LargeStringArray:
    """The blocks with `chosen[block]` of each page, one string a page.

    A block is a line; a row of a table of data is a line, its cells parted by tabs. Code keeps its white space.
    Formulas are TeX: `$…$` in a line, `$$…$$` on a line of their own, each once however often the page shows it. A
    formula comes with the sentence it stands in, whether or not its own block is chosen; one that stands alone comes
    where the text before or behind it is chosen.

    >>> from corpusmill.extract.blocks.parse import parse
    >>> from corpusmill.extract.blocks.text import seen
    >>> page = "<p>Let <img class=math alt='x^2'> be<table><tr><td>a<td>b</table>"
    >>> parsed = parse(pa.array([page], pa.large_string()))
    >>> plain_texts(parsed, seen(parsed)).to_pylist()
    ['Let $x^2$ be\\na\\tb']
    """
    found = pieces(parsed, chosen, by_code=False)
    out = np.empty(plain_room(found.parsed, found.rows), np.uint8)
    ends = np.zeros(len(parsed) + 1, np.int64)
    places = places_for(len(parsed.elements.tag))
    write_plain(found.parsed, found.rows, found.first, parsed.elements.offsets, places, out, ends)
    return strings(out, ends)
