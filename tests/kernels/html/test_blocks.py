"""The scan of HTML against its plain oracle, over broken pages; references against the standard library's table."""

from __future__ import annotations

from html.entities import html5

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.html.blocks import count_brackets, scan_pages
from corpusmill.kernels.html.elements import ATTRIBUTES, NAMES, attribute_number, element_number, name_hash
from corpusmill.kernels.html.entities import reference
from corpusmill.kernels.html.reference_blocks import Block, blocks_of
from corpusmill.kernels.html.tables import (
    BLOCK_ELEMENT,
    BLOCK_END,
    BLOCK_FLAGS,
    BLOCK_JOINED,
    BLOCK_START,
    E_TAG,
    tables_for,
)

_NAMES = (
    "p div b a i table tbody tr td th caption ul ol li dl dd dt h1 h2 pre svg math mi title desc button script"
    " style textarea template select option span nobr object ruby rt annotation x-y body noscript"
)
TAGS = _NAMES.split()
PARTS = [
    *(f"<{name}>" for name in TAGS),
    *(f"</{name}>" for name in TAGS),
    *(
        "one",
        "two ",
        " three",
        " ",
        "\n",
        "&amp;",
        "&nbsp;",
        "&#32;",
        "&notit",
        "\r\n",
        "\0",
        "<",
        "</",
        "&",
        "漢",
        "é",
    ),
    *("<br>", "<br/>", "<img>", "<hr>", "<input>", "<a href=x>", "<div hidden>", "<p style='display:none'>", "<i/>"),
    *("<svg/>", "<!-- x -->", "<!--", "-->", "<![CDATA[", "]]>", "<!x>", "<p a='", "'>", '"', "<b class=x"),
    *("<script type=math/tex>", "<script>", "<plaintext>"),
    *(
        "<img class='A math' alt='x^2'>",
        "<img alt=y_1>",
        "<img alt=y>",
        "<image class=tex alt=' &amp; '>",
        "<p class=math>",
    ),
    *("<img class=math alt=' '>", "<img class=math alt='&#32;'>", "<math alttext=' z '>", "<b class=math>"),
    *("<annotation encoding=a/TeX>", "<annotation encoding=x>", "<annotation-xml>"),
]


def blocks_by_kernel(html: str) -> list[Block]:
    data = np.frombuffer(html.encode(), np.uint8)
    tables = tables_for(len(data), int(count_brackets(data)), 1, 8)
    first, *_ = scan_pages(data, np.array([0, len(data)], np.int64), 200, 8, tables)
    return [
        Block(
            NAMES[tables.elements[row[BLOCK_ELEMENT], E_TAG]],
            bytes(tables.text[row[BLOCK_START] : row[BLOCK_END]]).decode(),
            int(row[BLOCK_FLAGS]),
            int(row[BLOCK_JOINED]),
        )
        for row in tables.blocks[: first[1, 1]]
    ]


@settings(derandomize=True, max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=30).map("".join))
def test_equal_to_the_oracle(page):
    assert blocks_by_kernel(page) == blocks_of(page)


@settings(derandomize=True, max_examples=500, deadline=None)
@given(st.text("<>/!-&#x;='\" \nabp[]", max_size=40))
def test_equal_to_the_oracle_on_random_marks(page):
    assert blocks_by_kernel(page) == blocks_of(page)


def text_of(written: str, in_attribute: bool) -> tuple[str, str]:
    data = np.frombuffer(written.encode(), np.uint8)
    first, second, end = reference(data, 0, len(data), in_attribute)
    return (chr(first) if first >= 0 else "") + (chr(second) if second else ""), written[end:]


def test_every_named_reference():
    for name, text in html5.items():
        assert text_of(name + " x", False) == (text, " x"), name


@pytest.mark.parametrize(
    ("written", "outside", "inside"),
    [
        ("copy=1", ("©", "=1"), ("", "copy=1")),
        ("copy1", ("©", "1"), ("", "copy1")),
        ("copy;1", ("©", "1"), ("©", "1")),
        ("copy ", ("©", " "), ("©", " ")),
        ("notit;", ("¬", "it;"), ("", "notit;")),
        ("#38x", ("&", "x"), ("&", "x")),
        ("#x", ("", "#x"), ("", "#x")),
    ],
)
def test_references_in_text_and_attributes(written, outside, inside):
    assert text_of(written, False) == outside
    assert text_of(written, True) == inside


def test_names_are_found_by_their_hash():
    assert [element_number(np.uint64(name_hash(name))) for name in NAMES[1:]] == list(range(1, len(NAMES)))
    assert [attribute_number(np.uint64(name_hash(name))) for name in ATTRIBUTES] == list(range(len(ATTRIBUTES)))
    assert element_number(np.uint64(name_hash("divx"))) == 0
    assert attribute_number(np.uint64(name_hash("classes"))) == -1
