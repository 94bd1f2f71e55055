"""Pages to blocks: the kernels' matrices as typed columns."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from corpusmill.errors import Refused
from corpusmill.extract.blocks.tables import Blocks, Elements, ParsedPages, Spans, Tokens, Values
from corpusmill.kernels.html import columns as c
from corpusmill.kernels.html import tables as t
from corpusmill.kernels.html.blocks import count_brackets, scan_pages


@dataclass(frozen=True)
class ParseParameters:
    """Bounds of the arrays; text is never lost to them."""

    max_depth: int = 512  # levels that are told apart; what lies below hangs on the last
    max_tokens: int = 32  # of class, id, role and itemprop of one element


def parse(pages: pa.Array, parameters: ParseParameters | None = None) -> ParsedPages:
    """Blocks of `pages` (large_string or large_binary, decoded to UTF-8; null is empty), all in one pass.

    Raises Refused for 2 GiB and more at once.

    >>> parsed = parse(pa.array(["<p>One<p>two <b>&amp; three</b>"], pa.large_string()))
    >>> [bytes(parsed.text[s:e]).decode() for s, e in zip(parsed.blocks.starts, parsed.blocks.ends)]
    ['One', 'two & three']
    >>> parsed.blocks.count("words").tolist()
    [1, 3]
    """
    bounds = parameters or ParseParameters()
    offsets = np.frombuffer(pages.buffers()[1], np.int64)[pages.offset : pages.offset + len(pages) + 1]
    buffer = pages.buffers()[2]
    data = np.frombuffer(buffer, np.uint8) if buffer is not None else np.zeros(0, np.uint8)
    if len(offsets) == 0:
        offsets = np.zeros(1, np.int64)
    size = int(offsets[-1] - offsets[0])
    if size >= 1 << 31:
        raise Refused(f"pages of {size} bytes at once: found 2 GiB or more, wanted smaller batches")
    tables = _room(size, int(count_brackets(data[offsets[0] : offsets[-1]])), len(pages), bounds.max_tokens)
    first, unclosed, steps, tokens = scan_pages(data, offsets, bounds.max_depth, bounds.max_tokens, tables)
    elements, blocks, spans, values = first[:4, -1].tolist()
    counts = tables.counts[:blocks].copy()
    return ParsedPages(
        Elements(*(*c.element_columns(tables.elements, elements, tokens), first[0])),
        Tokens(*c.token_columns(tables.tokens, tokens)),
        Values(*(*c.value_columns(tables.values, values), first[3])),
        Blocks(*(*c.block_columns(tables.blocks, blocks), counts, first[1])),
        Spans(*(*c.span_columns(tables.spans, spans), first[2])),
        tables.text[: first[4, -1]].copy(),
        unclosed,
        steps,
        data,
    )


class _Kept(threading.local):
    """The room that a thread used last: memory that is new costs more than what is written to it."""

    tables: t.Tables | None = None


_KEPT = _Kept()
_KEPT_BYTES = 4 << 20  # of pages; room for more is given back


def _room(size: int, brackets: int, pages: int, max_tokens: int) -> t.Tables:
    """Tables for pages of `size` bytes: those used before, where they are large enough."""
    kept = _KEPT.tables
    if kept is not None and t.have_room(kept, size, brackets, pages, max_tokens):
        return kept
    tables = t.tables_for(size, brackets, pages, max_tokens)
    if size <= _KEPT_BYTES:
        _KEPT.tables = tables
    return tables
