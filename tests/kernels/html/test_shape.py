"""The estimated shape of HTML against hand counts, and against the depth of the tree that a parser builds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from resiliparse.parse.html import HTMLTree

from corpusmill.kernels.html.shape import html_shapes
from corpusmill.kernels.html.tags import FORMATTING, VOID, classes_of, packed


def shape(html: str | bytes, stop_depth: int = 5000) -> tuple[int, int, int]:
    data = html if isinstance(html, bytes) else html.encode()
    offsets = np.array([0, len(data)], np.int64)
    found = html_shapes(np.frombuffer(data, np.uint8), offsets, np.array([True]), stop_depth)
    return tuple(int(values[0]) for values in found)


@pytest.mark.parametrize(
    ("html", "depth"),
    [
        ("", 0),
        ("plain", 0),
        ("<html><head></head><body>x</body></html>", 0),
        ("<div><div><div>", 3),
        ("<DIV><Div>x</dIV></div>", 2),
        ("<div></div>" * 500, 1),
        ("<br><img><hr>" * 500, 0),
        ("<p>" * 500, 1),
        ("<ul>" + "<li>x" * 500, 2),
        ("<ul>" + "<li><b>x</b><p>y" * 500, 3),
        ("<dl>" + "<dt>x<dd>y" * 500, 2),
        ("<table>" + "<tr><td>x<td>y" * 500, 3),
        ("<table><tbody>" + "<tr><td>x" * 500, 4),
        ("<select>" + "<option>x" * 500, 2),
        ("<a href=x>y" * 500, 1),
        ("</div></span>" * 500, 0),
        ("<div><span></div>" * 500, 2),
        ("<script>" + "<div>" * 500 + "</script><p>x", 1),
        ("<style><div></style><textarea><div></textarea><title><div></title>", 0),
        ("<!-- " + "<div>" * 500 + " --><p>", 1),
        ("<!--><div>", 1),
        ("<!doctype html><?php <div> ?><div>", 1),
        ("a < b <3 <<< <div>", 1),
        ("<div title='<div><div>' data-x=\"<div>\">", 1),
        ("<svg>" + "<path/>" * 500, 1),
        ("<svg>" + "<g>" * 50, 51),
        ("<div/>" * 50, 50),
        ("<td>" * 50, 0),
        ("<b>" * 50, 50),
        ("".join(f"<div><b i={i}></div>" for i in range(50)), 51),
        ("<custom-element>" * 50, 50),
        ("<div><span></div></span>", 2),
        ("<span><div></span><span><div></span>", 4),
        ("<div", 1),
        ("<", 0),
    ],
)
def test_depth(html, depth):
    assert shape(html)[0] == depth


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_wide_bytes(codec):
    assert shape(("<div>" * 50 + "<p a=1 b>日本語の文章").encode(codec))[:2] == (51, 2)


def test_text_of_japanese_mail_encoding_is_no_markup():
    assert shape(("<div>" + "大気<b>" * 1 + "山" * 500).encode("iso2022-jp"))[0] == 2


@pytest.mark.parametrize(
    ("tag", "attributes"),
    [
        ("<p>", 0),
        ("<p a>", 1),
        ("<p a b=1 c='2' d=\"3\">", 4),
        ("<p a = 1>", 1),
        ("<p a=1b=2>", 1),
        ("<p a='x y' b>", 2),
        ("<p/a/b/>", 2),
        ("<p =x>", 1),
        ("<br />", 0),
        ("</p a b>", 2),
        ("<p a='never closed b c", 1),
    ],
)
def test_attributes(tag, attributes):
    assert shape(tag)[1] == attributes


def test_nesting_is_the_sum_of_depths():
    assert shape("<div>a<div>b</div>c</div>d")[2] == 0 + 2 + 4 + 2


def test_scan_ends_at_the_given_depth():
    assert shape("<div>" * 100_000, 300)[0] == 300


def test_pages_that_are_not_wanted_are_left_out():
    data = np.frombuffer(b"<div><div><p>", np.uint8)
    depth, _, _ = html_shapes(data, np.array([0, 5, 13]), np.array([False, True]), 100)
    assert depth.tolist() == [0, 2]


def test_classes():
    assert classes_of(np.uint64(packed("br"))) & VOID
    assert classes_of(np.uint64(packed("strong"))) & FORMATTING
    assert classes_of(np.uint64(packed("no-such"))) == 0


def tree_depth(html: str) -> int:
    deepest, stack = 0, [(HTMLTree.parse(html).body, 0)]
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        stack += [(child, depth + 1) for child in node.child_nodes if child.tag not in (None, "#text", "#comment")]
    return deepest


PARTS = ["<div>", "</div>", "<p>", "</p>", "<b>", "</b>", "<ul>", "<li>", "</ul>", "<span>", "</span>", "text", "<br>"]


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=25))
def test_depth_is_near_that_of_the_tree(parts):
    html = "<body>" + "".join(parts)
    assert abs(shape(html)[0] - tree_depth(html)) <= 3 + parts.count("<b>")


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=20), st.sampled_from([part.encode() for part in PARTS])), max_size=20))
def test_random_bytes_stay_within_bounds(parts):
    body = b"".join(parts)
    depth, attributes, nesting = shape(body)
    assert 0 <= depth <= len(body)
    assert 0 <= attributes <= len(body)
    assert 0 <= nesting <= len(body) ** 2
