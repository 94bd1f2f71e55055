"""Code, tables and formulas that survive extraction, beside trafilatura and Resiliparse; titles, authors and days.

usage: structure.py --shared FOLDER [--pages N] [--metadata N]

Truth is what the pages' own marks say, found with lexbor's tree and not with this package's parser: the text of each
`<pre>`; the rows of each table of data (no table, `<pre>` or heading in it, two columns and two rows at least, cells of
at most 300 characters), each row's cells in order; the TeX of each formula (`alt` of `img.math`, MediaWiki's fallback
images, TeX annotations, `math/tex` scripts). Only those count that the page's true main text holds, where there is one;
of manuals (Debian's, SymPy's) those in their body. Code is kept where its bytes, line ends apart, stand in the output
with white space as it is; a table where each of its rows stands on one line, the cells in order; a formula where its
TeX, of three characters or more, stands in the output. C1 controls, which only wrongly decoded pages have, count
nowhere. Prints Markdown.
"""

from __future__ import annotations

import argparse
import gzip
import json
import lzma
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import trafilatura
from fastwarc.warc import ArchiveIterator, WarcRecordType
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree
from selectolax.lexbor import LexborHTMLParser, LexborNode

from corpusmill.extract.blocks.parse import parse
from corpusmill.extract.blocks.text import seen
from corpusmill.extract.learned.choose import main_content
from corpusmill.extract.writing.markdown import markdown_texts
from corpusmill.extract.writing.metadata import metadata_of
from corpusmill.extract.writing.plain import plain_texts
from corpusmill.read.charset import decode_html

MANUALS = {"debian-handbook", "debian-installation-guide", "debian-harden-doc", "debian-maint-guide", "sympy-doc"}
BODY = {"sympy-doc": "div.body, div[role=main]"}
MOST_CELL_CHARS = 300
LEAST_TEX_CHARS = 3  # shorter ones stand in most texts by chance
TEX_IMAGES = "img.math, img.tex, img.latex, div.math img, [class*=mwe-math-fallback-image]"
_CONTROLS = re.compile("[\x7f-\x9f]")


@dataclass
class Page:
    source: str
    html: str
    truth: str | None  # main text, where the collection has one
    code: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)


def letters(text: str) -> str:
    return re.sub(r"\W+", "", text)


def crawl(shared: Path) -> Iterator[tuple[str, str, str]]:
    """Id, source and decoded HTML of each page."""
    folder = shared / "data" / "crawl-bench"
    with gzip.open(folder / "crawl-bench.truth.jsonl.gz", "rt") as stream:
        records = {record["id"]: record for record in map(json.loads, stream)}
    for path in sorted(folder.glob("*.warc.gz")):
        with path.open("rb") as archive:
            for record in ArchiveIterator(
                archive, record_types=WarcRecordType.response, parse_http=True, auto_decode="all"
            ):
                known = records.get(record.headers.get("WARC-Record-ID"), {})
                if known.get("kind") == "real" and "html" in (record.http_content_type or ""):
                    yield known["id"], known["source"], decode_html(record.reader.read(), record.http_charset)[0]


def truths(shared: Path) -> dict[str, dict[str, Any]]:
    with lzma.open(shared / "data" / "extraction" / "extraction-truth.jsonl.xz", "rt") as stream:
        return {record["id"]: record for record in map(json.loads, stream)}


def pages_of(shared: Path, most: int) -> list[Page]:
    """Pages with something to keep: at most `most` of each source, the first of a shuffle that is always the same."""
    known = truths(shared)
    by_source: dict[str, list[Page]] = defaultdict(list)
    for identity, source, html in crawl(shared):
        truth = known.get(identity, {}).get("main_content")
        if source in MANUALS or (source == "wcxb-dev" and truth):
            by_source[source].append(Page(source, html, None if source in MANUALS else truth))
    found = []
    for source in sorted(by_source):
        pages = by_source[source]
        random.Random(7).shuffle(pages)
        kept = 0
        for page in pages:
            mark(page)
            if kept < most and (page.code or page.tables or page.formulas):
                found.append(page)
                kept += 1
    with lzma.open(shared / "data" / "extraction" / "webmainbench-sample.jsonl.xz", "rt") as stream:
        for record in map(json.loads, stream):
            page = Page("WebMainBench", record["html"], record["groundtruth_content"])
            mark(page)
            found.append(page)
    return found


