"""Pieces that every section is made of: tables that scroll, sections with an anchor, empty states."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from corpusmill.report.markup import Markup, join, tag


class Column(NamedTuple):
    """Head of a column; numbers are aligned right."""

    name: str
    numeric: bool = False


def table(caption: str, columns: Sequence[Column], rows: Iterable[Sequence[str]], row_heads: bool = True) -> Markup:
    """A table in a box of its own that scrolls sideways where the page is narrow; reachable by keyboard."""
    head = tag("tr", *(tag("th", c.name, scope="col", class_="number" if c.numeric else None) for c in columns))
    body = []
    for row in rows:
        cells = []
        for place, (column, cell) in enumerate(zip(columns, row, strict=True)):
            class_ = "number" if column.numeric else None
            is_head = row_heads and place == 0
            cells.append(tag("th", cell, scope="row") if is_head else tag("td", cell, class_=class_))
        body.append(tag("tr", *cells))
    whole = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body))
    return tag("div", whole, class_="scroll", role="region", tabindex=0, aria_label=caption)


def section(anchor: str, title: str, *content: str) -> Markup:
    return tag(
        "section", tag("h2", title, id=f"{anchor}-title"), *content, id=anchor, aria_labelledby=f"{anchor}-title"
    )


def empty(what: str, command: str | None = None) -> Markup:
    """What is not there, and what to type to have it."""
    hint = join(" Run ", tag("code", command), ".") if command else join()
    return tag("p", what, hint, class_="empty")


def note(*content: str) -> Markup:
    return tag("p", *content, class_="note")


def folded(summary: str, *content: str) -> Markup:
    return tag("details", tag("summary", summary), *content)
