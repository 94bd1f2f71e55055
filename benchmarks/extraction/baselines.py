"""Texts of the extractors that others publish, on the pages of `pages.py`, as one table that is made once.

usage: baselines.py PAGES.parquet OUT.parquet

Columns: `id`, `extractor` (a key of EXTRACTORS), `text` (null where the extractor found nothing).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import trafilatura

from corpusmill.extract import by_resiliparse
from corpusmill.files import whole_file


def _by_trafilatura(html: str, **settings: bool) -> str | None:
    """Its loader takes some pages without `<html>` (a few of CleanEval) for no pages at all: those get the tag."""
    text: str | None = trafilatura.extract(html, **settings)
    if text is None:
        text = trafilatura.extract("<html><body>" + html, **settings)
    return text


def trafilatura_default(html: str) -> str | None:
    """As `trafilatura.extract` comes: readers' comments are kept."""
    return _by_trafilatura(html)


def trafilatura_no_comments(html: str) -> str | None:
    """As published comparisons run it."""
    return _by_trafilatura(html, include_comments=False)


def trafilatura_recall(html: str) -> str | None:
    """Its own setting for keeping more, else as it comes."""
    return _by_trafilatura(html, favor_recall=True)


def trafilatura_comments(html: str) -> str | None:
    """What it takes for readers' comments, alone: the second truth that the profile `whole-page` is trained with."""
    found = trafilatura.bare_extraction(html)
    return None if found is None else found.comments or None


def resiliparse_main(html: str) -> str | None:
    """What the product's extractor of that name gives."""
    return by_resiliparse.main_content(html)[0]


def resiliparse_all(html: str) -> str | None:
    return by_resiliparse.all_text(html)[0]


EXTRACTORS: dict[str, Callable[[str], str | None]] = {
    "resiliparse": resiliparse_main,
    "resiliparse-all": resiliparse_all,
    "trafilatura": trafilatura_default,
    "trafilatura-no-comments": trafilatura_no_comments,
    "trafilatura-recall": trafilatura_recall,
    "trafilatura-comments": trafilatura_comments,
}
TRAFILATURA = ("trafilatura", "trafilatura-no-comments", "trafilatura-recall")
BASELINES = pa.schema([("id", pa.string()), ("extractor", pa.string()), ("text", pa.large_string())])


def baselines_of(pages: pa.Table) -> pa.Table:
    """BASELINES of every extractor for every page, in the order of the pages."""
    rows = [
        {"id": row_id, "extractor": name, "text": extract(html)}
        for row_id, html in zip(pages["id"].to_pylist(), pages["html"].to_pylist(), strict=True)
        for name, extract in EXTRACTORS.items()
    ]
    return pa.Table.from_pylist(rows, BASELINES)


def main() -> None:
    pages, out = map(Path, sys.argv[1:3])
    with whole_file(out) as file:
        pq.write_table(baselines_of(pq.read_table(pages, columns=["id", "html"])), file, compression="zstd")


if __name__ == "__main__":
    main()
