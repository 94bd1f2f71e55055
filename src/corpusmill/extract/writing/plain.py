"""Chosen blocks as plain text."""

from __future__ import annotations

import pyarrow as pa

from corpusmill.extract.blocks.tables import ParsedPages
from corpusmill.extract.blocks.text import Mask, texts_of


def plain_texts(parsed: ParsedPages, chosen: Mask) -> pa.LargeStringArray:
    """The blocks with `chosen[block]` of each page: a line each, cells of a row parted by tabs."""
    return texts_of(parsed, chosen)
