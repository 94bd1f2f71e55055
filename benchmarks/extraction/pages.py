"""Pages with a known main text, out of the shared collections, as one table; what follows reads that.

usage: pages.py SHARED_FOLDER OUT.parquet

One row a page: `id` (record of the crawl, or of the article benchmark's vectors where the crawl has not got it),
`collection` (article, wcxb, dragnet, cleaneval; trafilatura has snippets in place of a text), `url`, `host`
(registrable domain), `group` (pages of one site, and of texts alike: never divide one between training and test),
`page_type`, `language` (lid.176 of the truth; of all visible text where there is none), `html` (decoded as the
extractor decodes it), `truth`, `with`, `without`, `title`, `author`, `date`.
"""

from __future__ import annotations

import gzip
import json
import lzma
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from fastwarc.warc import ArchiveIterator, WarcRecordType
from sites import groups_of, site_of

from corpusmill.dedupe.near import near_duplicates
from corpusmill.extract.by_resiliparse import all_text
from corpusmill.files import whole_file
from corpusmill.language.identify import LanguageIdentifier, LanguageParameters
from corpusmill.read.charset import decode_html

COLLECTIONS = {
    "scrapinghub-aeb": "article",
    "wcxb-dev": "wcxb",
    "dragnet": "dragnet",
    "cleaneval-final": "cleaneval",
    "trafilatura": "trafilatura",
}
LICENSED = ("article", "wcxb", "trafilatura")  # of which a model may be shipped
ALIKE = 0.5  # of word 5-grams, in truth or visible text: above it two pages stay together

PAGES = pa.schema(
    [
        ("id", pa.string()),
        ("collection", pa.string()),
        ("url", pa.string()),
        ("host", pa.string()),
        ("group", pa.string()),
        ("page_type", pa.string()),
        ("language", pa.string()),
        ("html", pa.large_string()),
        ("truth", pa.large_string()),
        ("with", pa.list_(pa.string())),
        ("without", pa.list_(pa.string())),
        ("title", pa.string()),
        ("author", pa.string()),
        ("date", pa.string()),
    ]
)
_MARK = re.compile(r"</?[phl]>", re.IGNORECASE)  # of CleanEval: paragraph, heading, item of a list
_ARCHIVED = re.compile(r"^https?://(web\.)?archive\.org/web/\d+[a-z_]*/(?=https?:)")
_URL_LINE = re.compile(r"\A\s*URL:.*\n", re.IGNORECASE)


def cleaneval_text(gold: str) -> str:
    """The text of CleanEval's gold files: without their marks and the line that names the page.

    >>> cleaneval_text("URL: http://a.org\\n<h>Head\\n<p>One <l>two")
    'Head\\nOne two'
    """
    return _MARK.sub("", _URL_LINE.sub("", gold)).strip()


def as_text(value: object) -> str | None:
    """A field of the truth: text, several joined by "; ", null for empty ones and NaN."""
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    return value if isinstance(value, str) and value else None


def archived_url(url: str) -> str:
    """What a web archive holds a copy of, other addresses as they are.

    >>> archived_url("https://web.archive.org/web/20190804103831/https://a.org/b"), archived_url("https://a.org")
    ('https://a.org/b', 'https://a.org')
    """
    return _ARCHIVED.sub("", url)


def crawl_pages(shared: Path, wanted: set[str]) -> Iterator[tuple[str, str]]:
    """Record id and decoded page of the responses `wanted`."""
    for path in sorted((shared / "data/crawl-bench").glob("*.warc.gz")):
        with path.open("rb") as stream:
            for record in ArchiveIterator(
                stream, record_types=WarcRecordType.response, parse_http=True, auto_decode="all"
            ):
                if record.record_id in wanted:
                    yield record.record_id, decode_html(record.reader.read(), record.http_charset)[0]


