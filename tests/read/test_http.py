"""HTTP bodies in WARC records: encodings, lies, bombs, content types, digests."""

from __future__ import annotations

import base64
import gzip
import tracemalloc
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from corpusmill.read.content import looks_binary, looks_like_html
from corpusmill.read.digests import expected_digest
from corpusmill.read.http import head_end, parse_response, unchunk
from tests.read.warc_builder import http, page, read, record, sha1

BODY = page(5)
CHUNKED = b"%x\r\n%s\r\n" % (100, BODY[:100]) + b"%x;name=value\r\n%s\r\n" % (len(BODY) - 100, BODY[100:]) + b"0\r\n"
RAW_DEFLATE = zlib.compressobj(9, zlib.DEFLATED, -15)

KEPT = {  # header lines, body as stored; the page must come out as BODY
    "plain": ("", BODY),
    "gzip": ("Content-Encoding: gzip\r\n", gzip.compress(BODY)),
    "x-gzip, upper case": ("CONTENT-ENCODING: X-GZIP\r\n", gzip.compress(BODY)),
    "gzip of two members": ("Content-Encoding: gzip\r\n", gzip.compress(BODY[:50]) + gzip.compress(BODY[50:])),
    "zlib deflate": ("Content-Encoding: deflate\r\n", zlib.compress(BODY)),
    "raw deflate": ("Content-Encoding: deflate\r\n", RAW_DEFLATE.compress(BODY) + RAW_DEFLATE.flush()),
    "brotli": ("Content-Encoding: br\r\n", brotli.compress(BODY)),
    "zstd": ("Content-Encoding: zstd\r\n", zstandard.compress(BODY)),
    "declared gzip, plain": ("Content-Encoding: gzip\r\n", BODY),
    "declared brotli, plain": ("Content-Encoding: br\r\n", BODY),
    "declared zstd, plain": ("Content-Encoding: zstd\r\n", BODY),
    "declared brotli, gzip": ("Content-Encoding: br, gzip\r\n", gzip.compress(brotli.compress(BODY))),
    "undeclared gzip": ("", gzip.compress(BODY)),
    "double gzip": ("Content-Encoding: gzip\r\n", gzip.compress(gzip.compress(BODY))),
    "unknown encoding": ("Content-Encoding: utf-8\r\n", BODY),
    "chunked": ("Transfer-Encoding: chunked\r\n", CHUNKED + b"\r\n"),
    "chunked with trailers": ("Transfer-Encoding: chunked\r\n", CHUNKED + b"X-Trailer: 1\r\n\r\n"),
    "chunked without end": ("Transfer-Encoding: chunked\r\n", CHUNKED[:-3]),
    "declared chunked, plain": ("Transfer-Encoding: chunked\r\n", BODY),
    "chunk size far too large": ("Transfer-Encoding: chunked\r\n", b"FFFFFFFFFF\r\n" + BODY),
    "chunked gzip": (
        "Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n",
        b"%x\r\n%s\r\n0\r\n\r\n" % (len(gzip.compress(BODY, mtime=0)), gzip.compress(BODY, mtime=0)),
    ),
}


@pytest.mark.parametrize("what", KEPT)
def test_bodies_come_out_decoded(tmp_path, what):
    extra, stored = KEPT[what]
    outcome = read(tmp_path, record(http(stored, extra=extra)), "a.warc")
    assert outcome.reasons == {}
    assert outcome.rows[0]["body"] == BODY


def wrapped(data: bytes, layers: int) -> bytes:
    for _ in range(layers):
        data = gzip.compress(data)
    return data


LOST = {  # header lines, body as stored, reason
    "cut gzip": ("Content-Encoding: gzip\r\n", gzip.compress(BODY)[:-12], "content_encoding"),
    "gzip with a wrong CRC": ("", gzip.compress(BODY)[:-8] + bytes(8), "content_encoding"),
    "cut brotli": ("Content-Encoding: br\r\n", brotli.compress(BODY)[:-9], "content_encoding"),
    "binary for brotli": ("Content-Encoding: br\r\n", b"\xff\x00\xfe\x01" * 50, "content_encoding"),
    "five layers": ("", wrapped(BODY, 5), "content_encoding"),
    "gzip bomb": ("", gzip.compress(bytes(64 << 20)), "oversize"),
    "nested bomb": ("", wrapped(bytes(64 << 20), 2), "oversize"),
    "brotli bomb": ("Content-Encoding: br\r\n", brotli.compress(bytes(64 << 20), quality=1), "oversize"),
    "zstd bomb": ("Content-Encoding: zstd\r\n", zstandard.compress(bytes(64 << 20)), "oversize"),
    "deflate bomb": ("Content-Encoding: deflate\r\n", zlib.compress(bytes(64 << 20)), "oversize"),
    "too large": ("", b"<html>" + b"a" * (6 << 20), "oversize"),
}  # fmt: skip


