"""Chosen blocks as Markdown."""

from __future__ import annotations

import pyarrow as pa

from corpusmill.extract.blocks.tables import ParsedPages
from corpusmill.extract.blocks.text import Mask, texts_of


def markdown_texts(parsed: ParsedPages, chosen: Mask) -> pa.LargeStringArray:
    """The blocks with `chosen[block]` of each page."""
    return texts_of(parsed, chosen)
