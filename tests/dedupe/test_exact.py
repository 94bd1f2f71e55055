"""Exact keys, addresses in one form, and which document of a cluster stays."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.dedupe.exact import EXACT_KEYS, key_rows
from corpusmill.dedupe.urls import url_key
from corpusmill.schema import DOCUMENTS, batch_of


def documents(**columns: list[str | None]) -> pa.RecordBatch:
    rows = len(next(iter(columns.values())))
    given = {"doc_id": [str(i) for i in range(rows)], "raw_content": [""] * rows, **columns}
    return batch_of(DOCUMENTS, given, rows)


def groups(name: str, batch: pa.RecordBatch) -> list[list[int]]:
    """Rows that share a key, in order; rows without one are in no group."""
    found: dict[tuple[int, int], list[int]] = {}
    for upper, lower, number in key_rows(name, batch, 100).tolist():
        found.setdefault((upper, lower), []).append(number - 100)
    return sorted(found.values())


@pytest.mark.parametrize(
    ("name", "columns", "expected"),
    [
        ("text", {"raw_content": ["a b", "a b", "A b", "", "", "a b "]}, [[0, 1], [2], [3, 4], [5]]),
        (
            "normalized_text",
            {"raw_content": ["A  b!", "a b", "ab", "", "…", "...", "É", "E\u0301"]},
            [[0, 1], [2], [4], [6, 7]],
        ),
        (
            "payload_digest",
            {"payload_digest": ["sha1:X", None, "Y", None], "digest": ["sha1:Z", "sha1:X", None, None]},
            [[0, 1], [2]],
        ),
        ("url", {"url": ["http://a.org/", "https://www.a.org", "http://b.org", None, "no url"]}, [[0, 1], [2]]),
    ],
)
def test_documents_that_share_a_key(name: str, columns: dict[str, list[str | None]], expected: list[list[int]]):
    assert groups(name, documents(**columns)) == expected


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=3), max_size=12))
def test_texts_share_a_key_where_they_are_equal(texts: list[str]):
    batch = documents(raw_content=list(texts))
    expected = sorted([i for i, other in enumerate(texts) if other == text] for text in set(texts))
    assert groups("text", batch) == expected
    sliced = pa.concat_batches([batch.slice(i, 1) for i in range(len(texts))]) if texts else batch
    np.testing.assert_array_equal(key_rows("text", sliced, 0), key_rows("text", batch, 0))


def test_no_documents():
    for name in EXACT_KEYS:
        assert key_rows(name, documents(raw_content=[]), 0).shape == (0, 3)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://example.org", "example.org"),
        ("HTTPS://WWW.Example.org:443/", "example.org"),
        ("http://example.org:8080/A/", "example.org:8080/A"),
        ("http://example.org/a/index.html", "example.org/a"),
        ("http://example.org/a/Default.aspx?id=3", "example.org/a?id=3"),
        ("http://example.org/index.html.bak", "example.org/index.html.bak"),
        ("http://example.org/a?utm_source=x&id=3&fbclid=y#top", "example.org/a?id=3"),
        ("http://example.org/a?b=2&a=1", "example.org/a?a=1&b=2"),
        ("http://example.org/a;jsessionid=12AB?x=1", "example.org/a?x=1"),
        ("http://example.org/a?PHPSESSID=12", "example.org/a"),
        ("http://example.org/a?side=1", "example.org/a?side=1"),
        ("http://example.org/%C3%A4", "example.org/%c3%a4"),
        ("http://user:pass@example.org./x", "example.org/x"),
        ("http://[::1]/x", "::1/x"),
        ("http://example.org:port/", None),
        ("http://[broken/", None),
        ("/relative", None),
        ("", None),
        (None, None),
    ],
)
def test_addresses_in_one_form(url: str | None, key: str | None):
    assert url_key(url) == key


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_an_address_or_none(text: str):
    for prefix in ("", "http://", "http://a.org/"):
        found = url_key(prefix + text)
        assert found is None or found == url_key(f"http://{found}") or "%" in found or "?" in found
