"""The arrays that a batch of pages becomes. Indices count from the start of the batch, ends are exclusive.

elements  one row a start tag, in the order of the page; the first row of a page is the page itself (tag 0)
    tag         int16   number in `kernels.html_elements.NAMES`, 0 for a name that is not there
    parent      int32   row of the element it stands in, -1 for the page
    stop        int32   row behind its last descendant
    flags       int64   IN_* bits of `kernels.html_elements`: what its text is inside of
    path        int64   hash of the names from the page down to it
    depth       int16   open elements around it
    ordinal     int32   which child of its parent, from 1 (cells of a row, items of a list)
    source      int64   byte of the pages where its tag begins
    token_offsets  int32 [n + 1]  its tokens
tokens    words of class, id, role and itemprop, each whole and, where it is no run of letters, in parts
    hashes      uint64  FNV-1a of the lower-case bytes, `kernels.html_elements.name_hash`
    kinds       int8    index into `kernels.html_classes.TOKEN_KINDS`
values    spans of attributes: alt of img, colspan and rowspan of cells, start of ol, type of script, encoding of
          annotation, alttext of math; name, property, http-equiv and content of meta; lang, datetime, itemprop and
          rel of any; and as content of a script, what a script of linked data holds
    element     int32
    name        int8    index into `kernels.html_elements.ATTRIBUTES`
    starts ends int64   bytes of the pages, references not decoded
blocks    text between two boundaries of block-level elements, or two `<br>`
    element     int32   the innermost block-level element
    inner       int32   the innermost element at the first character
    flags       int64   IN_* bits of the block-level element, and those of APART at the first character
    joined      int8    0: begins a line; 1: goes on where the one before ends, 2: likewise behind a space,
                            3: likewise, behind a space where the one before is left out
    list_depth  int16   lists around it
    starts ends int64   bytes of `text`
    counts      int32 [n, k]  columns `kernels.html_tables.COUNTERS`; links, images, controls and tags are those
                        since the end of the block before
spans     runs of text of one block without a tag between
    block       int32
    element     int32   the innermost element
    starts ends int64   bytes of `text`
    source_starts source_ends  int64  bytes of the pages
text      UTF-8: references decoded, white space collapsed outside `<pre>` and its like, no controls; one `<br>` is
          a line feed, two part blocks
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.kernels.html.tables import COUNTERS

Int8s = npt.NDArray[np.int8]
Int16s = npt.NDArray[np.int16]
Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Elements:
    """Columns as the module says; a page's rows lie at `offsets[page]:offsets[page + 1]`, as in the other tables."""

    tag: Int16s
    parent: Int32s
    stop: Int32s
    flags: Int64s
    path: Int64s
    depth: Int16s
    ordinal: Int32s
    source: Int64s
    token_offsets: Int32s
    offsets: Int64s


@dataclass(frozen=True)
class Tokens:
    """Rows of element e: `elements.token_offsets[e]:elements.token_offsets[e + 1]`."""

    hashes: npt.NDArray[np.uint64]
    kinds: Int8s


@dataclass(frozen=True)
class Values:
    element: Int32s
    name: Int8s
    starts: Int64s
    ends: Int64s
    offsets: Int64s


@dataclass(frozen=True)
class Blocks:
    element: Int32s
    inner: Int32s
    flags: Int64s
    joined: Int8s
    list_depth: Int16s
    starts: Int64s
    ends: Int64s
    counts: Int32s
    offsets: Int64s

    def count(self, name: str) -> Int32s:
        """The column `name` of the counts."""
        return self.counts[:, COUNTERS.index(name)]


@dataclass(frozen=True)
class Spans:
    block: Int32s
    element: Int32s
    starts: Int64s
    ends: Int64s
    source_starts: Int64s
    source_ends: Int64s
    offsets: Int64s


@dataclass(frozen=True)
class ParsedPages:
    """A batch of pages; `unclosed` says of each how it ends: 0, or inside 1 a tag, 2 a comment, 3 raw text."""

    elements: Elements
    tokens: Tokens
    values: Values
    blocks: Blocks
    spans: Spans
    text: npt.NDArray[np.uint8]
    unclosed: Int8s
    steps: Int64s  # levels of open elements that were looked at: what grows where nesting is hostile
    source: npt.NDArray[np.uint8]  # the pages' own bytes, which `values` and `*source*` columns count in

    def __len__(self) -> int:
        return len(self.unclosed)

    def table(self, name: str) -> pa.Table:
        """The table `name` (elements, tokens, values, blocks, spans) in Arrow; counts are a column each."""
        part = getattr(self, name)
        columns = {f.name: getattr(part, f.name) for f in fields(part) if f.name not in ("offsets", "token_offsets")}
        counts = columns.pop("counts", None)
        if counts is not None:
            columns |= {counter: counts[:, i] for i, counter in enumerate(COUNTERS)}
        return pa.table(columns)
