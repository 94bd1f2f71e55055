"""The extraction check: pages of an archive as two extractors see them, beside each other, in one file.

Which pages depends on their record ids alone. The page's blocks are shown too, with those marked that the learned
extractor leaves out; it asks nothing of any server, and text enters it as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from corpusmill.extract.choose import extractor_for
from corpusmill.extract.parameters import LEARNED, ExtractParameters
from corpusmill.files import write_whole
from corpusmill.pipeline.extract_texts import sampled_pages
from corpusmill.report.document import STYLES, document
from corpusmill.report.markup import Markup, shown, tag, visible
from corpusmill.report.parts import Column, table
from corpusmill.report.payload.pack import as_script
from corpusmill.report.payload.wording import Words, lines_of, overlap, shared, words_of
from corpusmill.report.yields import table as text_table

TEXT_CHARS = 30_000  # of one text that are shown; counts are of all of it
_URL_CHARS = 400


class Side(NamedTuple):
    """What one extractor made of a page."""

    text: str  # "" where there is none
    reason: str | None  # of the loss; None: there is a text
    words: Words


@dataclass(frozen=True)
class Check:
    """The sample by both extractors; pages in order of disagreement, the least alike first."""

    names: tuple[str, str]
    archive: str
    of_pages: int
    pages: list[dict[str, Any]]

    def rows(self) -> list[tuple[str, list[str]]]:
        """What is said of both extractors: texts, words a page, words that are alike."""
        sides = [[page["sides"][side] for page in self.pages] for side in (0, 1)]
        has_text = [[each["reason"] is None for each in side] for side in sides]
        alone = [sum(a and not b for a, b in zip(*each, strict=True)) for each in (has_text, has_text[::-1])]
        words = [sum(each["words"] for each in side) / max(len(side), 1) for side in sides]
        return [
            ("pages with text", [f"{sum(each):,}" for each in has_text]),
            ("pages with text here alone", [f"{each:,}" for each in alone]),
            ("words a page", [f"{each:,.0f}" for each in words]),
        ]

    @property
    def mean_overlap(self) -> float:
        """F1 of words, of the mean page."""
        total: float = sum(page["overlap"] for page in self.pages)
        return total / max(len(self.pages), 1)

    def __str__(self) -> str:
        counted = text_table(["", *self.names], [[name, *cells] for name, cells in self.rows()], left=(0,))
        return f"{counted}\n\n{self._summary()}"

    def _summary(self) -> str:
        return (
            f"{len(self.pages):,} of {self.of_pages:,} pages, by hash of their record ids; "
            f"words alike: {self.mean_overlap:.3f} on average (F1)"
        )

    def page(self) -> str:
        """The whole file as text."""
        header = tag(
            "header",
            tag("p", "corpusmill extract", class_="kicker"),
            tag("h1", "Extraction check"),
            tag("p", shown(self.archive), ": ", self._summary()),
        )
        columns = [Column(""), *(Column(name, numeric=True) for name in self.names)]
        counted = table("Both extractors", columns, [[name, *cells] for name, cells in self.rows()])
        data = {"names": list(self.names), "pages": self.pages}
        given = tag("script", Markup(as_script(data)), type="application/json", id="payload")
        body = [header, tag("main", counted, tag("div", id="app")), given]
        styles = (*STYLES, "extraction.css")
        return document(f"{visible(self.archive)[:80]} – extraction check", body, "extraction.js", styles=styles)


def write_extraction_check(out: Path, archive: Path, a: ExtractParameters, b: ExtractParameters, most: int) -> Check:
    """Write the page of at most `most` pages of `archive`; what it says in short is the result as text.

    Raises InputRefused where `archive` cannot be read, RecipeError and Refused for parameters that cannot work.
    """
    for parameters in (a, b):
        parameters.kind()
    pages, count = sampled_pages(archive, most)
    sides = [_sides(pages, parameters) for parameters in (a, b)]
    learned = next((each for each in (a, b) if each.extractor == LEARNED), ExtractParameters(LEARNED))
    blocks = blocks_of(pages, learned)
    found = [_page(pages, row, (sides[0][row], sides[1][row]), blocks[row]) for row in range(pages.num_rows)]
    found.sort(key=lambda page: (page["overlap"], page["id"]))
    check = Check((a.extractor, b.extractor), archive.name, count, found)
    write_whole(out, check.page().encode())
    return check


def _sides(pages: pa.RecordBatch, parameters: ExtractParameters) -> list[Side]:
    with extractor_for(parameters) as extractor:
        extracted = extractor.extract(pages)
    texts = dict(zip(extracted.rows.to_pylist(), extracted.texts.to_pylist(), strict=True))
    rows = {ordinal: row for row, ordinal in enumerate(pages["ordinal"].to_pylist())}
    reasons = {rows[loss.ordinal]: loss.reason for loss in extracted.losses}
    found = []
    for row in range(pages.num_rows):
        text = texts.get(row, "")
        found.append(Side(text, reasons.get(row), words_of(text)))
    return found


def _page(pages: pa.RecordBatch, row: int, sides: tuple[Side, Side], blocks: list[tuple[int, str]]) -> dict[str, Any]:
    described = []
    for side, other in (sides, sides[::-1]):
        marks = shared(side.words, other.words)
        lines = lines_of(side.text[:TEXT_CHARS], side.words, marks)
        cut = max(0, len(side.text) - TEXT_CHARS)
        alone = len(marks) - sum(marks)
        described.append({"lines": lines, "cut": cut, "words": len(marks), "alone": alone, "reason": side.reason})
    return {
        "id": pages["record_id"][row].as_py() or "",
        "url": (pages["url"][row].as_py() or "")[:_URL_CHARS],
        "bytes": len(pages["body"][row].as_buffer()),
        "overlap": round(overlap(sides[0].words, sides[1].words), 4),
        "sides": described,
        "blocks": blocks,
    }


def blocks_of(pages: pa.RecordBatch, parameters: ExtractParameters) -> list[list[tuple[int, str]]]:
    """Of each page its blocks that a reader sees, in order: whether the learned extractor keeps it, and its text."""
    from corpusmill.extract.in_process import InProcessExtractor  # loads kernels with its first page

    found: list[list[tuple[int, str]]] = []
    for row in range(pages.num_rows):
        kept_and_text, left = [], TEXT_CHARS
        for kept, text in InProcessExtractor(parameters).blocks(pages.slice(row, 1)):
            if left > 0:
                kept_and_text.append((int(kept), text[:left]))
            left -= len(text)
        found.append(kept_and_text)
    return found
