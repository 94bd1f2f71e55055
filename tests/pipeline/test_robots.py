from __future__ import annotations

from pathlib import Path

import pytest

from corpusmill.extract.choose import extractor_for
from corpusmill.extract.parameters import ExtractParameters
from corpusmill.pipeline.documents import documents_of, texts_of_pages
from corpusmill.read.pages import ReadParameters, read_pages

TEXT = "<p>" + "Some words about nothing at all, so that there is a text. " * 5 + "</p>"
HEADERS = ["", "X-Robots-Tag: noai\r\nX-Robots-Tag: GPTBot: noindex\r\ntdm-reservation: 1\r\n"]


def _record(number: int, headers: str, head: str) -> bytes:
    body = f"<html><head><title>t</title>{head}</head><body>{TEXT}</body></html>"
    block = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{headers}\r\n{body}".encode()
    fields = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number}>\r\n"
    fields += "WARC-Target-URI: http://example.org/\r\nContent-Type: application/http; msgtype=response\r\n"
    return f"{fields}Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"


@pytest.mark.parametrize("name", ["learned", "resiliparse"])
def test_header_and_head_come_together_in_the_documents(tmp_path: Path, name: str) -> None:
    path = tmp_path / "pages.warc"
    meta = '<meta name="robots" content="noindex">'
    path.write_bytes(_record(0, HEADERS[0], "") + _record(1, HEADERS[1], meta) + _record(2, HEADERS[0], meta))
    (chunk,) = read_pages(path, ReadParameters())
    assert chunk.pages["robots"].to_pylist() == [None, "noai\n GPTBot: noindex\ntdm-reservation: 1", None]
    with extractor_for(ExtractParameters(name)) as extractor:
        pages, texts, charsets, losses = texts_of_pages(extractor, chunk.pages)
    assert losses == []
    documents = documents_of(pages, texts, charsets, pages["language"], pages["language_score"], "pages.warc")
    assert documents["robots"].to_pylist() == ["", "*:noai *:noindex *:tdm-reservation:1 gptbot:noindex", "*:noindex"]


@pytest.mark.parametrize("name", ["learned", "resiliparse"])
def test_texts_without_html_know_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text('{"text": "Hello."}\n')
    (chunk,) = read_pages(path, ReadParameters())
    with extractor_for(ExtractParameters(name)) as extractor:
        pages, _, _, _ = texts_of_pages(extractor, chunk.pages)
    assert pages["robots"].to_pylist() == [None]
