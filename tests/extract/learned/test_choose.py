"""Which blocks are kept: the highest expected F measure, one block at least, the same whatever stands beside a page."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.errors import Refused
from corpusmill.extract.blocks.text import seen, texts_of
from corpusmill.extract.learned.choose import main_content
from corpusmill.extract.learned.features import Candidates, Floats, candidates_of
from corpusmill.extract.learned.lexicon import NO_LEXICON
from corpusmill.kernels.blocks.choice import best_choice, keep_between, pool_tables, repeated_runs
from corpusmill.kernels.blocks.reference_context import expected_f, highest_f
from corpusmill.kernels.html.tables import COUNTERS
from tests.extract.learned.demo import demo_pages, parsed_pages
from tests.extract.learned.models import by_hand
from tests.extract.learned.parity import hostile_pages
from tests.extract.learned.synthetic import site_pages

MODEL = by_hand()


def kept(
    probabilities: list[float], words: list[int], firsts: list[int] | None = None, recall: float = 1.0
) -> list[int]:
    counts = np.zeros((len(words), len(COUNTERS)), np.int32)
    counts[:, COUNTERS.index("words")] = words
    chosen = np.zeros(len(words), bool)
    rows = np.arange(len(words))
    best_choice(np.array(probabilities, np.float32), np.array(firsts or [0, len(words)]), rows, counts, recall, chosen)
    return np.flatnonzero(chosen).tolist()


@pytest.mark.parametrize(
    ("probabilities", "words", "expected"),
    [
        ([1, 0, 1], [5, 5, 5], [0, 2]),
        ([0.9, 0.4], [10, 10], [0, 1]),  # .4 is more than half of the F1 of the first alone, 18 / 23
        ([0.9, 0.3], [10, 10], [0]),
        ([0.2, 0.1], [10, 100], [0, 1]),  # unlikely, but so much that keeping it costs less than losing it
        ([0, 0, 0], [3, 1, 2], [0]),  # one block at least
        ([1, 0], [0, 0], [0]),
        ([1], [1], [0]),
        ([], [], []),
        ([0.5] * 4, [1] * 4, [0, 1, 2, 3]),
    ],
)
def test_by_hand(probabilities, words, expected):
    assert kept(probabilities, words) == expected


def test_equally_likely_blocks_come_in_the_order_of_the_page():
    """The first of them is enough where more would cost as much as they bring, and with one word alone."""
    assert kept([0, 0, 0, 0], [7, 7, 7, 7]) == [0]
    assert kept([1e-8, 0.5, 0.5], [0, 0, 0]) == [1]


def test_less_is_kept_where_what_is_missed_weighs_less():
    assert kept([0.9, 0.4], [10, 10]) == [0, 1]
    assert kept([0.9, 0.4], [10, 10], recall=0.5) == [0]


@pytest.mark.parametrize(
    ("inside", "chosen", "expected"),
    [
        ("-+-", "x.x", "xxx"),
        ("-++-", "x..x", "xxxx"),
        ("-++-", "x.xx", "xxxx"),
        ("-+-", "x..", "x.."),  # something before it alone
        ("+-+", ".x.", ".x."),  # at an end of the page
        ("-+-+-", "x.x..", "xxx.."),
        ("--", "x.", "x."),
        ("+", ".", "."),
    ],
)
def test_what_stands_between_kept_blocks(inside, chosen, expected):
    marks, kept_before = np.array([c == "+" for c in inside]), np.array([c == "x" for c in chosen])
    keep_between(marks, np.array([0, len(inside)]), np.arange(len(inside)), kept_before)
    assert "".join(".x"[int(c)] for c in kept_before) == expected


def test_nothing_stands_between_blocks_of_two_pages():
    chosen = np.array([True, False, True])
    keep_between(np.array([False, True, False]), np.array([0, 2, 3]), np.arange(3), chosen)
    assert chosen.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("blocks", "dropped"),
    [
        ("abab", "..xx"),
        ("ababab", "..xxxx"),
        ("abxab", "...xx"),
        ("abba", "...."),  # another order
        ("abcbc", "...xx"),
        ("aba", "..."),  # one block is no run
        ("aaa", ".xx"),
        ("abcd", "...."),
        ("", ""),
    ],
)
def test_runs_that_stood_there_before(blocks, dropped):
    html = "".join(f"<p>{letter} one two" for letter in blocks)
    for least_words, expected in ((6, dropped), (7, dropped if "xxx" in dropped else "." * len(dropped))):
        found = candidates_of(parsed_pages(["<p>a one two<p>b one two", html, "<p>x"]), NO_LEXICON)
        out = np.zeros(len(found.rows), bool)
        repeated_runs(found.parsed, found.firsts, found.rows, np.ones(len(found.rows), bool), least_words, out)
        assert "".join(".x"[int(each)] for each in out) == f"..{expected}."


def test_an_article_that_stands_there_twice_is_kept_once():
    page = f"<h1>News</h1><div><p>{LONG}</p><p>{MORE}</p><p>{SAID}</p></div>" * 2
    text = lines_of(page, "article")
    assert [text.count(each) for each in (LONG, MORE, SAID)] == [1, 1, 1]


_ROW = "<tr><td>{}<td>{}"


@pytest.mark.parametrize(
    ("html", "before", "after"),
    [
        ("<table>" + 2 * _ROW.format("a", "b") + "</table><p>c", [0, 0, 1, 1, 0.2], [0.5] * 4 + [0.2]),
        ("<table>" + _ROW.format("a b c", "d") + _ROW.format("e", "f"), [1, 0, 0, 0], [0.5] * 4),  # by words
        ("<table>" + _ROW.format("a", "b") + "<tr><td>c", [0, 1, 1], [0, 1, 1]),  # too few cells to tell
        ("<table>" + _ROW.format("<h2>a</h2>", "b") + _ROW.format("c", "d"), [0, 0, 1, 1], [0, 0, 1, 1]),
        ("<table>" + _ROW.format("a " * 200, "b") + _ROW.format("c", "d"), [1, 0, 0, 0], [1, 0, 0, 0]),  # a layout
        (  # what holds a table of data is none for it
            "<table><tr><td>x<td>y<tr><td><table>" + 2 * _ROW.format("a", "b") + "</table>",
            [0, 0, 1, 1, 0, 0],
            [0, 0] + [0.5] * 4,
        ),
        ("<p>a<p>b", [0, 1], [0, 1]),
    ],
)
def test_a_table_is_kept_whole_or_not_at_all(html, before, after):
    found = candidates_of(parsed_pages(["<p>x", html, "<p>y"]), NO_LEXICON)
    probabilities = np.array([0.3, *before, 0.4], np.float32)
    pool_tables(found.parsed, found.firsts, found.rows, probabilities)
    assert probabilities.tolist() == pytest.approx([0.3, *after, 0.4])


def test_each_page_is_chosen_for_itself():
    probabilities, words = [0.9, 0.1, 0.2, 0.0, 0.7], [3, 9, 9, 1, 5]
    alone = kept(probabilities[:2], words[:2]), kept(probabilities[2:], words[2:])
    assert kept(probabilities, words, [0, 2, 2, 5]) == [*alone[0], *(row + 2 for row in alone[1])]


def test_characters_count_where_words_are_not_parted():
    counts = np.zeros((2, len(COUNTERS)), np.int32)
    counts[0, [COUNTERS.index("words"), COUNTERS.index("unspaced_chars")]] = 1, 99
    counts[1, COUNTERS.index("words")] = 10
    chosen = np.zeros(2, bool)
    best_choice(np.array([0.4, 0.5], np.float32), np.array([0, 2]), np.arange(2), counts, 1.0, chosen)
    assert chosen.tolist() == [True, True]


@pytest.mark.parametrize("recall", [1.0, 0.5])
@settings(derandomize=True, max_examples=200, deadline=None)
@given(blocks=st.lists(st.tuples(st.integers(0, 8).map(lambda n: n / 8), st.integers(0, 40)), min_size=1, max_size=9))
def test_no_subset_of_blocks_has_a_higher_expected_f(recall, blocks):
    """So the most likely k are enough to look at, for all k."""
    probabilities, words = [p for p, _ in blocks], [w for _, w in blocks]
    chosen = kept(probabilities, words, recall=recall)
    assert chosen
    highest = highest_f(probabilities, words, recall)
    assert expected_f(probabilities, words, chosen, recall) == pytest.approx(highest, abs=1e-6)
    least = min(probabilities[i] for i in chosen)
    left_out = [i for i in range(len(words)) if i not in chosen]
    assert all(probabilities[i] <= least for i in left_out)
    assert all(i > max(j for j in chosen if probabilities[j] == least) for i in left_out if probabilities[i] == least)


@pytest.mark.parametrize("profile", ["article", "whole-page"])
def test_every_page_with_text_keeps_a_block_and_none_that_is_not_seen(profile):
    parsed = parsed_pages([*demo_pages()[::9], *hostile_pages().values()])
    chosen = main_content(parsed, profile, MODEL)
    assert chosen.dtype == bool
    assert not (chosen & ~seen(parsed)).any()
    for everything, some in zip(texts_of(parsed, seen(parsed)), texts_of(parsed, chosen), strict=True):
        assert bool(some.as_py()) == bool(everything.as_py())
    assert chosen.sum() < 0.9 * seen(parsed).sum()


def test_profiles_differ_in_comments():
    pages = [site_pages(site, 1)[0] for site in range(10)]
    parsed = parsed_pages([page.html for page in pages])
    held = []
    for profile in ("article", "whole-page"):
        texts = texts_of(parsed, main_content(parsed, profile, MODEL)).to_pylist()
        held.append(
            sum(said in text for page, text in zip(pages, texts, strict=True) for said in page.comments.split("\n"))
        )
    assert held[0] < held[1]


@pytest.mark.parametrize("pages", [[], [""], ["<title>x</title>"]])
def test_nothing_to_choose(pages):
    assert not main_content(parsed_pages(pages), "article", MODEL).any()


def test_the_choice_does_not_depend_on_the_batch():
    pages = [*demo_pages()[::30], *hostile_pages().values()]

    def choices(batch: list[str]) -> list[list[bool]]:
        parsed = parsed_pages(batch)
        return [part.tolist() for part in np.split(main_content(parsed, "article", MODEL), parsed.blocks.offsets[1:-1])]

    together = choices(pages)
    assert choices(pages[::-1])[::-1] == together
    assert [choices([page])[0] for page in pages] == together


@pytest.mark.parametrize(
    ("profile", "hint"), [("artikel", r' Did you mean "article"\?'), ("", " Known: article, whole-page")]
)
def test_a_profile_that_is_none(profile, hint):
    with pytest.raises(Refused, match=f"there is no profile '{profile}'.{hint}"):
        main_content(parsed_pages(["x"]), profile, MODEL)


ARTICLE_PAGE = (
    "<title>News</title><h1>News of the day</h1><div class='story'><p>{main}</p><p>{more}</p></div>"
    "<div class='comments'><p>{comment}</p></div>"
)
LONG = " ".join(f"The council met on day {day} and agreed on plan {day}." for day in range(1, 9))
MORE = " ".join(f"Plan {day} will cost less than what was feared in year {day}." for day in range(1, 9))
SAID = " ".join(f"I have never believed a word of plan {day}, and never will." for day in range(1, 9))


def lines_of(html: str, profile: str) -> list[str]:
    parsed = parsed_pages([html])
    return texts_of(parsed, main_content(parsed, profile))[0].as_py().split("\n")


def test_the_shipped_model_leaves_comments_to_whole_pages():
    page = ARTICLE_PAGE.format(main=LONG, more=MORE, comment=SAID)
    assert LONG in lines_of(page, "article") and SAID not in lines_of(page, "article")
    assert {LONG, SAID} <= set(lines_of(page, "whole-page"))


def test_comments_with_little_beside_them_are_the_page():
    page = ARTICLE_PAGE.format(main="Say something.", more="Here.", comment=SAID)
    assert SAID in lines_of(page, "article")


class Certain:
    """A model that finds every block as likely."""

    lexicon = NO_LEXICON

    def __init__(self, likely: float) -> None:
        self.likely = likely

    def probabilities(self, found: Candidates) -> Floats:
        return np.full(len(found.rows), self.likely, np.float32)


@pytest.mark.parametrize(
    ("said", "likely", "times"),
    [
        ("How the council came to agree on all plans", 0.8, 1),
        ("How the council came to agree on all plans", 0.95, 2),  # steps of many recipes
        ("Nothing came of it", 0.8, 2),  # a few words
        ("plan " * 60, 0.8, 1),
    ],
)
def test_a_block_that_stood_there_before_is_hardly_kept_again(said, likely, times):
    parsed = parsed_pages([f"<p>{LONG}<p>{said}<p>{MORE}<p>{said}<p>{SAID}"])
    for profile in ("article", "whole-page"):
        lines = texts_of(parsed, main_content(parsed, profile, Certain(likely)))[0].as_py().split("\n")
        assert lines.count(said.strip()) == times
        assert {LONG, MORE, SAID} <= set(lines)


def test_code_may_repeat():
    code = "x = first(y) if y else last(z) for y in some list of z"
    sample = f"<code><p>{code}</p></code>"
    page = f"<h1>Code</h1><div><p>{LONG}</p>{sample}<p>{MORE}</p>{sample}<p>{SAID}</p></div>"
    assert lines_of(page, "article").count(code) == 2