@pytest.mark.parametrize("what", LOST)
def test_bodies_that_cannot_be_trusted_are_quarantined(tmp_path, what):
    extra, stored, reason = LOST[what]
    tracemalloc.start()
    outcome = read(tmp_path, record(http(stored, extra=extra)) + record(http(BODY), number=1), "a.warc")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (outcome.marks, outcome.reasons) == ([5], {reason: 1})
    assert outcome.losses[0].fate == "quarantined"
    assert peak < 45 << 20


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
TYPES = [  # media type in the header, body, what becomes of it
    ("text/html; charset=utf-8", BODY, "kept"),
    ("TEXT/HTML", BODY, "kept"),
    ("application/xhtml+xml", BODY, "kept"),
    ("", BODY, "kept"),
    ("application/octet-stream", b"\xef\xbb\xbf  <!-- x --><HTML><p>MARK-5", "kept"),
    ("application/octet-stream", PNG, "media_type"),
    ("", b"just some text", "media_type"),
    ("text/plain", BODY, "media_type"),
    ("image/png", PNG, "media_type"),
    ("text/html", PNG, "binary"),
    ("text/html", b"%PDF-1.7 and so on", "binary"),
    ("text/html", b"PK\x03\x04 zip", "binary"),
    ("text/html", bytes([0, 1, 2, 250, 0, 3, 200]) * 200, "binary"),
    ("text/html", BODY.decode().encode("utf-16"), "kept"),
    ("text/html", BODY.decode().encode("utf-16-le"), "kept"),
    ("text/html", BODY.decode().encode("utf-32-be"), "kept"),
    ("text/html", "<p>日本語のページ".encode("iso2022_jp"), "kept"),
    ("text/html", b"no tag at all, but declared", "kept"),
    ("text/html", b"", "empty"),
    ("text/html", b" \r\n\t ", "empty"),
]


@pytest.mark.parametrize(("media_type", "body", "fate"), TYPES)
def test_media_types(tmp_path, media_type, body, fate):
    outcome = read(tmp_path, record(http(body, content_type=media_type)), "a.warc")
    if fate == "kept":
        assert outcome.rows[0]["body"] == body
        assert outcome.rows[0]["content_type"] in ("text/html", "application/xhtml+xml")
    else:
        assert (outcome.rows, outcome.reasons) == ([], {fate: 1})
        assert outcome.losses[0].fate == "dropped"


@pytest.mark.parametrize("status", ["404 Not Found", "301 Moved", "500", "206 Partial"])
def test_other_statuses_are_dropped(tmp_path, status):
    outcome = read(tmp_path, record(http(BODY, status)), "a.warc")
    assert outcome.reasons == {"http_status": 1}
    assert outcome.losses[0].message == status[:3]
    assert read(tmp_path, record(http(BODY, status)), "a.warc", statuses=(int(status[:3]),)).marks == [5]


def test_responses_without_http(tmp_path):
    dns = record(b"example.com. IN A 192.0.2.1", content_type="text/dns")
    outcome = read(
        tmp_path, record(BODY, number=1) + record(b"garbage", number=2) + record(b"", number=3) + dns, "a.warc"
    )
    assert outcome.marks == [5]
    assert outcome.reasons == {"http_header": 1, "empty": 1, "media_type": 1}


def test_resources_count_as_pages_by_their_own_type(tmp_path):
    html = record(BODY, "resource", 1, "text/html; charset=koi8-r")
    css = record(b"a {}", "resource", 2, "text/css")
    outcome = read(tmp_path, html + css, "a.warc")
    assert (outcome.marks, outcome.reasons) == ([5], {"media_type": 1})
    assert outcome.rows[0]["charset"] == "koi8-r"


