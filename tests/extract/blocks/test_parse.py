"""Pages to blocks, by hand: where blocks begin and end, what their text is, what they stand in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from corpusmill.errors import Refused
from corpusmill.extract.blocks.parse import ParseParameters, parse
from corpusmill.extract.blocks.text import seen, texts_of, titles_of
from corpusmill.kernels.html.classes import TOKEN_KINDS
from corpusmill.kernels.html.elements import ATTRIBUTES, FLAG_NAMES, NAMES, name_hash


def of(*pages):
    return parse(pa.array(pages, pa.large_string()))


def block_texts(parsed):
    spans = zip(parsed.blocks.starts, parsed.blocks.ends, strict=True)
    return [bytes(parsed.text[start:end]).decode() for start, end in spans]


def visible(html):
    parsed = of(html)
    return texts_of(parsed, seen(parsed))[0].as_py()


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        (" a \n\t b ", "a b"),
        ("<p>a<p>b", "a\nb"),
        ("<div>a<div>b</div>c</div>d", "a\nb\nc\nd"),
        ("a<b>b</b> c<i> d </i>e", "ab c d e"),
        ("a<br>b<br><br>c", "a\nb\nc"),
        ("a<wbr>b<img>c<input>d", "ab c d"),
        ("<ul><li>a<li>b<ul><li>c</ul>d</ul>", "a\nb\nc\nd"),
        ("<table><tr><td>a<td>b<tr><th>c</th><td><p>d<p>e</table>f", "a\tb\nc\td\ne\nf"),
        ("<dl><dt>a<dd>b<dt>c</dl>", "a\nb\nc"),
        ("<pre>\n\n  a\n\tb  \n</pre>c", "  a\n\tb\nc"),
        ("<pre><b>  a</b>\r\n<i>  b</i></pre>", "  a\n  b"),
        ("<pre>a<br>b</pre>", "a\nb"),
        ("<script>a<b></script>b", "b"),
        ("<script><!--<script></script>a</script>--></script>b", "-->b"),
        ("<script><!-- x --></script>b", "b"),
        ("<SCRIPT>a</ScRiPt\n>b<style>c</style x=y>d", "bd"),
        ("a<script></scripts></script>b", "ab"),
        ("<textarea><p>a</textarea><title><p>b</title>c", "c"),
        ("<xmp><p>&amp;</xmp>c", "<p>&amp;\nc"),
        ("<iframe><p>a</iframe><noembed>b</noembed><noframes>c</noframes>d", "d"),
        ("<plaintext><p>&amp;</plaintext>", "<p>&amp;</plaintext>"),
        ("a<!-- b -->c<!-->d<!--->e<!--x--!>f<!-- -- > -->g", "acdefg"),
        ("a<!doctype b>c<?php d ?>e</ f>g</>h", "acegh"),
        ("a < b <3 <", "a < b <3 <"),
        ("a</", "a</"),
        ("<p title='a>b' class=\"c>d\" e=f>g", "g"),
        ("<p title = 'a>b'>g", "g"),
        ("<p a='b'c>d", "d"),
        ("a<p b", "a"),
        ("a<![CDATA[b]]>c", "ac"),
        ("a<math><![CDATA[<b>]]></math>c", "a<b>c"),
        ("<math><annotation encoding=x>a</annotation></math>b", "b"),
        ("a<svg><title>b</title><text>c</text></svg>d", "ad"),
        ("a<svg><style>b<p>c</style></svg>d", "a\ncd"),
        ("a<template>b</template><noscript>c</noscript>d", "a\nd"),
        ("<video>a</video>b<select><option>c<option>d</select>e", "b\ne"),
        ("a\0b\x07c\x0bd", "abc d"),
        ("a\N{NO-BREAK SPACE} b<p>\N{NO-BREAK SPACE}<p>c", "a\N{NO-BREAK SPACE} b\nc"),
        ("a\x85b\x9fc", "a bc"),
    ],
)
def test_visible_text(html, text):
    assert visible(html) == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("&amp;&lt;&gt;", "&<>"),
        ("&ampx &AMP &copy2 &notit; &notin;", "&x & ©2 ¬it; ∉"),
        ("&nosuch; &x &; & &#; &#x; &#xg;", "&nosuch; &x &; & &#; &#x; &#xg;"),
        ("&#65;&#x41;&#X41&#065", "AAAA"),
        ("&#128;&#x99;&#0;&#xD800;&#1114112;&#99999999999999999999;", "€™\ufffd\ufffd\ufffd\ufffd"),
        ("a&#32;&#10;&Tab;b&nbsp;c", "a b\xa0c"),
        ("&NotEqualTilde;&nGt;", "≂̸≫⃒"),
        ("&#x1F600;&CounterClockwiseContourIntegral;", "😀∳"),
        ("&am", "&am"),
    ],
)
def test_references(written, text):
    assert visible(written) == text


@pytest.mark.parametrize(
    ("html", "flags"),
    [
        ("<nav><p>x", {"nav", "paragraph"}),
        ("<header><h2>x", {"header", "heading"}),
        ("<footer><a href=y>x</a></footer>", {"footer"}),
        ("<main><article><section><aside>x", {"main", "article", "section", "aside"}),
        ("<div hidden>x", {"hidden"}),
        ("<div style='color:red; Display : NONE'>x", {"hidden"}),
        ("<div style='xdisplay:none'>x", set()),
        ("<div>a<span style='visibility:hidden'>x</span>", {"hidden"}),
        ("<div aria-hidden=true>x", {"aria_hidden"}),
        ("<div aria-hidden=false>x", set()),
        ("<ul><li>x", {"list"}),
        ("<table><tr><th>x", {"table", "header_cell"}),
        ("<figure><figcaption>x", {"figure", "caption"}),
        ("<blockquote><pre>x", {"quote", "verbatim"}),
        ("<div></nav><nav></div>x", set()),
        ("<nav><ul></nav>x", set()),
        ("<noscript>x", {"noscript"}),
        ("<script type='math/tex; mode=display'>x</script>", {"math_source", "verbatim"}),
        ("<body style='display:none'>x", set()),
    ],
)
def test_flags_of_the_last_block(html, flags):
    last = int(of(html).blocks.flags[-1])
    assert {name for bit, name in enumerate(FLAG_NAMES) if last >> bit & 1} == flags


@pytest.mark.parametrize(
    ("html", "counter", "count"),
    [
        ("one two <a href=x>three four</a>", "words", 4),
        ("a<b>b</b>c d", "words", 2),
        ("one <a href=x>three four</a>", "link_chars", 11),
        ("one <a href=x>three four</a>", "link_words", 2),
        ("one <a>three four</a>", "link_chars", 0),
        ("<a href=x>a<a href=y>b</a>c", "link_chars", 2),
        ("<a href=x>a</a>b<a href=x>c</a>", "links", 2),
        ("<b>bc</b> <em>d</em>e", "emphasis_chars", 4),
        ("<code>bc</code> d", "code_chars", 2),
        ("<math><mi>xy</mi></math>z", "math_chars", 2),
        ("a, b; c. d、", "punctuation", 4),
        ("a, b; c. d、", "commas", 2),
        ("One. Two (three.) 3.5 four! five。", "sentence_ends", 4),
        ("a1 23", "digits", 3),
        ("Ab CÀ Ж", "capitals", 4),
        ("a | b", "separators", 1),
        ("aàя漢", "non_ascii_chars", 3),
        ("ab漢字かな", "unspaced_chars", 4),
        ("a bcd<b>ef</b> g", "longest_word_chars", 5),
        ("<pre>ab.<br>c", "words", 2),
        ("<pre>ab.<br>c", "longest_word_chars", 3),
        ("<pre>ab.<br>c", "sentence_ends", 1),
        ("<a href=x><pre>b \n\n \n</pre></a>", "link_chars", 1),
        ("  a  b  ", "chars", 3),
        ("漢 字", "chars", 3),
        ("a<br>b", "line_breaks", 1),
        ("<img><img>a", "images", 2),
        ("<input>a<select></select>", "controls", 1),
    ],
)
def test_counts_of_the_first_block(html, counter, count):
    assert of(html).blocks.count(counter)[0] == count


def test_elements_form_the_tree_of_the_tags():
    elements = of("<div><p>a<p>b</div><ul><li>c<li>d</ul>").elements
    assert [NAMES[tag] for tag in elements.tag] == ["", "div", "p", "p", "ul", "li", "li"]
    assert elements.parent.tolist() == [-1, 0, 1, 1, 0, 4, 4]
    assert elements.stop.tolist() == [7, 4, 3, 4, 7, 6, 7]
    assert elements.depth.tolist() == [0, 0, 1, 1, 0, 1, 1]
    assert elements.ordinal.tolist() == [1, 1, 1, 2, 2, 1, 2]
    assert elements.path[2] == elements.path[3] != elements.path[5]


def test_tokens_are_hashed_whole_and_in_parts():
    parsed = of("<div class='post-12 Main navBar' id=x role=main>")
    found = list(zip(parsed.tokens.hashes.tolist(), parsed.tokens.kinds.tolist(), strict=True))
    wanted = [("post-12", "class"), ("post", "class_part"), ("Main", "class"), ("navBar", "class")]
    wanted += [("nav", "class_part"), ("bar", "class_part"), ("x", "id"), ("main", "role")]
    assert found == [(name_hash(word), TOKEN_KINDS.index(kind)) for word, kind in wanted]
    assert parsed.elements.token_offsets.tolist() == [0, 0, 8]


def test_tokens_are_bounded():
    page = pa.array([f"<p class='{'a-b ' * 100}'>x"], pa.large_string())
    assert len(parse(page, ParseParameters(max_tokens=7)).tokens.hashes) == 7


def test_values_of_attributes():
    page = "<meta name=author content='A &amp; B'><td>x</td><table><td colspan=2 lang=de>y<img alt=z width=3>"
    values = of(page).values
    found = [
        (ATTRIBUTES[name], page[start:end])
        for name, start, end in zip(values.name, values.starts, values.ends, strict=True)
    ]
    assert found == [("name", "author"), ("content", "A &amp; B"), ("lang", "de"), ("colspan", "2"), ("alt", "z")]


def test_linked_data_is_kept():
    page = '<script type="application/ld+json">{"a":1}</script>'
    values = of(page).values
    assert page[values.starts[1] : values.ends[1]] == '{"a":1}'


def test_spans_lie_in_page_and_text():
    page = "<p>One &amp; <b>two</b> three"
    parsed = of("first", page)
    spans = parsed.spans
    texts = [bytes(parsed.text[s:e]).decode() for s, e in zip(spans.starts, spans.ends, strict=True)]
    assert texts == ["first", "One &", "two", "three"]
    joined = ("first" + page).encode()
    sources = [joined[s:e].decode() for s, e in zip(spans.source_starts, spans.source_ends, strict=True)]
    assert sources == ["first", "One &amp; ", "two", " three"]
    assert [NAMES[parsed.elements.tag[e]] for e in spans.element] == ["", "p", "b", "p"]


def test_formulas_stand_apart_and_the_sentence_goes_on():
    parsed = of("<p>Let <math><mi>x</mi><annotation>x</annotation></math>be <script type=math/tex>x<y</script>!")
    assert block_texts(parsed) == ["Let x", "x", "be", "x<y", "!"]
    assert texts_of(parsed, seen(parsed)).to_pylist() == ["Let xbe !"]
    assert texts_of(parsed, np.ones(5, bool)).to_pylist() == ["Let xxbe x<y!"]


def test_title_is_the_first_one_with_words():
    pages = ["<title> A &lt;\n b</title><title>c</title>", "<title> </title>x", "<svg><title>no</title></svg>"]
    assert titles_of(of(*pages)).to_pylist() == ["A < b", None, None]


@pytest.mark.parametrize(
    ("html", "reason"), [("<p>a", 0), ("a<b c='", 1), ("a<!-- b", 2), ("a<script>b", 3), ("<title>b", 3), ("a</b", 1)]
)
def test_pages_that_end_inside_markup_say_so(html, reason):
    assert of(html).unclosed.tolist() == [reason]


def test_pages_do_not_touch_each_other():
    pages = ["<div><b>a", "", "<p>b", "<script>c", "d<!--", "<a href=x>e", "f"]
    together = of(*pages)
    assert texts_of(together, seen(together)).to_pylist() == [visible(page) for page in pages]


def test_slices_of_arrays_are_read_as_such():
    pages = pa.array(["x", "<p>a<p>b", "<p>c"], pa.large_string()).slice(1)
    parsed = parse(pages)
    assert texts_of(parsed, seen(parsed)).to_pylist() == ["a\nb", "c"]


def test_no_pages():
    parsed = parse(pa.array([], pa.large_string()))
    assert len(parsed) == 0
    assert texts_of(parsed, seen(parsed)).to_pylist() == []


def test_deep_pages_keep_their_text():
    depth = 2000
    html = "".join(f"<div>{i}" for i in range(depth)) + "".join(f"</div>x{i}" for i in range(depth))
    words = visible(html).split()
    assert words == [*map(str, range(depth)), *(f"x{i}" for i in range(depth))]


def test_too_much_at_once_is_refused():
    offsets = pa.py_buffer(np.array([0, 1 << 31], np.int64))
    pages = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), 1, [None, offsets, pa.py_buffer(np.zeros(1 << 31, np.uint8))]
    )
    with pytest.raises(Refused, match="2 GiB"):
        parse(pages)


def test_tables_in_arrow():
    table = of("<p>a b").table("blocks")
    assert table.column("words").to_pylist() == [2]
    assert table.column("element").to_pylist() == [1]
