"""Text by Trafilatura, on lxml's tree."""

from __future__ import annotations

import trafilatura
from lxml import etree, html  # type: ignore[import-untyped, unused-ignore]


def main_content(page: str) -> tuple[str, str | None]:
    """Main content without comments, and the `<title>`.

    The tree is built here, since Trafilatura's own loader takes pages without an `<html>` tag for no pages at all.
    Its deduplication stays off: it remembers earlier pages, so the text would depend on their order.
    """
    parser = html.HTMLParser(encoding="utf-8", collect_ids=False, default_doctype=False, remove_comments=True)
    try:
        tree = html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:  # nothing but white space or comments
        return "", None
    title = tree.findtext(".//title")
    return trafilatura.extract(tree, include_comments=False, deduplicate=False) or "", title
