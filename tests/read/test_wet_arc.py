"""WET records by CCNet's rules; ARC files."""

from __future__ import annotations

import gzip

import pytest

from corpusmill.read.wet import wet_text
from tests.read.warc_builder import http, page, read, record, sha1

TEXTS = [  # block, title, text, lines after the title
    ("T\na\nb\n", "T", "a\nb", 2),
    ("T\na\nb", "T", "a\nb", 2),
    (" T \n\n  a\t\n \nb \n\n", "T", "a\nb", 5),
    ("T\r\na\r\nb\r\n", "T", "a\nb", 2),
    ("\na\n", "", "a", 1),
    ("a single line", "", "a single line", 1),
    ("T\n \n\n", "", "T", 3),
    ("T\nü\u2028x\u00a0\n", "T", "ü\u2028x", 1),
    ("", "", "", 0),
    ("\n \n", "", "", 1),
]


@pytest.mark.parametrize(("block", "title", "text", "lines"), TEXTS)
def test_wet_text(block, title, text, lines):
    assert wet_text(block.encode()) == (title, text, lines)


def conversion(text: bytes, number: int = 0, **headers: str) -> bytes:
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return record(text, "conversion", number, "text/plain", headers=fields)


def test_wet_pages(tmp_path):
    block = "Títle\n one \n\ntwo\n".encode()
    info = record(b"", "warcinfo", 9, "application/warc-fields", headers=(("WARC-Filename", "CC-X.warc.wet.gz"),))
    whole = conversion(block, 1, WARC_Block_Digest=sha1(block), WARC_Identified_Content_Language="spa,cat")
    records = [info, whole, conversion(b"\n \n", 2), conversion(b"T\n\xff\xfe\n", 3), conversion(b"T\nx", 4)]
    changed = conversion(b"T\nchanged", 5, WARC_Block_Digest=sha1(block))
    outcome = read(tmp_path, b"".join(map(gzip.compress, [*records, changed])), "a.warc.wet.gz")
    row = outcome.rows[0]
    assert (row["is_text"], row["title"], row["body"]) == (True, "Títle", b"one\ntwo")
    assert (row["original_nlines"], row["original_length"], row["digest"]) == (3, len(block), sha1(block))
    assert row["cc_segment"] == "CC-X.warc.wet.gz"
    assert row["metadata"] == '{"identified_content_language":"spa,cat"}'
    assert row["language"] is None
    assert [r["record_id"][-9:-1] for r in outcome.rows] == ["00000001", "00000004"]
    assert outcome.reasons == {"record_type_warcinfo": 1, "empty": 1, "invalid_utf8": 1, "payload_digest": 1}


def test_the_segment_is_the_crawls_own_path_where_the_file_lies_under_it(tmp_path):
    folder = tmp_path / "crawl-data/CC-MAIN-2024-22/segments/1/wet"
    folder.mkdir(parents=True)
    outcome = read(folder, conversion(b"T\ntext"), "x.warc.wet")
    assert outcome.rows[0]["cc_segment"] == "crawl-data/CC-MAIN-2024-22/segments/1/wet/x.warc.wet"
    assert read(tmp_path, conversion(b"T\ntext"), "x.warc.wet").rows[0]["cc_segment"] == "x.warc.wet"


def arc(url: str, block: bytes, kind: str = "text/html", length: int | None = None) -> bytes:
    return (
        f"{url} 192.0.2.1 20080430204825 {kind} {len(block) if length is None else length}\n".encode() + block + b"\n"
    )


VERSION = arc(
    "filedesc://a.arc", b"1 0 Example\nURL IP-address Archive-date Content-type Archive-length\n", "text/plain"
)


@pytest.mark.parametrize("name", ["a.arc", "a.arc.gz"])
def test_arc_files_are_read(tmp_path, name):
    records = [VERSION, arc("http://a.example/x y", http(page(1))), arc("dns:a.example", b"192.0.2.1", "text/dns")]
    records += [arc("https://b.example/", http(page(2), "404 Not Found")), arc("http://c.example/", http(page(3)))]
    data = b"".join(map(gzip.compress, records)) if name.endswith("gz") else b"".join(records)
    outcome = read(tmp_path, data, name)
    assert outcome.marks == [1, 3]
    assert outcome.reasons == {"record_type_warcinfo": 1, "media_type": 1, "http_status": 1}
    row = outcome.rows[0]
    assert (row["url"], row["date"], row["record_id"]) == ("http://a.example/x y", "2008-04-30T20:48:25Z", None)


@pytest.mark.parametrize("length", [3, 5000, 10**15])
def test_wrong_lengths_in_arc_cost_one_record(tmp_path, length):
    records = [VERSION, arc("http://a.example/", http(page(1)), length=length), arc("http://b.example/", http(page(2)))]
    outcome = read(tmp_path, b"".join(records), "a.arc")
    assert (outcome.marks, outcome.reasons) == ([2], {"record_type_warcinfo": 1, "content_length": 1})
