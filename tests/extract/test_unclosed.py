"""Markup that swallows the rest of a page."""

from __future__ import annotations

import pytest

from corpusmill.extract.unclosed import unclosed


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", None),
        ("<p>text</p>", None),
        ("<!-- a --><!--> <!---> <title>x</title><p>1 < 2 & 3 > 2", None),
        ("<!doctype html><?xml x?></><é>", None),
        ('<p title=\'>"\'>x</p><a href="x"">y</a><p it\'s>z</p>', None),
        ("<script><!-- <p </script>", None),
        ("<SCRIPT>x</Script >", None),
        ("<!-- a", "<!-- a"),
        ("<p>a</p><!-- a -- >b", "<!-- a -- >b"),
        ("<p title='x>a</p>", "<p title='x>a</p>"),
        ("<p>a</p", "</p"),
        ("<title>a</titles>", "<title>a</titles>"),
        ("<textarea></text", "<textarea></text"),
        ("<plaintext></plaintext>", "<plaintext></plaintext>"),
        ("<!doctype html", "<!doctype html"),
    ],
)
def test_the_construct_that_is_open_at_the_end(html: str, expected: str | None):
    assert unclosed(html) == expected


@pytest.mark.parametrize(
    "part", ["<!--", "<script>", '<p "', "<", "<a ", "<a =", "<style></styl", "</", "--", "<a x='", "<!"]
)
def test_work_is_linear(part: str):
    unclosed(part * 300_000)
    unclosed("<!--" + part * 300_000)
    unclosed("<script>" + part * 300_000)