def mark(page: Page) -> None:
    """Fill what is to be kept of a page."""
    tree = LexborHTMLParser(page.html)
    body = tree.css_first(BODY[page.source]) if page.source in BODY else None
    top = body or tree.body
    if top is None:
        return
    whole = letters(page.truth) if page.truth is not None else None

    def wanted(text: str) -> bool:
        return bool(letters(text)) and (whole is None or letters(text) in whole)

    for node in top.css("pre"):
        text = _CONTROLS.sub("", node.text(deep=True))
        if wanted(text) and not node.css("div, p, td"):
            page.code.append(text)
    for table in top.css("table"):
        rows = rows_of(table)
        if rows and wanted("".join("".join(row) for row in rows)):
            page.tables.append(rows)
    for node in top.css(TEX_IMAGES):
        page.formulas.append((node.attributes.get("alt") or "").strip())
    if not page.formulas:
        page.formulas = [
            node.text(deep=True).strip()
            for node in top.css("annotation[encoding*=tex], annotation[encoding*=TeX], script[type*='math/tex']")
        ]
    page.formulas = [tex for tex in page.formulas if len(tex) >= LEAST_TEX_CHARS]


def rows_of(table: LexborNode) -> list[list[str]] | None:
    """Cells with text of each row of a table of data; None: it lays out the page."""
    if table.css("table table, pre, h1, h2, h3, h4, h5, h6, img.math") or table.parent is None:
        return None
    rows = []
    for row in table.css("tr"):
        cells = [" ".join(cell.text(deep=True, separator=" ").split()) for cell in row.css("td, th")]
        if any(len(cell) > MOST_CELL_CHARS for cell in cells):
            return None
        if any(cells):
            rows.append([cell for cell in cells if cell])
    if len(rows) < 2 or max(map(len, rows)) < 2:
        return None
    return rows


def code_kept(code: str, output: str) -> bool:
    """Whether the lines of `code` stand in `output` as they are, each at the same further indentation."""
    lines = [line.rstrip() for line in code.strip("\n").splitlines()]
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    output_lines = [line.rstrip() for line in output.splitlines()]
    if not lines:
        return True
    for at, line in enumerate(output_lines):
        if not line.endswith(lines[0]):
            continue
        lead = line[: len(line) - len(lines[0])]
        indents = {lead} | ({" " * len(lead)} if lead.strip() else set())
        for indent in indents:
            if all(
                at + i < len(output_lines) and output_lines[at + i] == (indent + other).rstrip()
                for i, other in enumerate(lines[1:], 1)
            ):
                return True
    return False


def table_kept(rows: list[list[str]], output: str) -> bool:
    """Whether each row stands on one line of `output`, its cells in order."""
    lines = Counter(letters(line) for line in output.splitlines())
    return all(lines[letters("".join(row))] for row in rows)


def formula_kept(tex: str, output: str) -> bool:
    """White space and escapes apart."""
    squeezed = re.sub(r"\s+", "", output)
    return re.sub(r"\s+", "", tex) in squeezed


def _ours(writer: Callable[..., Any], choose: Callable[..., Any]) -> Callable[[str], str]:
    def text(html: str) -> str:
        parsed = parse(pa.array([html], pa.large_string()))
        found: str = writer(parsed, choose(parsed))[0].as_py()
        return found

    return text


EXTRACTORS: dict[str, Callable[[str], str | None]] = {
    "corpusmill, Markdown": _ours(markdown_texts, main_content),
    "corpusmill, plain": _ours(plain_texts, main_content),
    "corpusmill, Markdown, every block": _ours(markdown_texts, seen),
    "corpusmill, plain, every block": _ours(plain_texts, seen),
    "trafilatura, Markdown": lambda html: trafilatura.extract(html, output_format="markdown"),
    "trafilatura, plain": lambda html: trafilatura.extract(html),
    "Resiliparse, main content": lambda html: extract_plain_text(
        HTMLTree.parse(html), main_content=True, preserve_formatting=True
    ),
}


