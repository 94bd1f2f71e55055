"""Every column of features and context against the plain oracle."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.extract.blocks.invariants import PAGES, PIECES
from tests.extract.learned.demo import demo_pages
from tests.extract.learned.parity import compare, hostile_pages
from tests.extract.learned.synthetic import site_pages

# Parts of pages that the columns ask for and PIECES has not.
PARTS = [
    *PIECES,
    *("<title>one two</title>", "<meta property='og:title' content='Two three'>", "<meta name=og:title>"),
    *("<meta name=description content='A b c'>", "<meta content='one word' name=DESCRIPTION>", "<h1>one two three"),
    *("<div class=comments>", "<div id='sidebar nav'>", "<p class='story-Body'>", "<body class=content>", "<h3>two"),
    *("One sentence. And two, three!", "one two", "one two.", "<img src=x>", "<br>", "<ul class=menu><li>"),
    *("<nav>", "<article>", "<footer>", "<form><label>x</label>", "<blockquote>", "<figcaption>f", "<code>c</code>"),
    *("<time>3 May</time>", "</div></div>"),
]
SLOW = {"nested blocks", "blocks of one word", "different words"}  # for the oracle, in the square of their length


def test_hand_made_pages():
    assert compare([page.decode() for page in PAGES]) == 17


def test_synthetic_pages():
    pages = [page.html for site in range(4) for page in site_pages(site, 1)]
    assert compare(pages) > 150


def test_hostile_pages():
    assert compare([page for name, page in hostile_pages().items() if name not in SLOW]) > 400
    assert compare(["<div>a " * 60, "<p>x" * 150, "".join(f"<p>w{i}" for i in range(150))]) == 360


def test_pages_of_the_demo_crawl():
    pages = [page for page in demo_pages()[::13] if len(page) < 15_000]
    assert len(pages) > 20
    assert compare(pages) > 400


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PARTS), max_size=60).map("".join), max_size=3))
def test_random_pages(pages):
    compare(pages)


@pytest.mark.slow
def test_all_pages_of_the_demo_crawl():
    pages = [page for page in demo_pages() if len(page) < 60_000]
    for begin in range(0, len(pages), 40):
        compare(pages[begin : begin + 40])
