"""Nothing enters a tag unescaped."""

from __future__ import annotations

import html

from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.report.figures import percent, size
from corpusmill.report.markup import Markup, escape, join, shown, tag, visible


@settings(derandomize=True)
@given(text=st.text())
def test_any_text_comes_back_from_its_escaped_form(text):
    escaped = escape(text)
    assert not set("<>\"'") & set(escaped)
    assert html.unescape(escaped) == visible(text)
    assert join(escaped) == escaped, "what is markup already is not escaped twice"


def test_attributes_are_escaped_and_absent_ones_left_out():
    assert tag("a", "x", title='"<', class_="c", aria_label=None, hidden=True, open=False) == (
        '<a title="&quot;&lt;" class="c" hidden>x</a>'
    )


def test_an_svg_shape_ends_where_it_stands():
    assert tag("rect", width=3) == '<rect width="3"/>'
    assert isinstance(tag("rect"), Markup)


def test_shown_tells_how_long_a_text_was():
    assert "(100,000 characters)" in shown("a" * 300, 10, 100_000)
    assert shown(None) == '<bdi class="foreign">–</bdi>'


def test_a_part_that_is_not_the_whole_is_never_shown_as_the_whole():
    assert percent(999_999, 1_000_000) == "> 99.9 %"
    assert percent(1, 1_000_000) == "< 0.1 %"
    assert percent(0, 5) == "0.0 %"
    assert size(999_999) == "1 MB"
