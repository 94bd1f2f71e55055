"""The extraction check: what it says of pages, and that no text in it does anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpusmill.extract.parameters import ExtractParameters
from corpusmill.report.extraction import Check, write_extraction_check
from corpusmill.report.payload.wording import lines_of, overlap, shared, words_of
from tests.cli.test_extract import HOSTILE, PAGES, archive  # noqa: F401 - a fixture
from tests.report.browser import Watched, browser


@pytest.fixture(scope="module")
def checked(archive, tmp_path_factory) -> tuple[Path, Check]:  # noqa: F811
    out = tmp_path_factory.mktemp("check") / "check.html"
    sides = ExtractParameters("learned"), ExtractParameters("resiliparse-all")
    return out, write_extraction_check(out, archive, *sides, most=50)


def test_pages_are_in_order_of_disagreement(checked):
    _, check = checked
    overlaps = [page["overlap"] for page in check.pages]
    assert overlaps == sorted(overlaps)
    assert {page["id"] for page in check.pages} == {f"<urn:uuid:{number}>" for number in range(len(PAGES))}
    assert check.mean_overlap == pytest.approx(sum(overlaps) / len(overlaps))


def test_what_is_said_of_a_page(checked):
    _, check = checked
    page = next(page for page in check.pages if page["id"] == "<urn:uuid:0>")
    ours, all_text = page["sides"]
    assert ours["reason"] is None
    assert all_text["words"] == ours["words"] + 1  # the menu
    assert (ours["alone"], all_text["alone"]) == (0, 1)
    assert ["", "Menu"] in all_text["lines"]
    assert [0, "Menu"] in [list(block) for block in page["blocks"]]
    assert sum(kept for kept, _ in page["blocks"]) == 20
    empty = next(page for page in check.pages if page["id"] == "<urn:uuid:3>")
    assert [side["reason"] for side in empty["sides"]] == ["empty_text", "empty_text"]
    assert (empty["overlap"], empty["blocks"]) == (1.0, [])


@pytest.mark.parametrize(
    ("text", "other", "marks"),
    [
        ("", "a", []),
        ("a", "", [False]),
        ("a b", "a b c", [True, True]),
        ("a b c d", "x a b c", [True, True, True, False]),
        ("a b c", "c b a", [False, False, False]),
    ],
)
def test_shared_words(text, other, marks):
    assert shared(words_of(text), words_of(other)) == marks


def test_lines_hold_all_of_the_text():
    text = "  Menu: one\n\n two, three!\tfour \n日本"
    words = words_of(text)
    for marks in ([True] * 7, [False] * 7, [False, True, True, False, True, False, True]):
        lines = lines_of(text, words, marks)
        assert ["".join(pieces) for pieces in lines] == ["  Menu: one", " two, three!\tfour ", "日本"]
    assert overlap(words, words_of("menu one")) == pytest.approx(4 / 9)


def test_in_the_browser(checked):
    path, check = checked
    with browser() as opened:
        for width, scheme in ((1400, "light"), (400, "dark")):
            watched = Watched(opened, path.as_uri(), width, scheme)
            page = watched.page
            for _ in range(len(check.pages)):
                assert page.locator("#page").text_content().startswith("Page ")
                page.keyboard.press("b")
                page.wait_for_function("() => location.hash.includes('view=blocks')")
                page.keyboard.press("b")
                page.keyboard.press("j")
            page.evaluate("number => { location.hash = `#/check?page=${number}` }", 1 + _place(check, 2))
            page.wait_for_function("() => document.querySelector('.side .text').textContent.includes('window.__pwned')")
            page.evaluate("number => { location.hash = `#/check?page=${number}` }", 1 + _place(check, 0))
            page.wait_for_function(
                "() => document.querySelector('.side:last-child mark')?.textContent.includes('Menu')"
            )
            assert page.locator(".side:first-child mark").count() == 0
            page.keyboard.press("d")
            page.wait_for_function("() => document.querySelectorAll('.side:last-child .text p').length === 1")
            page.locator("button.theme").click()
            assert page.evaluate("document.documentElement.dataset.theme") == ("dark" if scheme == "light" else "light")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert watched.is_untouched()
            assert watched.complaints == []
            assert watched.outside() == []
    assert HOSTILE.encode() not in path.read_bytes()


def _place(check: Check, number: int) -> int:
    return next(place for place, page in enumerate(check.pages) if page["id"] == f"<urn:uuid:{number}>")
