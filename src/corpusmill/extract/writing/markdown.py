"""Chosen blocks as Markdown."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from corpusmill.extract.blocks.tables import ParsedPages
from corpusmill.extract.blocks.text import Mask
from corpusmill.extract.writing.arrays import pieces, strings
from corpusmill.kernels.html.grid import places_for
from corpusmill.kernels.html.markdown import markdown_room, write_markdown


def markdown_texts(parsed: ParsedPages, chosen: Mask) -> pa.LargeStringArray:
    """The blocks with `chosen[block]` of each page as CommonMark with GitHub's tables, one string a page.

    Headings, lists (nested, numbered as the page numbers them), quotes, code in lines and in fences with its language
    where a class names it, tables whose rows are equally long once spanned cells are counted (other rows of data are
    lines, their cells parted by ` | `), formulas as `plain_texts` has them. No emphasis and no addresses of links. A
    backslash stands only before what would be read as a mark.

    >>> from corpusmill.extract.blocks.parse import parse
    >>> from corpusmill.extract.blocks.text import seen
    >>> page = "<h2>A</h2><ol start=3><li>b<ul><li>c</ul><li><pre class=language-py>  d(*e)\\n</pre></ol>"
    >>> parsed = parse(pa.array([page], pa.large_string()))
    >>> print(markdown_texts(parsed, seen(parsed))[0])
    ## A
    <BLANKLINE>
    3. b
       - c
    4. ```py
         d(*e)
       ```
    """
    found = pieces(parsed, chosen, by_code=True)
    elements = len(parsed.elements.tag)
    out = np.empty(markdown_room(found.parsed, found.rows), np.uint8)
    ends = np.zeros(len(parsed) + 1, np.int64)
    holder = np.empty(elements, np.int32)
    first = parsed.elements.offsets
    write_markdown(found.parsed, found.rows, found.first, first, places_for(elements), holder, found.values, out, ends)
    return strings(out, ends)
