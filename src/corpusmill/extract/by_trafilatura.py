"""Text by Trafilatura, on lxml's tree."""

from __future__ import annotations

import trafilatura


def main_content(html: str) -> tuple[str, str | None]:
    """Main content without comments, and the `<title>`.

    Trafilatura's own deduplication stays off: it remembers earlier pages, so the text would depend on their order.
    """
    tree = trafilatura.load_html(html)
    if tree is None:
        return "", None
    title = tree.findtext(".//title")
    return trafilatura.extract(tree, include_comments=False, deduplicate=False) or "", title