GZIPPED = gzip.compress(BODY, mtime=0)
DIGESTS = [  # payload digest, block digest, extra WARC header, kept
    (sha1(GZIPPED), None, None, True),  # as sent
    (sha1(BODY), None, None, True),  # decoded
    (sha1(BODY).lower(), None, None, True),
    (f"sha1:{__import__('hashlib').sha1(GZIPPED).hexdigest()}", None, None, True),
    (f"sha-256:{__import__('hashlib').sha256(GZIPPED).hexdigest()}", None, None, True),
    ("sha1:unknown", None, None, True),
    ("blake9:AAAA", None, None, True),
    (None, None, None, True),
    (sha1(b"other"), None, None, False),
    (sha1(b"other"), "right", None, False),
    (sha1(b"other"), None, ("WARC-Truncated", "length"), True),
    (None, "right", None, True),
    (None, sha1(b"other"), None, False),
    (sha1(BODY), sha1(b"other"), None, True),
]


@pytest.mark.parametrize(("payload", "block", "extra", "kept"), DIGESTS)
def test_digests(tmp_path, payload, block, extra, kept):
    """A payload that was exchanged under its old digest never passes; honest variants of the digest do."""
    content = http(GZIPPED, extra="Content-Encoding: gzip\r\n")
    headers = [("WARC-Payload-Digest", payload), ("WARC-Block-Digest", sha1(content) if block == "right" else block)]
    given = tuple((name, value) for name, value in headers if value) + ((extra,) if extra else ())
    outcome = read(tmp_path, record(content, headers=given), "a.warc")
    assert (len(outcome.rows), outcome.reasons) == ((1, {}) if kept else (0, {"payload_digest": 1}))
    assert len(read(tmp_path, record(content, headers=given), "a.warc", verify_digests=False).rows) == 1


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b"\n<p>"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b"\r\n<p>"),
        (b"HTTP/1.0 200\nContent-Type: text/html\n\n", b"\n<p>\r\n\r\nx"),
        (b"HTTP/2 200\r\nno colon here\r\ncontent-type : text/html\r\n\r\n", b"<p>\n\nx"),
        (b"HTTP/1.1 200 OK\nContent-Type: text/html\r\n\r\n", b"<p>"),
    ],
)
def test_the_body_begins_behind_the_first_empty_line(head, body):
    response = parse_response(head + body)
    assert (response.status, response.media_type, (head + body)[response.body_start :]) == (200, "text/html", body)


def test_unchunk_keeps_what_is_no_chunk():
    assert unchunk(b"3\r\nabc\r\nzz\r\nrest", 100) == b"abczz\r\nrest"
    assert unchunk(b"-3\r\nabc\r\n", 100) == b"-3\r\nabc\r\n"
    assert unchunk(b"2\nab\n3\ncde\n0\n", 100) == b"abcde"
    assert unchunk(b"", 100) == b""


def test_hostile_heads_cost_linear_work(tmp_path):
    """Each of these would take minutes or more if a pattern or a sum were quadratic or worse."""
    flood = http(b"", extra="Content-Encoding: x\r\n" * 200_000)
    assert read(tmp_path, record(flood), "a.warc").reasons == {"empty": 1}
    assert not looks_like_html(b"<!---->" * 140 + b"x")
    assert looks_like_html(b"<!---->" * 100 + b"<p>")
    folded = record(http(BODY), headers=(("X", "a" + "\r\n " * 15_000),))
    assert read(tmp_path, folded + b"\r\n" * 500_000 + folded, "a.warc").marks == [5, 5]


def test_sniffing():
    assert looks_like_html(b"\n <!DOCTYPE html>")
    assert looks_like_html("<html>".encode("utf-16"))
    assert not looks_like_html(b"<htmlx>")
    assert not looks_like_html(b"")
    assert not looks_binary(b"")
    assert not looks_binary(b"\n\r\t" * 300)
    assert expected_digest(b"sha1:" + b"0" * 40) == ("sha1", bytes(20))
    assert expected_digest(b"") is None


@given(st.binary(min_size=20, max_size=20), st.booleans())
def test_base32_of_sha1(value: bytes, small: bool):
    text = base64.b32encode(value)
    assert expected_digest(b"sha1:" + (text.lower() if small else text)) == ("sha1", value)


@pytest.mark.parametrize("odd", [b"0", b"1", b"8", b"_", b" ", b"+", b"-", b"=", "é".encode()])
def test_no_base32(odd: bytes):
    assert expected_digest(b"sha1:" + b"A" * 16 + odd + b"A" * (16 - len(odd))) is None


@given(st.lists(st.sampled_from([b"\n", b"\r", b"a"]), max_size=12).map(b"".join))
def test_the_first_empty_line_ends_the_head(block: bytes):
    ends = [(at, at + len(gap)) for gap in (b"\n\n", b"\n\r\n") if (at := block.find(gap)) >= 0]
    assert head_end(block) == min(ends, default=(len(block), len(block)))
