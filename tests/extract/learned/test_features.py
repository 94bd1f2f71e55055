"""What single columns mean, on small pages; which columns there are; a page's rows depend on the page alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from corpusmill.extract.learned.features import FEATURES, FIRST_STAGE, Candidates, candidates_of
from corpusmill.extract.learned.lexicon import NO_LEXICON, Lexicon
from corpusmill.kernels.html.elements import words_of
from tests.extract.learned.demo import demo_pages, parsed_pages
from tests.extract.learned.models import lexicon
from tests.extract.learned.parity import canaries, hostile_pages, lexicons

NAN = None  # in the tables below

ARTICLE = (
    "<title>The long day | Site</title><ul class=menu><li><a href=/>Home</a><li><a href=/>All of it</a></ul>"
    "<div class=story><h1>The long day</h1><p>One sentence. Another one, too.<p>A <a href=/>link</a> here"
    "<h2>Later</h2><p>The end.</div><div id=comments><p>Nice!</div><p>One sentence. Another one, too."
)
# Home, All of it, The long day, One sentence…, A link here, Later, The end., Nice!, One sentence…


def found(html: str, known: Lexicon = NO_LEXICON) -> Candidates:
    return candidates_of(parsed_pages([html]), known)


def column(html: str, name: str, known: Lexicon = NO_LEXICON) -> list[float | None]:
    values = found(html, known).features[:, FEATURES.index(name)]
    return [None if np.isnan(value) else round(float(value), 4) for value in values]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("chars", [4, 9, 12, 31, 11, 5, 8, 5, 31]),
        ("words", [1, 3, 3, 5, 3, 1, 2, 1, 5]),
        ("link_density", [1, 1, 0, 0, 0.4545, 0, 0, 0, 0]),
        ("links", [1, 1, 0, 0, 1, 0, 0, 0, 0]),
        ("sentence_ends", [0, 0, 0, 2, 0, 0, 1, 1, 2]),
        ("commas", [0, 0, 0, 1, 0, 0, 0, 0, 1]),
        ("ordinal", [1, 2, 1, 2, 3, 4, 5, 1, 5]),
        ("in_heading", [0, 0, 1, 0, 0, 1, 0, 0, 0]),
        ("in_list", [1, 1, 0, 0, 0, 0, 0, 0, 0]),
        ("container0_chars", [4, 9, 12, 31, 11, 5, 8, 5, 31]),
        ("container1_chars", [13, 13, 67, 67, 67, 67, 67, 116, 116]),  # of the list, of the story, of the body
        ("container1_link_density", [1, 1, 0.0746, 0.0746, 0.0746, 0.0746, 0.0746, 0.1552, 0.1552]),
        ("container1_blocks", [2, 2, 5, 5, 5, 5, 5, 9, 9]),
        ("container1_paragraphs", [0, 0, 0.7463, 0.7463, 0.7463, 0.7463, 0.7463, 0.7414, 0.7414]),
        ("container2_share", [1, 1, 1, 1, 1, 1, 1, NAN, NAN]),
        ("container3_chars", [NAN] * 9),
        ("block-1_chars", [NAN, 4, 9, 12, 31, 11, 5, 8, 5]),
        ("block+2_link_density", [0, 0, 0.4545, 0, 0, 0, 0, NAN, NAN]),
        ("window5_headings", [2, 2, 2, 2, 2, 2, 2, 2, 1]),
        ("page_blocks", [9] * 9),
        ("page_lists", [0.2222] * 9),
        ("index", list(range(9))),
        ("chars_before_share", [0, 0.0345, 0.1121, 0.2155, 0.4828, 0.5776, 0.6207, 0.6897, 0.7328]),
        ("path_blocks", [2, 2, 1, 4, 4, 1, 4, 4, 1]),
        ("path_first", [0, 0, 0.2222, 0.3333, 0.3333, 0.5556, 0.3333, 0.3333, 0.8889]),
        ("class_blocks", [2, 2, 1, 3, 3, 1, 3, 1, 1]),
        ("title_share", [0, 0, 1, 0, 0, 0, 0.5, 0, 0]),
        ("title_blocks", [-2, -1, 0, 1, 2, 3, 4, 5, 6]),
        ("title_chars", [-0.1121, -0.0776, 0, 0.1034, 0.3707, 0.4655, 0.5086, 0.5776, 0.6207]),
        ("behind_h1", [0, 0, 0, 1, 1, 1, 1, 1, 1]),
        ("h1_blocks", [-2, -1, 0, 1, 2, 3, 4, 5, 6]),
        ("heading_before", [NAN, NAN, NAN, 1, 2, 3, 1, 2, 3]),
        ("heading_behind", [2, 1, 3, 2, 1, NAN, NAN, NAN, NAN]),
        ("repeats_before", [0, 0, 0, 0, 0, 0, 0, 0, 1]),
        ("repeats", [0, 0, 0, 1, 0, 0, 0, 0, 1]),
        ("mark_comments", [0, 0, 0, 0, 0, 0, 0, 1, 0]),
        ("mark_navigation", [1, 1, 0, 0, 0, 0, 0, 0, 0]),
        ("mark_content", [0, 0, 1, 1, 1, 1, 1, 0, 0]),
        ("profile", [0] * 9),
    ],
)
def test_an_article(name, expected):
    assert column(ARTICLE, name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("token_own", [0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("token_nearest", [-1, -1, 2, 2, 2, 2, 2, -3, 0]),
        ("token_least", [-1, -1, 0, 0, 0, 0, 0, -3, 0]),
        ("token_most", [0, 0, 2, 2, 2, 2, 2, 0, 0]),
        ("words_mean", [-2, -0.3333, 0, 0.2, 0, 0, 0, 0, 0.2]),
        ("words_least", [-2, -1, 0, 0, 0, 0, 0, 0, 0]),
        ("words_most", [0, 0, 0, 1, 0, 0, 0, 0, 1]),
        ("words_last", [-2, -1, 0, 1, 0, 0, 0, 0, 1]),
    ],
)
def test_an_article_with_a_lexicon(name, expected):
    known = lexicon({"menu": -1, "story": 2, "comments": -3}, {"home": -2, "all": -1, "sentence": 1})
    assert column(ARTICLE, name, known) == expected


def test_the_strongest_token_of_an_element_and_the_sum_along_the_page():
    known = lexicon({"a": 1, "b": -2, "c": 0.5, "d": 3})
    html = "<div class='a b'><div><section class=c><p class='x a'>word"
    values = found(html, known).features[0]
    named = {
        name: values[FEATURES.index(f"token_{name}")] for name in words_of("own nearest before least most sum levels")
    }
    assert named == {"own": 1, "nearest": 1, "before": 0.5, "least": -2, "most": 1, "sum": -0.5, "levels": 3}


@pytest.mark.parametrize(
    ("head", "text", "share"),
    [
        ("<title>one two</title>", "two three", 0.5),
        ("<title>one two</title><meta property=og:title content='Three'>", "two three", 0.5),  # three
        ("<title>one two</title><meta property=og:title content='Three'>", "one two", 0),
        ("<meta content='Two &amp; three' property='OG:Title'>", "two three AMP", 1),
        ("<title> - </title><title>two</title>", "two", 1),
        ("<meta name=title content=two>", "two", 0),
        ("", "two", 0),
    ],
)
def test_which_title(head, text, share):
    assert column(f"{head}<p>{text}", "title_share") == [share]


def test_the_longest_description():
    head = "<meta name=description content='a b'><meta property='og:description' content='c d e'>"
    assert column(f"{head}<p>c d x y<p>a b", "description_share") == [0.5, 0]


def test_marks_of_the_body_say_nothing():
    assert column("<body class=comments><p>x<div class=comments><p>y", "mark_comments") == [0, 1]


def test_a_token_counts_in_any_case_and_as_a_part():
    assert column("<div class=postComments><p>x</div><div id=COMMENTS-2>y", "mark_comments") == [1, 1]


def test_what_is_not_seen_is_no_candidate():
    parsed = parsed_pages(["<title>a</title><p>b<template>c</template><noscript>d</noscript><option>e</option>", "f"])
    found = candidates_of(parsed, NO_LEXICON)
    texts = [bytes(parsed.text[parsed.blocks.starts[r] : parsed.blocks.ends[r]]) for r in found.rows]
    assert texts == [b"b", b"f"]
    assert found.firsts.tolist() == [0, 1, 2]


def test_profiles():
    candidates = found("<p>x<p>y")
    assert candidates.asked == "whole-page"
    candidates.profile("article")
    assert candidates.asked == "article"
    assert (candidates.features[:, len(FIRST_STAGE) - 1] == 1).all()


def test_names_are_told_apart_and_the_first_stage_comes_first():
    assert len(set(FEATURES)) == len(FEATURES)
    assert FEATURES[: len(FIRST_STAGE)] == FIRST_STAGE
    assert FIRST_STAGE[-1] == "profile"
    assert FEATURES[len(FIRST_STAGE)] == "likely"


def test_columns_that_are_named_are_those_that_are_written():
    for page in ("<p>x", ARTICLE, *hostile_pages().values()):
        canaries(parsed_pages([page]))


# What no page of the demo crawl has.
OTHERS = (
    "<main><nav>a</nav><form>b <label>c</label></form><figure><figcaption class=caption>d</figcaption></figure>"
    "<div hidden>e</div><code><div>f</div></code><div class='comments'>g</div><div class='share'>h</div></main>"
)


def test_every_column_says_something():
    parsed = parsed_pages([OTHERS, *demo_pages()])
    candidates = candidates_of(parsed, lexicons(parsed_pages(demo_pages()[::20]))[0])
    assert candidates.firsts[1] == 7
    candidates.profile("article")
    candidates.add_context((np.arange(len(candidates.rows)) % 17 / 17).astype(np.float32))
    x = candidates.features
    assert not np.isinf(x).any()
    constant = {name for name, low, high in zip(FEATURES, np.nanmin(x, 0), np.nanmax(x, 0), strict=True) if low == high}
    assert constant == {"profile"}


def test_rows_of_a_page_do_not_depend_on_its_neighbours():
    pages = [*demo_pages()[::40], *hostile_pages().values(), ARTICLE]
    known = lexicons(parsed_pages(pages))[0]

    def rows(batch: list[str]) -> list[bytes]:
        candidates = candidates_of(parsed_pages(batch), known)
        likely = np.concatenate([np.arange(count) % 9 / 9 for count in np.diff(candidates.firsts)]).astype(np.float32)
        candidates.add_context(likely)
        edges = candidates.firsts.tolist()
        return [candidates.features[a:b].tobytes() for a, b in pairwise(edges)]

    together = rows(pages)
    assert rows(pages[::-1])[::-1] == together
    assert [rows([page])[0] for page in pages] == together
    assert sum(bool(page) for page in together) > len(pages) - 5


def test_no_page_and_no_candidate():
    for pages in ([], [""], ["", "<title>x</title>"]):
        candidates = candidates_of(parsed_pages(pages), NO_LEXICON)
        candidates.profile("article")
        candidates.add_context(np.zeros(0, np.float32))
        assert candidates.features.shape == (0, len(FEATURES))
        assert candidates.firsts.tolist() == [0] * (len(pages) + 1)
