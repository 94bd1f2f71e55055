"""Pages made to cost the square of their length, through the whole learned path, and pages that come out empty."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecordType
from manuals import known_text
from ours import learned_texts

from corpusmill.read.charset import decode_html

PAGES: dict[str, tuple[Callable[[int], str], int]] = {
    "nested `<div>`": (lambda n: "<div>" * n + "x", 200_000),
    "nested `<div>` with a word each": (lambda n: "<div>word " * n, 200_000),
    "nested `<b><p>`": (lambda n: "<b><p>" * n + "x", 100_000),
    "nested lists": (lambda n: "<ul><li>item " * n, 100_000),
    "paragraphs": (lambda n: "<p>two words" * n, 200_000),
    "cells of a table": (lambda n: "<table><tr>" + "<td>cell" * n, 200_000),
    "attributes of one tag": (lambda n: "<p " + "".join(f"a{i}=1 " for i in range(n)) + ">x", 100_000),
    "words of a class": (lambda n: f"<p class='{'aB-c ' * n}'>x", 800_000),
    "bytes of an attribute never closed": (lambda n: "<p>x<p title='" + "x" * n, 4 << 20),
    "bytes of a comment never closed": (lambda n: "x<!--" + "-" * n, 4 << 20),
    "`<`": (lambda n: "<" * n, 4 << 20),
    "`&`": (lambda n: "&" * n, 4 << 20),
    "bytes of one word": (lambda n: "x" * n, 4 << 20),
}
MOST_SECONDS = 1.0
MOST_GROWTH = 2.5  # of the seconds, where the page is twice as long
ROUNDS = 3
UNSEEN = "template, noscript, svg, select, textarea, datalist, object, video, audio, iframe, rt"
HTML = {"text/html", "application/xhtml+xml"}


def seconds(page: str) -> float:
    """CPU seconds of parsing, choosing and writing, the fastest of ROUNDS."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        learned_texts([page], "article")
        best = min(best, time.process_time() - started)
    return best


def growth_table() -> str:
    """Seconds of each of PAGES at its size and at twice that, as Markdown."""
    learned_texts(["<p>x"], "article")
    lines = ["| page of | n | seconds | at 2 n | ratio | |", "|---|---|---|---|---|---|"]
    for name, (make, n) in PAGES.items():
        once, twice = seconds(make(n)), seconds(make(2 * n))
        fine = once < MOST_SECONDS and (twice / once <= MOST_GROWTH or twice < 0.01)
        lines.append(
            f"| {name} | {n:,} | {once:.3f} | {twice:.3f} | {twice / once:.2f} | {'' if fine else 'too slow'} |"
        )
    return "\n".join(lines)


def html_of(archives: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """Record id and decoded page of every HTML response that fastwarc reads; what is broken is passed over."""
    for path in archives:
        with path.open("rb") as stream:
            for record in ArchiveIterator(
                stream, record_types=WarcRecordType.response, parse_http=True, auto_decode="all", strict_mode=False
            ):
                if (record.http_content_type or "").lower() in HTML:
                    yield f"{path.name} {record.record_id}", decode_html(record.reader.read(), record.http_charset)[0]


def silent(pages: Sequence[tuple[str, str]], profile: str) -> list[str]:
    """Names of the pages in whose tree lexbor finds a word and of which the extractor gives none."""
    texts = learned_texts([page for _, page in pages], profile)
    return [
        name
        for (name, page), text in zip(pages, texts, strict=True)
        if not text.split() and any(c.isalnum() for c in known_text(page, "body", UNSEEN))
    ]
