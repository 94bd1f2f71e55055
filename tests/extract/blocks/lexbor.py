"""Visible words of a page by lexbor's HTML5 tree: what the scan without a tree is held against."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastwarc.warc import ArchiveIterator, WarcRecordType
from selectolax.lexbor import LexborHTMLParser

from corpusmill.extract.blocks.text import UNSEEN
from corpusmill.extract.cleaning import clean
from corpusmill.kernels.html.elements import ATOMIC, BLOCK, FLAGS, KINDS, NUMBERS, SKIPPED
from corpusmill.read.charset import decode_html


def words(html: str) -> list[str]:
    """Words of the text that is seen, elements that begin blocks and replaced ones parting them."""
    pieces: list[str] = []
    node = LexborHTMLParser(html).root
    while node is not None:
        kind, flags = _facts(node)
        if node.tag == "-text":
            pieces.append(node.text_content or "")
        elif kind & (BLOCK | ATOMIC) or node.tag == "br":
            pieces.append(" ")
        child = None if flags & UNSEEN or kind & SKIPPED else node.child
        while child is None and node is not None:
            pieces.append(" " * bool(_facts(node)[0] & BLOCK))
            child = node.next
            node = node.parent
        node = child
    return clean("".join(pieces)).split()


def _facts(node: Any) -> tuple[int, int]:
    number = NUMBERS.get(node.tag, 0)
    return int(KINDS[number]), int(FLAGS[number])


def crawl_pages(path: Path) -> Iterator[tuple[str, str]]:
    """Address and decoded HTML of each page of an archive."""
    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=True, auto_decode="all"):
            if (record.http_content_type or "").lower() in ("text/html", "application/xhtml+xml"):
                yield record.headers.get("WARC-Target-URI"), decode_html(record.reader.read(), record.http_charset)[0]