def truths(shared: Path) -> list[dict[str, Any]]:
    """Rows of the shared truth with a main text or snippets, as PAGES without html, host, group and language."""
    with gzip.open(shared / "data/crawl-bench/crawl-bench.truth.jsonl.gz", "rt", encoding="utf-8") as lines:
        url_from = {row["id"]: row["url_from"] for row in map(json.loads, lines)}
    rows = []
    with lzma.open(shared / "data/extraction/extraction-truth.jsonl.xz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["source"] not in COLLECTIONS:
                continue
            truth = row.get("main_content", None if row["source"] == "trafilatura" else "")
            if truth and "\0" in truth:  # three of dragnet's gold files: UTF-16 that was read byte by byte
                truth = truth.replace("\0", "").replace("\ufffd", "")
            if row["source"] == "cleaneval-final":
                truth = cleaneval_text(truth or "")
            rows.append(
                {
                    "id": row["id"],
                    "collection": COLLECTIONS[row["source"]],
                    "url": row["url"],
                    "made_up": url_from[row["id"]] == "made-up",
                    "source_file": row["source_file"],
                    "page_type": row.get("page_type"),
                    "truth": truth if truth is not None or row["source"] == "trafilatura" else "",
                    "with": row.get("with") or [],
                    "without": row.get("without") or [],
                    "title": as_text(row.get("title")),
                    "author": as_text(row.get("author")),
                    "date": as_text(row.get("publish_date") or row.get("date")),
                }
            )
    return rows


def article_vectors(shared: Path) -> Iterator[dict[str, Any]]:
    """The pages of the article benchmark among the conformance vectors, with `html`."""
    folder = shared / "conformance/filters"
    with gzip.open(folder / "extraction_article_benchmark.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            body = gzip.decompress((folder / "html" / f"{row['page']}.html.gz").read_bytes())
            yield {
                "id": row["id"],
                "collection": "article",
                "url": row["url"],
                "made_up": False,
                "source_file": row["page"],
                "page_type": None,
                "truth": row["ground_truth"],
                "with": [],
                "without": [],
                "title": None,
                "author": None,
                "date": None,
                "html": decode_html(body, None)[0],
            }


def page_rows(shared: Path) -> list[dict[str, Any]]:
    """All pages in the order of collection and source file, with `html`."""
    rows = truths(shared)
    articles = {row["source_file"] for row in rows if row["collection"] == "article"}
    rows += [row for row in article_vectors(shared) if row["source_file"] not in articles]
    html = dict(crawl_pages(shared, {row["id"] for row in rows}))
    for row in rows:
        row.setdefault("html", html.get(row["id"]))
    return sorted(rows, key=lambda row: (row["collection"], row["source_file"]))


def bonds(rows: list[dict[str, Any]], visible: pa.Array, shared: Path) -> Iterator[tuple[int, ...]]:
    """Rows that belong on one side: of one site, alike by the crawl's own pairs, alike in truth or visible text."""
    by_site = defaultdict(list)
    for number, row in enumerate(rows):
        by_site[row["host"]].append(number)
    yield from (tuple(numbers) for numbers in by_site.values())
    number_of = {row["id"]: number for number, row in enumerate(rows)}
    with gzip.open(shared / "data/crawl-bench/crawl-bench.pairs.tsv.gz", "rt") as lines:
        next(lines)
        for line in lines:
            one, other, similarity = line.split("\t")
            if float(similarity) >= ALIKE and one in number_of and other in number_of:
                yield number_of[one], number_of[other]
    truth = pa.array([row["truth"] or None for row in rows], pa.large_string())
    for texts in (truth, visible):
        table = near_duplicates(texts.cast(pa.string()), ALIKE)
        yield from zip(table["document"].to_pylist(), table["survivor"].to_pylist(), strict=True)


def pages_table(shared: Path) -> pa.Table:
    """PAGES of the collections under `shared`."""
    rows = page_rows(shared)
    suffix_list = shared / "data/lists/public_suffix_list.dat.gz"
    for row in rows:
        row["host"] = row["id"] if row["made_up"] else site_of(archived_url(row["url"]), suffix_list)
    visible = pa.array([all_text(row["html"])[0] for row in rows], pa.large_string())
    truth = pa.array([row["truth"] or None for row in rows], pa.large_string())
    identifier = LanguageIdentifier(LanguageParameters(threshold=0.0))
    languages, _ = identifier.identify(truth.fill_null("").cast(pa.string()))
    of_visible, _ = identifier.identify(visible.cast(pa.string()))
    group = groups_of(len(rows), bonds(rows, visible, shared))
    for row, language, fallback, first in zip(rows, languages.to_pylist(), of_visible.to_pylist(), group, strict=True):
        row["language"] = language if row["truth"] else fallback
        row["group"] = rows[first]["host"]
    return pa.Table.from_pylist(rows, PAGES)


def main() -> None:
    shared, out = map(Path, sys.argv[1:3])
    table = pages_table(shared)
    with whole_file(out) as file:
        pq.write_table(table, file, compression="zstd", row_group_size=256)
    for name in sorted(set(table["collection"].to_pylist())):
        part = table.filter(pa.compute.equal(table["collection"], name))
        print(name, part.num_rows, "pages", len(set(part["host"].to_pylist())), "hosts")


if __name__ == "__main__":
    main()
