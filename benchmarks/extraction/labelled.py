"""What the shipped extractor learns from: pages whose licences allow it, and what people said of them.

WCXB's development pages (CC BY 4.0), the article benchmark (MIT) and Trafilatura's own test pages (Apache-2.0). Of the
last people have labelled snippets only; what lies between these is taken from Trafilatura's text. What it takes for
comments is the second truth of the profile `whole-page`, since none of these collections has them; the title of
the page belongs to that profile too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from corpusmill.extract.learned.labels import LabelledPage

LICENSED = ("article", "wcxb", "trafilatura")


def labelled_pages(rows: Sequence[dict[str, Any]]) -> list[LabelledPage]:
    """Pages of both profiles out of rows of `pages.py`; those of other collections are left out."""
    return [page for row in rows if row["collection"] in LICENSED for page in _views(row)]


def _views(row: dict[str, Any]) -> list[LabelledPage]:
    article, comments = _by_trafilatura(row["html"])
    html, group = row["html"], row["group"]
    if row["collection"] == "trafilatura":
        inside, outside = tuple(row["with"] or ()), tuple(row["without"] or ())
        said = tuple(snippet for snippet in outside if snippet.strip() not in comments)
        return [
            LabelledPage(html, article, group, "article", inside, outside),
            LabelledPage(html, _whole(row, article, comments), group, "whole-page", inside, said),
        ]
    truth = row["truth"] or ""
    weight = 2.0 if row["collection"] == "article" else 0.5
    return [
        LabelledPage(html, truth, group, "article", weight=weight),
        LabelledPage(html, _whole(row, truth, comments), group, "whole-page", weight=0.5),
    ]


def _whole(row: dict[str, Any], text: str, comments: str) -> str:
    return "\n".join((row["title"] or "", text, comments)) if text else ""


def _by_trafilatura(html: str) -> tuple[str, str]:
    """Text without comments, and comments."""
    from trafilatura import bare_extraction

    found = bare_extraction(html, include_comments=True)
    return (found.text or "", found.comments or "") if found else ("", "")
