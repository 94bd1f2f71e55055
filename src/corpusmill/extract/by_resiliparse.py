"""Text by Resiliparse, on lexbor's HTML5 tree."""

from __future__ import annotations

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree


def main_content(html: str) -> tuple[str, str | None]:
    """Text that Resiliparse's rules take for main content, and the title."""
    tree = HTMLTree.parse(html)
    return extract_plain_text(tree, main_content=True, alt_texts=False, links=False), tree.title


def all_text(html: str) -> tuple[str, str | None]:
    """All visible text, and the title."""
    tree = HTMLTree.parse(html)
    return extract_plain_text(tree, main_content=False, alt_texts=False, links=False), tree.title
