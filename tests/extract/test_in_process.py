"""The extractor without a child: the same contract as with one, whatever the pages are."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.errors import RecipeError, Refused
from corpusmill.extract import in_process
from corpusmill.extract.choose import extractor_for
from corpusmill.extract.cleaning import clean, clean_title
from corpusmill.extract.extracted import Extracted
from corpusmill.extract.extractor import Extractor
from corpusmill.extract.in_process import InProcessExtractor
from corpusmill.extract.parameters import ExtractParameters
from tests.extract.test_extractor import ARTICLE, html_pages, outcome, pages_of

LEARNED = ExtractParameters("learned")
COLUMNS = ("texts", "titles", "charsets", "authors", "published", "languages")
TEXT = "<p>On this page there is a sentence of some length, and it goes on for a while.</p>"


@pytest.fixture(scope="module")
def extractor():
    with extractor_for(LEARNED) as extractor:
        yield extractor


def rows_of(extracted: Extracted) -> dict[int, tuple]:
    """Everything about each page, by its ordinal; `losses` included."""
    columns = [getattr(extracted, name).to_pylist() for name in COLUMNS]
    found: dict[int, tuple] = {
        100 + row: values for row, *values in zip(extracted.rows.to_pylist(), *columns, strict=True)
    }
    return found | {loss.ordinal: (loss.fate, loss.reason, loss.message) for loss in extracted.losses}


def test_the_class_is_chosen_by_the_extractors_kind():
    assert isinstance(extractor_for(LEARNED), InProcessExtractor)
    assert isinstance(extractor_for(ExtractParameters("resiliparse")), Extractor)
    with pytest.raises(RecipeError, match="is unknown"):
        extractor_for(ExtractParameters("learnt"))
    with pytest.raises(Refused, match="without a child"):
        Extractor(LEARNED)


def test_texts_titles_charsets_and_losses(extractor):
    pages = pages_of(
        [
            "<title> A \u00a0 title\n</title>" + TEXT,
            "<html><body><script>var x</script></body></html>",
            "",
            TEXT.replace("this page", "this caf\xe9").encode("latin-1"),
            b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
            b"<p>" + bytes(range(1, 32)) * 100 + b"</p>",
            b"GIF89a" + TEXT.encode(),
            "<p title='" + TEXT,
            "<!-- " + TEXT,
            "<script> " + TEXT,
            "<p>\u3000\xa0</p>",
        ]
    )
    extracted = extractor.extract(pages)
    assert extracted.rows.to_pylist() == [0, 3]
    assert "a sentence of some length" in extracted.texts[0].as_py()
    assert "café" in extracted.texts[1].as_py()
    assert extracted.titles.to_pylist() == ["A title", None]
    assert extracted.charsets.to_pylist() == ["utf-8", "windows-1252"]
    types = [pa.int64(), pa.large_string(), *[pa.string()] * 5]
    assert [extracted.rows.type, *(getattr(extracted, name).type for name in COLUMNS)] == types
    assert [(loss.fate, loss.stage, loss.reason, loss.ordinal, loss.offset) for loss in extracted.losses] == [
        ("dropped", "extract", "empty_text", 101, 7),
        ("dropped", "extract", "empty_text", 102, 14),
        ("dropped", "extract", "binary_text", 104, 28),
        ("dropped", "extract", "binary_text", 105, 35),
        ("dropped", "extract", "binary_text", 106, 42),
        ("quarantined", "extract", "html_unclosed", 107, 49),
        ("quarantined", "extract", "html_unclosed", 108, 56),
        ("quarantined", "extract", "html_unclosed", 109, 63),
        ("dropped", "extract", "empty_text", 110, 70),
    ]
    said = [loss.message for loss in extracted.losses if loss.reason == "html_unclosed"]
    assert [message.partition("inside ")[2] for message in said] == [
        "a tag that is never closed",
        "a comment that is never closed",
        "raw text that is never closed",
    ]


def test_no_pages(extractor):
    extracted = extractor.extract(pages_of([]))
    assert [len(getattr(extracted, name)) for name in ("rows", *COLUMNS)] == [0] * 7
    assert extracted.losses == []


def test_slices_are_read_where_they_lie(extractor):
    bodies = [f"<p>page number {row} says what it is, and that is all there is to it.</p>" for row in range(10)]
    whole, part = extractor.extract(pages_of(bodies)), extractor.extract(pages_of(bodies).slice(3, 4))
    assert part.texts.to_pylist() == whole.texts.to_pylist()[3:7]
    assert part.rows.to_pylist() == [0, 1, 2, 3]


def test_what_the_page_says_of_itself(extractor):
    head = (
        '<html lang="de-AT"><head><title>T</title><meta name="author" content="Ada Beispiel">'
        '<meta property="article:published_time" content="2024-05-06T07:08:09+02:00"></head><body>'
    )
    extracted = extractor.extract(pages_of([head + ARTICLE, ARTICLE]))
    assert extracted.authors.to_pylist() == ["Ada Beispiel", None]
    assert [value and value[:10] for value in extracted.published.to_pylist()] == ["2024-05-06", None]
    assert [value and value.lower() for value in extracted.languages.to_pylist()] == ["de-at", None]


def test_markup_and_profile():
    listed = "<ul>" + ARTICLE.replace("<p>", "<li><p>").replace("</p>", "</p></li>") + "</ul>"
    texts = {}
    for markup in ("text", "markdown"):
        with extractor_for(ExtractParameters("learned", "whole-page", markup)) as extractor:
            texts[markup] = extractor.extract(pages_of([listed])).texts[0].as_py()
    assert "- On day 3 of the journey" in texts["markdown"]
    assert "- On" not in texts["text"]
    assert "On day 3 of the journey" in texts["text"]


HOSTILE = {
    "deep": "<div>" * 200_000 + TEXT,
    "attributes": "<p " + " ".join(f"a{i}=1" for i in range(100_000)) + ">" + TEXT,
    "unclosed attribute": TEXT + "<p title='" + "x" * (4 << 20),
    "brackets": "<" * 400_000 + TEXT,
    "blocks": TEXT + "<p>x" * 400_000,
    "cells": "<table>" + "<tr><td>x" * 100_000 + "</table>" + TEXT,
    "lists": "<ul><li>" * 50_000 + TEXT,
    "references": TEXT + "&amp;" * 200_000,
    "scripts": TEXT + "<script><!--<script>" * 50_000,
    "titles": "<title>x</title>" * 50_000 + TEXT,
    "metas": "<meta name=author content=a>" * 100_000 + TEXT,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("markup", ["text", "markdown"])
def test_hostile_shapes_have_their_text(name, markup):
    with extractor_for(ExtractParameters("learned", markup=markup)) as extractor:
        found = outcome(extractor.extract(pages_of([TEXT, HOSTILE[name], TEXT])))
    assert "a sentence of some length" in found[0]
    assert found[2] == found[0]
    assert found[1] and not found[1].startswith(("html_", "extract_")), found[1][:100]


@pytest.mark.parametrize(
    ("page", "limits", "reason"),
    [
        ("<p>MARK" + " " * (8 << 20), {}, "html_too_large"),
        ("<" * (8 << 20), {}, "html_too_many_tags"),
        ("<p>x" * 500_001, {}, "html_too_many_tags"),
        ("<p>x" * 11, {"max_tags": 10}, "html_too_many_tags"),
        (TEXT, {"max_html_bytes": 10}, "html_too_large"),
    ],
    ids=range(5),
)
def test_limits(page, limits, reason):
    with extractor_for(ExtractParameters("learned", **limits)) as extractor:
        extracted = extractor.extract(pages_of(["<p>ab", page]))
    assert [(loss.fate, loss.reason, loss.ordinal) for loss in extracted.losses] == [("quarantined", reason, 101)]
    assert "wanted at most" in extracted.losses[0].message
    assert extracted.losses[0].head == page.encode()[:4096]


def _failing_at(monkeypatch: pytest.MonkeyPatch, mark: bytes, error: Exception) -> list[int]:
    """Decoding fails for batches that hold `mark`; the list gets the number of pages of each batch."""
    sizes: list[int] = []

    def decode(bodies, labels):
        sizes.append(len(bodies))
        if any(mark in body for body in bodies.to_pylist()):
            raise error
        return decode_pages(bodies, labels)

    decode_pages = in_process.decode_pages
    monkeypatch.setattr(in_process, "decode_pages", decode)
    return sizes


@pytest.mark.parametrize(
    ("error", "reason"), [(MemoryError("no room"), "extract_memory"), (ValueError("wrong"), "extract_error")]
)
def test_a_page_that_fails_costs_itself_alone(monkeypatch, extractor, error, reason):
    sizes = _failing_at(monkeypatch, b"MARK", error)
    bodies = [f"{row}{TEXT}" if row != 2 else "MARK" for row in range(5)]
    extracted = extractor.extract(pages_of(bodies))
    assert extracted.rows.to_pylist() == [0, 1, 3, 4]
    (loss,) = extracted.losses
    assert (loss.fate, loss.reason, loss.ordinal, loss.head) == ("quarantined", reason, 102, b"MARK")
    assert str(error) in loss.message
    assert sizes == [5, 1, 1, 1, 1, 1]


PIECES = [
    TEXT,
    ARTICLE,
    "<nav><a href=/>Home</a> <a href=/about>About us</a></nav>",
    "<table><tr><td>one<td>two</table>",
    "<pre>  code\n    more</pre>",
    "<p>日本語の文章です。今日は天気がよいので、公園まで散歩に行きました。",
    "<p dir=rtl>العربية نص من اليمين إلى اليسار</p>",
    "<!--",
    "<script>x",
    "<p title='",
    "\x00\x01\x02" * 50,
    "&#0;&#x85;&#xD800;&#1114112;",
    "\u3000\x85\x0b\x0c",
]
BODIES = st.lists(st.sampled_from(PIECES), max_size=5).map("".join)


@settings(derandomize=True, max_examples=25, deadline=None)
@given(pages=st.lists(BODIES, max_size=12), size=st.integers(1, 12), small=st.integers(1, 4000), reverse=st.booleans())
def test_batches_and_order_change_nothing(pages, size, small, reverse):
    extractor = InProcessExtractor(LEARNED)
    whole = rows_of(extractor.extract(pages_of(pages)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(in_process, "BATCH_BYTES", small)
        patch.setattr(in_process, "BATCH_PAGES", size)
        assert rows_of(extractor.extract(pages_of(pages))) == whole
    order = range(len(pages))[::-1] if reverse else range(len(pages))
    shuffled = pages_of(pages).take(pa.array(list(order), pa.int64()))
    found = extractor.extract(shuffled)
    texts = dict(zip(found.rows.to_pylist(), found.texts.to_pylist(), strict=True))
    assert {100 + order[row]: text for row, text in texts.items()} == {
        ordinal: values[0] for ordinal, values in whole.items() if isinstance(values, list)
    }


@settings(derandomize=True, max_examples=60, deadline=None)
@given(pages=st.lists(BODIES | st.text(max_size=40), min_size=1, max_size=4))
def test_texts_are_clean(pages):
    extracted = InProcessExtractor(LEARNED).extract(pages_of([page.encode("utf-8", "replace") for page in pages]))
    extracted.texts.validate(full=True)
    assert all(text and text == clean(text) for text in extracted.texts.to_pylist())
    assert all(title == clean_title(title) for title in extracted.titles.to_pylist())
    assert len(extracted.rows) + len(extracted.losses) == len(pages)


def test_a_fork_extracts_too(extractor):
    """Workers may be forked after kernels have run: nothing is held that a fork could not use."""
    expected = outcome(extractor.extract(pages_of([TEXT])))
    process = os.fork()
    if process == 0:
        same = False
        try:
            same = outcome(extractor.extract(pages_of([TEXT]))) == expected
        finally:
            os._exit(0 if same else 1)
    assert os.waitpid(process, 0)[1] == 0


@pytest.mark.shared
def test_no_page_of_bad_inputs_is_silently_empty(shared: Path):
    """Each has text or a named loss, and what must be kept is in the texts of all that both kinds of extractor read."""
    expected = json.loads((shared / "bad_inputs/expected.json").read_text())
    extractors = [extractor_for(ExtractParameters(name)) for name in ("learned", "resiliparse-all")]
    checked = 0
    for archive in sorted((shared / "bad_inputs").glob("html_*.warc.gz")) + sorted(
        (shared / "bad_inputs").glob("charset_*.warc.gz")
    ):
        found = list(html_pages(archive))
        pages = pages_of([body for _, _, body in found])
        pages = pages.set_column(
            pages.schema.get_field_index("charset"), "charset", pa.array([label for _, label, _ in found], pa.string())
        )
        for extractor in extractors:
            extracted = extractor.extract(pages)
            extracted.texts.validate(full=True)
            assert len(extracted.rows) + len(extracted.losses) == len(found)
            assert all(loss.reason for loss in extracted.losses)
            text = "\n".join(extracted.texts.to_pylist())
            assert "\0" not in text
            if not any(loss.reason.startswith("html_") for loss in extracted.losses):
                missing = [mark for mark in expected[archive.name].get("must_keep", []) if mark not in text]
                assert not missing or extractor is extractors[0], (archive.name, missing)
            checked += len(found)
    for extractor in extractors:
        extractor.close()
    assert checked > 10


@pytest.mark.shared
@pytest.mark.parametrize("shard", [3, 8])
def test_no_page_of_a_crawl_is_lost(extractor, shared, shard):
    found = list(html_pages(shared / f"data/crawl-bench/crawl-bench-{shard:05d}.warc.gz"))
    pages = pages_of([body for _, _, body in found])
    extracted = extractor.extract(pages)
    extracted.texts.validate(full=True)
    assert len(extracted.rows) + len(extracted.losses) == len(found) > 100
    assert {loss.reason for loss in extracted.losses} <= {"empty_text", "html_unclosed"}
    with Extractor(ExtractParameters("resiliparse-all")) as other:
        known = dict(zip(*(column.to_pylist() for column in other.extract(pages)[:2]), strict=True))
    lost = [row for row in range(len(found)) if row not in set(extracted.rows.to_pylist())]
    assert [row for row in lost if len(known.get(row, "").split()) > 3] == []
