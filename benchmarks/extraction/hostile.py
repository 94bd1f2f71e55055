"""Pages made to cost the square of their length, through the whole learned path, and pages that come out empty."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from manuals import known_text
from ours import learned_texts

from corpusmill.extract.in_process import InProcessExtractor
from corpusmill.extract.learned.model import ExtractorModel
from corpusmill.extract.parameters import LEARNED, ExtractParameters
from corpusmill.read.charset import decode_html
from corpusmill.read.pages import ReadParameters, read_pages

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
NOT_NAMED = "empty_text"  # says that there is none, not why


@dataclass(frozen=True)
class Silent:
    """What became of the HTML pages of some archives."""

    pages: int
    losses: Counter[str]
    without: list[str]  # pages in whose tree lexbor finds a word, without text and without another reason


def seconds(page: str, model: ExtractorModel | None = None) -> float:
    """CPU seconds of parsing, choosing and writing, the fastest of ROUNDS."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        learned_texts([page], "article", model)
        best = min(best, time.process_time() - started)
    return best


def growth_table(model: ExtractorModel | None = None) -> str:
    """Seconds of each of PAGES at its size and at twice that, as Markdown."""
    learned_texts(["<p>x"], "article", model)
    lines = ["| page of | n | seconds | at 2 n | ratio | |", "|---|---|---|---|---|---|"]
    for name, (make, n) in PAGES.items():
        once, twice = seconds(make(n), model), seconds(make(2 * n), model)
        fine = once < MOST_SECONDS and (twice / once <= MOST_GROWTH or twice < 0.01)
        lines.append(
            f"| {name} | {n:,} | {once:.3f} | {twice:.3f} | {twice / once:.2f} | {'' if fine else 'too slow'} |"
        )
    return "\n".join(lines)


def silent(paths: Sequence[Path], profile: str, model: Path | None = None) -> Silent:
    """Reads `paths` and extracts as a run does; looks at every page with neither text nor a loss that says why."""
    pages, losses, without = 0, Counter[str](), []
    parameters = ExtractParameters(LEARNED, profile=profile, model=str(model) if model else None)
    with InProcessExtractor(parameters) as extractor:
        for path in paths:
            for chunk in read_pages(path, ReadParameters()):
                batch = chunk.pages.filter(pc.invert(chunk.pages["is_text"]))
                extracted = extractor.extract(batch)
                pages += batch.num_rows
                named = {loss.ordinal for loss in extracted.losses if loss.reason != NOT_NAMED}
                losses.update(loss.reason for loss in extracted.losses)
                with_text = set(extracted.rows.to_pylist())
                for row, ordinal in enumerate(batch["ordinal"].to_pylist()):
                    if row not in with_text and ordinal not in named and _has_words(batch, row):
                        without.append(f"{path.name} {ordinal} {batch['url'][row].as_py()}")
    return Silent(pages, losses, without)


def _has_words(batch: pa.RecordBatch, row: int) -> bool:
    html, _ = decode_html(batch["body"][row].as_py(), batch["charset"][row].as_py())
    return any(character.isalnum() for character in known_text(html, "body", UNSEEN))


def silent_table(by_name: dict[str, Silent]) -> str:
    """Markdown of what `silent` found."""
    lines = [
        "| pages of | HTML pages | losses by name | with words, without text, no other name |",
        "|---|---|---|---|",
    ]
    for name, found in by_name.items():
        losses = ", ".join(f"{reason} {count}" for reason, count in sorted(found.losses.items())) or "none"
        lines.append(f"| {name} | {found.pages} | {losses} | {'; '.join(found.without) or 'none'} |")
    return "\n".join(lines)
