"""Pages of the demo crawl as text, and their choice as bytes.

usage: python -m tests.extract.learned.demo MODEL

Prints a digest of what each profile chooses of every fourth page, see test_repeats.py.
"""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from pathlib import Path

import pyarrow as pa
from fastwarc.warc import ArchiveIterator, WarcRecordType

from corpusmill.extract.blocks.parse import parse
from corpusmill.extract.blocks.tables import ParsedPages
from corpusmill.extract.learned.choose import main_content
from corpusmill.extract.learned.features import PROFILES
from corpusmill.extract.learned.model import ExtractorModel
from corpusmill.read.charset import decode_html
from tests.conftest import REPOSITORY


@cache
def demo_pages() -> list[str]:
    """Every HTML page of the bundled crawl."""
    found = []
    for path in sorted((REPOSITORY / "demo" / "crawl").glob("*.warc.gz")):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
                if record.http_content_type == "text/html":
                    found.append(decode_html(record.reader.read(), None)[0])
    return found


def parsed_pages(pages: list[str]) -> ParsedPages:
    return parse(pa.array(pages, pa.large_string()))


def digest(model: ExtractorModel) -> str:
    state = hashlib.sha256()
    pages = demo_pages()[::4]
    for begin in range(0, len(pages), 100):
        for profile in PROFILES:
            state.update(main_content(parsed_pages(pages[begin : begin + 100]), profile, model).tobytes())
    return state.hexdigest()


if __name__ == "__main__":
    print(digest(ExtractorModel.load(Path(sys.argv[1]))))