def survival(pages: list[Page]) -> None:
    totals: Counter[tuple[str, str]] = Counter()
    kept: Counter[tuple[str, str, str]] = Counter()
    for page in pages:
        totals[page.source, "code"] += len(page.code)
        totals[page.source, "tables"] += len(page.tables)
        totals[page.source, "formulas"] += len(page.formulas)
        for name, extract in EXTRACTORS.items():
            output = _CONTROLS.sub("", extract(page.html) or "")
            kept[name, page.source, "code"] += sum(code_kept(code, output) for code in page.code)
            kept[name, page.source, "tables"] += sum(table_kept(rows, output) for rows in page.tables)
            kept[name, page.source, "formulas"] += sum(formula_kept(tex, output) for tex in page.formulas)
    counted = Counter(page.source for page in pages)
    for kind in ("code", "tables", "formulas"):
        sources = [source for source in sorted(counted) if totals[source, kind]]
        heads = [f"{source} ({counted[source]} pages, {totals[source, kind]})" for source in sources]
        print(f"\n| {kind} kept | {' | '.join(heads)} |\n|---{'|---' * len(heads)}|")
        for name in EXTRACTORS:
            shares = [f"{kept[name, source, kind] / totals[source, kind]:.3f}" for source in sources]
            print(f"| {name} | {' | '.join(shares)} |")


def _words(value: Any) -> list[str]:
    return re.findall(r"\w+", " ".join(value).lower() if isinstance(value, list) else str(value).lower())


def metadata(shared: Path, most: int) -> None:
    known = truths(shared)
    pages = {
        i: html for i, _, html in crawl(shared) if i in known and ("title" in known[i] or "publish_date" in known[i])
    }
    sample = random.Random(3).sample(sorted(pages), min(most, len(pages)))
    batch = pa.array([pages[i] for i in sample], pa.large_string())
    ours = metadata_of(parse(batch), batch)
    rows: dict[str, list[tuple[str | None, ...]]] = {
        "corpusmill": list(
            zip(ours.titles.to_pylist(), ours.authors.to_pylist(), ours.published.to_pylist(), strict=True)
        ),
        "trafilatura": [],
    }
    for i in sample:
        found = trafilatura.extract_metadata(pages[i])
        rows["trafilatura"].append((found.title, found.author, found.date) if found else (None, None, None))
    print(f"\n{len(sample)} pages\n\n| | title | author | author, none where none | day | day, of those given |")
    print("|---|---|---|---|---|---|")
    for name, answers in rows.items():
        right: Counter[str] = Counter()
        asked: Counter[str] = Counter()
        for i, (title, author, day) in zip(sample, answers, strict=True):
            truth = known[i]
            if truth.get("title"):
                asked["title"] += 1
                right["title"] += _words(title or "") == _words(truth["title"])
            if truth.get("author"):
                asked["author"] += 1
                right["author"] += sorted(_words(author or "")) == sorted(_words(truth["author"]))
            elif "author" in truth:
                asked["nobody"] += 1
                right["nobody"] += not author
            true_day = truth.get("publish_date") or truth.get("date")
            if isinstance(true_day, str) and re.match(r"\d{4}-\d\d-\d\d", true_day):
                asked["day"] += 1
                right["day"] += day == true_day[:10]
                asked["given"] += bool(day)
                right["given"] += day == true_day[:10]
        shares = [f"{right[kind]}/{asked[kind]}" for kind in ("title", "author", "nobody", "day", "given")]
        print(f"| {name} | {' | '.join(shares)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description="Structure and metadata that survive extraction.")
    parser.add_argument("--shared", type=Path, required=True, help="folder of the shared collections")
    parser.add_argument("--pages", type=int, default=60, help="of each source")
    parser.add_argument("--metadata", type=int, default=200, help="pages on which titles, authors and days are asked")
    arguments = parser.parse_args()
    survival(pages_of(arguments.shared, arguments.pages))
    metadata(arguments.shared, arguments.metadata)


if __name__ == "__main__":
    main()
