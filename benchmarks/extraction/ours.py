"""Texts of the product's own extractor for pages at hand, also by models that have not seen a page's site."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpusmill.extract.blocks.parse import parse
from corpusmill.extract.learned.choose import main_content
from corpusmill.extract.writing.plain import plain_texts

BATCH_PAGES = 64


def learned_texts(pages: Sequence[str], profile: str, model: Any = None) -> list[str]:
    """Main text of each page (decoded); `model`: another than the one that is shipped."""
    return [text for batch in _batches(pages) for text in _texts(batch, profile, model)]


def _batches(pages: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(pages), BATCH_PAGES):
        yield pages[begin : begin + BATCH_PAGES]


def _texts(batch: Sequence[str], profile: str, model: Any) -> list[str]:
    parsed = parse(pa.array(batch, pa.large_string()))
    chosen = main_content(parsed, profile) if model is None else main_content(parsed, profile, model)
    texts: list[str] = plain_texts(parsed, chosen).to_pylist()
    return texts


def fold_of(group: str, folds: int, seed: int = 0) -> int:
    """The fold of all pages of `group`: by a hash, so that it depends on nothing else.

    >>> fold_of("example.org", 5) == fold_of("example.org", 5)
    True
    """
    digest = hashlib.blake2b(group.encode(), digest_size=8, salt=seed.to_bytes(8, "little")).digest()
    return int.from_bytes(digest, "little") % folds
