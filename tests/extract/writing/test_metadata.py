"""Titles, authors, days and languages, by hand."""

from __future__ import annotations

import pyarrow as pa
import pytest

from corpusmill.extract.blocks.parse import parse
from corpusmill.extract.writing.dates import day_of
from corpusmill.extract.writing.linked_data import described
from corpusmill.extract.writing.metadata import metadata_of


def field(page, name):
    pages = pa.array([page], pa.large_string())
    return getattr(metadata_of(parse(pages), pages), name)[0].as_py()


def linked(content):
    return f'<script type="application/ld+json">{content}</script>'


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("", None),
        ("<title> A \n b</title>", "A b"),
        ("<title>A b c | Site</title>", "A b c"),
        ("<title>A - B</title>", "A - B"),
        ("<title>x</title><meta property=og:title content='A &amp; b'>", "A & b"),
        ("<title>x</title><h1>A <i>b</i></h1>", "A b"),
        ("<title>x</title><h1>A</h1><h1>b</h1>", "x"),
        ("<meta property=og:title content='A longer title | S'><h1>A longer title</h1>", "A longer title"),
        ("<meta property=og:title content='A — Site'><meta property=og:site_name content=site>", "A"),
        (linked('{"@type":"Article","headline":"A"}') + "<title>x</title>", "A"),
        ("<meta property=og:title content=' '><title>A</title>", "A"),
    ],
)
def test_title(page, title):
    assert field(page, "titles") == title


@pytest.mark.parametrize(
    ("page", "author"),
    [
        ("<p>by A B", None),
        ("<meta name=AUTHOR content='A B'>", "A B"),
        ("<meta name=author content='https://a.org'><a rel=author>A B</a>", "A B"),
        ("<meta name=author content=admin>", None),
        ("<span itemprop=author>By A B</span>", "A B"),
        ("<div class='byline x'>Von A B</div>", "A B"),
        ("<p class=byline>C<p class=author-name>A B", "A B"),
        (linked('{"@type":"NewsArticle","author":[{"name":"A"},{"name":"B"}]}'), "A; B"),
        (linked('{"@graph":[{"@id":"#p","name":"A B"},{"@type":"Article","author":{"@id":"#p"}}]}'), "A B"),
        (linked('{"author": broken') + "<meta name=author content='A B'>", "A B"),
    ],
)
def test_author(page, author):
    assert field(page, "authors") == author


@pytest.mark.parametrize(
    ("page", "day"),
    [
        ("<p>2020-01-02", None),
        ("<meta property=article:published_time content=2020-01-02T23:59:59+02:00>", "2020-01-02"),
        ("<meta property=article:modified_time content=2021-01-02><time datetime=2020-01-02>", "2020-01-02"),
        ("<meta property=article:modified_time content=2021-01-02>", "2021-01-02"),
        ("<time itemprop=datePublished datetime=2020-01-03></time><time datetime=2020-01-02>", "2020-01-03"),
        (linked('{"@type":"Article","datePublished":"2020-01-02"}') + "<time datetime=2021-01-01>", "2020-01-02"),
        ("<meta property=og:url content='http://a.org/2020/01/02/b'>", "2020-01-02"),
        ("<p class=entry-date>2. Januar 2020", "2020-01-02"),
        ("<h1>a</h1><p>January 2nd, 2020", "2020-01-02"),
        ("<meta name=date content=2020-13-40>", None),
    ],
)
def test_day(page, day):
    assert field(page, "published") == day


@pytest.mark.parametrize(
    ("page", "language"),
    [
        ("", None),
        ("<html lang=en-GB>", "en-gb"),
        ("<html lang=''><meta http-equiv=Content-Language content='de, en'>", "de"),
        ("<html><meta property=og:locale content=fr_FR>", "fr-fr"),
        ("<html lang='{{ lang }}'>", None),
        ("<p lang=it>", None),
    ],
)
def test_language(page, language):
    assert field(page, "languages") == language


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20200102", "2020-01-02"),
        ("2020/1/2", "2020-01-02"),
        ("Thu, 02 Jan 2020 10:00", "2020-01-02"),
        ("2 de enero de 2020", "2020-01-02"),
        ("2020年1月2日", "2020-01-02"),
        ("02.01.2020", "2020-01-02"),
        ("01/31/2020", "2020-01-31"),
        ("1234567890", None),
        ("2 Foo 2020", None),
        ("", None),
    ],
)
def test_days_as_written(text, day):
    assert day_of(text) == day


@pytest.mark.parametrize(
    "script",
    [
        b"",
        b'"author"',
        b'{"author":',
        b'[[["author"]]]',
        b'{"author": null, "headline": 1}',
        b'{"@type":[1],"author":[]}',
    ],
)
def test_damaged_linked_data_says_nothing(script):
    assert described(script) == (None, None, None)


def test_linked_data_of_any_depth_ends():
    assert described(b'{"@graph":' * 900 + b'{"headline":"x"}' + b"}" * 900).title in (None, "x")


def test_pages_do_not_touch_each_other():
    pages = pa.array(["<h1>", "<title>a</title>", "<p>b<time datetime=2020-01-02>", "<h1>c</h1>"], pa.large_string())
    found = metadata_of(parse(pages), pages)
    assert found.titles.to_pylist() == [None, "a", None, "c"]
    assert found.published.to_pylist() == [None, None, "2020-01-02", None]
