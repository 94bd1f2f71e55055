"""Texts of the product's own extractor for pages at hand, also by models that have not seen a page's site."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from corpusmill.extract.blocks.parse import parse
from corpusmill.extract.learned.choose import main_content
from corpusmill.extract.learned.model import ExtractorModel
from corpusmill.extract.writing.plain import plain_texts

BATCH_PAGES = 64


def learned_texts(pages: Sequence[str], profile: str, model: ExtractorModel | None = None) -> list[str]:
    """Main text of each page (decoded); `model`: another than the one that is shipped."""
    return [text for batch in _batches(pages) for text in _texts(batch, profile, model)]


def _batches(pages: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(pages), BATCH_PAGES):
        yield pages[begin : begin + BATCH_PAGES]


def _texts(batch: Sequence[str], profile: str, model: ExtractorModel | None) -> list[str]:
    parsed = parse(pa.array(batch, pa.large_string()))
    chosen = main_content(parsed, profile) if model is None else main_content(parsed, profile, model)
    texts: list[str] = plain_texts(parsed, chosen).to_pylist()
    return texts


def out_of_fold_texts(pages: Sequence[str], groups: Sequence[str], profile: str, folder: Path) -> list[str]:
    """Main text of each page by the model that saw no page of its group; `folder` is what `folds.py` wrote."""
    fold_of: dict[str, int] = json.loads((folder / "folds.json").read_bytes())
    texts = [""] * len(pages)
    for fold in sorted(set(fold_of.values())):
        rows = [row for row, group in enumerate(groups) if fold_of[group] == fold]
        model = ExtractorModel.load(folder / f"fold-{fold}.npz")
        for row, text in zip(rows, learned_texts([pages[row] for row in rows], profile, model), strict=True):
            texts[row] = text
    return texts
