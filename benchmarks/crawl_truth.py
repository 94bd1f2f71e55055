"""What became of each kind of junk and of each re-encoded page of a crawl whose truth is known.

usage: crawl_truth.py RUN CRAWL_FOLDER

RUN: a finished run of `keep-all` over CRAWL_FOLDER's archives

Prints Markdown tables. A re-encoded page came through right when the text of the run is the text that the extractor
gives for the page decoded with its true charset.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
from fastwarc.warc import ArchiveIterator, WarcRecordType

from corpusmill.extract.extracted import PageExtractor
from corpusmill.extract.in_process import InProcessExtractor
from corpusmill.extract.parameters import ExtractParameters
from corpusmill.schema import PAGES, batch_of


def truth_of(crawl: Path) -> dict[str, dict[str, Any]]:
    path = next(crawl.glob("*.truth.jsonl.gz"))
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return {row["id"]: row for row in map(json.loads, lines)}


def fates_of(run: Path) -> dict[str, list[dict[str, Any]]]:
    """Fates by record id; a response has exactly one."""
    fates: dict[str, list[dict[str, Any]]] = {}
    for row in ds.dataset(run / "pages").to_table().to_pylist():
        fates.setdefault(row["record_id"], []).append(row)
    return fates


def junk_table(truth: dict[str, dict[str, Any]], fates: dict[str, list[dict[str, Any]]]) -> dict[str, Counter[str]]:
    """Kind of junk → how its pages ended; real pages under their kind."""
    table: dict[str, Counter[str]] = {}
    for record_id, row in truth.items():
        for fate in fates.get(record_id, [{"fate": "lost", "reason": None}]):
            ended = fate["fate"] + (f": {fate['reason']}" if fate["reason"] else "")
            table.setdefault(row.get("junk") or row["kind"], Counter())[ended] += 1
    return table


def charset_table(run: Path, crawl: Path, truth: dict[str, dict[str, Any]]) -> dict[str, Counter[str]]:
    """True charset → how many pages came through right, wrong, or not at all."""
    columns = ["record_id", "raw_content", "charset"]
    kept = {row["record_id"]: row for row in ds.dataset(run / "documents").to_table(columns=columns).to_pylist()}
    table: dict[str, Counter[str]] = {}
    extractor = InProcessExtractor(ExtractParameters())
    for record_id, body in bodies(crawl, {i for i, row in truth.items() if row["kind"] == "real-transcoded"}):
        charset = truth[record_id]["charset"]
        expected = text_of(extractor, body.decode(charset))
        document = kept.get(record_id)
        if document is None:
            ended = "not kept" if expected else "no text in it"
        else:
            ended = "right" if document["raw_content"] == expected else f"wrong ({document['charset']})"
        table.setdefault(charset, Counter())[ended] += 1
    return table


def text_of(extractor: PageExtractor, html: str) -> str:
    """Text of a page whose charset is beyond doubt; empty: none."""
    page = {"ordinal": [0], "offset": [0], "is_text": [False], "charset": ["utf-8"], "body": [html.encode()]}
    return "".join(extractor.extract(batch_of(PAGES, page, 1)).texts.to_pylist())


def bodies(crawl: Path, wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    for path in sorted(crawl.glob("*.warc.gz")):
        with path.open("rb") as stream:
            for record in ArchiveIterator(
                stream, record_types=WarcRecordType.response, parse_http=True, auto_decode="all"
            ):
                if record.record_id in wanted:
                    yield record.record_id, record.reader.read()


def markdown(head: str, table: dict[str, Counter[str]]) -> str:
    lines = [f"| {head} | pages | came out as |", "|---|---|---|"]
    for name, counts in sorted(table.items()):
        ended = ", ".join(f"{what} {count}" for what, count in counts.most_common())
        lines.append(f"| {name} | {counts.total()} | {ended} |")
    return "\n".join(lines)


def main() -> None:
    run, crawl = Path(sys.argv[1]), Path(sys.argv[2])
    truth = truth_of(crawl)
    print(markdown("kind", junk_table(truth, fates_of(run))))
    print()
    print(markdown("true charset", charset_table(run, crawl, truth)))


if __name__ == "__main__":
    main()
