"""Batches of pages are decoded as one page is."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.read.charset import decode_html
from corpusmill.read.charset_batch import decode_pages

RUSSIAN = "Привет, как дела сегодня, и что нового в городе"
LABELS = [None, "utf-8", "iso-8859-1", "koi8-r", "gb2312", "utf-16le", "Big5", "nonsense"]
BODIES = [
    b"",
    b"<p>plain</p>",
    b"N-N-" * 20,  # ASCII that is ideographs under a label of UTF-16
    b"<meta charset=gb2312>caf\xc3\xa9",
    b"<META CHARSET = 'utf8'>caf\xc3\xa9",
    b'<?xml version="1.0" encoding="big5"?>caf\xc3\xa9',
    "<p>café</p>".encode(),
    "<p>icon \ue001</p>".encode(),
    "<p>lost \ufffd</p>".encode(),
    RUSSIAN.encode(),
    RUSSIAN.encode("koi8-r"),
    RUSSIAN.encode("utf-16"),
    RUSSIAN.encode("utf-16-le"),
    b"\xef\xbb\xbf<p>marked \xe2\x82\xac</p>",
    b"\xef\xbb\xbf",
    b"\xef\xbb",
    b"\x1b$BF|K\\\x1b(B",
    b"\x00\x01\x02<p>",
    "日本語のテキスト".encode("shift_jis"),
    "日本語のテキスト".encode(),
    b"caf\xe9 \x93quoted\x94",
]


def decoded(bodies: list[bytes], labels: list[str | None]) -> list[tuple[str, str]]:
    found = decode_pages(pa.array(bodies, pa.large_binary()), pa.array(labels, pa.string()))
    found.pages.validate(full=True)
    return list(zip(found.pages.to_pylist(), found.charsets.to_pylist(), strict=True))


@pytest.mark.parametrize("label", LABELS)
def test_every_body_under_every_label(label):
    assert decoded(BODIES, [label] * len(BODIES)) == [decode_html(body, label) for body in BODIES]


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from(BODIES), max_size=3).map(b"".join), st.sampled_from(LABELS)), max_size=6
    )
)
def test_batches_change_nothing(pages):
    bodies, labels = [body for body, _ in pages], [label for _, label in pages]
    assert decoded(bodies, labels) == [decode_html(body, label) for body, label in pages]


def test_slices_are_read_where_they_lie():
    bodies = pa.array(BODIES, pa.large_binary())
    labels = pa.array([None] * len(BODIES), pa.string())
    found = decode_pages(bodies.slice(6, 4), labels.slice(6, 4))
    assert found.pages.to_pylist() == [decode_html(body, None)[0] for body in BODIES[6:10]]


def test_pages_of_utf8_are_not_copied():
    bodies = pa.array([b"<p>one</p>", "<p>zwölf Straßen, drüben über Brücken</p>".encode() * 2], pa.large_binary())
    found = decode_pages(bodies, pa.nulls(2, pa.string()))
    assert found.pages.buffers()[2].address == bodies.buffers()[2].address
    assert found.meaningless.tolist() == [0, 0]


def test_what_is_counted_and_what_is_not():
    bodies = pa.array([b"a\x01\x02b\n", b"caf\xe9"], pa.large_binary())
    assert decode_pages(bodies, pa.nulls(2, pa.string())).meaningless.tolist() == [2, -1]
