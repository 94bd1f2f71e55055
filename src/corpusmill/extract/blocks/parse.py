"""Pages to blocks: the kernels' matrices as typed columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from corpusmill.errors import Refused
from corpusmill.extract.blocks.tables import Blocks, Elements, ParsedPages, Spans, Tokens, Values
from corpusmill.kernels import html_tables as t
from corpusmill.kernels.html_blocks import count_brackets, scan_pages


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
    brackets = int(count_brackets(data[offsets[0] : offsets[-1]]))
    tables = t.tables_for(size, brackets, len(pages), bounds.max_tokens)
    first, unclosed, steps, tokens = scan_pages(data, offsets, bounds.max_depth, bounds.max_tokens, tables)
    e, b, s, v = (
        table[:rows].T
        for table, rows in zip(
            (tables.elements, tables.blocks, tables.spans, tables.values), first[:4, -1].tolist(), strict=True
        )
    )
    i8, i16, i32 = np.int8, np.int16, np.int32
    return ParsedPages(
        Elements(
            e[t.E_TAG].astype(i16),
            e[t.E_PARENT].astype(i32),
            e[t.E_STOP].astype(i32),
            e[t.E_FLAGS].copy(),
            e[t.E_PATH].copy(),
            e[t.E_DEPTH].astype(i16),
            e[t.E_ORDINAL].astype(i32),
            e[t.E_SOURCE].copy(),
            np.append(e[t.E_FIRST_TOKEN], tokens).astype(i32),
            first[0],
        ),
        Tokens(tables.tokens[:tokens, 0].copy().view(np.uint64), tables.tokens[:tokens, 1].astype(i8)),
        Values(
            v[t.VALUE_ELEMENT].astype(i32),
            v[t.VALUE_NAME].astype(i8),
            v[t.VALUE_START].copy(),
            v[t.VALUE_END].copy(),
            first[3],
        ),
        Blocks(
            b[t.BLOCK_ELEMENT].astype(i32),
            b[t.BLOCK_INNER].astype(i32),
            b[t.BLOCK_FLAGS].copy(),
            b[t.BLOCK_JOINED].astype(i8),
            b[t.BLOCK_DEPTH].astype(i16),
            b[t.BLOCK_START].copy(),
            b[t.BLOCK_END].copy(),
            tables.counts[: first[1, -1]].copy(),
            first[1],
        ),
        Spans(
            s[t.SPAN_BLOCK].astype(i32),
            s[t.SPAN_ELEMENT].astype(i32),
            s[t.SPAN_START].copy(),
            s[t.SPAN_END].copy(),
            s[t.SPAN_SOURCE_START].copy(),
            s[t.SPAN_SOURCE_END].copy(),
            first[2],
        ),
        tables.text[: first[4, -1]].copy(),
        unclosed,
        steps,
        data,
    )
