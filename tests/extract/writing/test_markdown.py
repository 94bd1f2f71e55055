"""Chosen blocks as Markdown, by hand; code that comes back byte for byte; escapes."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.extract.writing.pages import markdown, parsed


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<h1>a</h1><p>b<p>c", "# a\n\nb\n\nc"),
        ("<h3>a<br>b <code>c</code></h3>", "### a b `c`"),
        ("<h2><div>a</div><div>b</div></h2>", "## a b"),
        (f"<h2>a<p>{'b ' * 200}", "## a\n\n" + ("b " * 200).strip()),
        ("<p>a<br>b", "a  \nb"),
        ("<p>a <b>b</b><i>c</i> <a href=d>d</a>", "a bc d"),
        # lists
        ("<ul><li>a<li>b<ul><li>c<li>d</ul><li>e</ul>f", "- a\n- b\n  - c\n  - d\n- e\n\nf"),
        ("<ol><li>a<li>b<ul><li>c</ul></ol>", "1. a\n2. b\n   - c"),
        ("<ol start=9><li>a<li>b<p>c", "9. a\n10. b\n\n    c"),
        ("<ol start=x><li>a</ol>", "1. a"),
        ("<ul><li><p>a<p>b<li>c</ul>", "- a\n\n  b\n- c"),
        ("<ul><li><ul><li>a</ul></ul>", "- - a"),
        ("<ul><li>a<br>b</ul>", "- a  \n  b"),
        ("<li>a", "- a"),
        # quotes
        ("<blockquote><p>a<p>b<br>c<blockquote>d</blockquote></blockquote>e", "> a\n>\n> b  \n> c\n>\n> > d\n\ne"),
        ("<blockquote><ul><li>a<p>b</ul></blockquote>", "> - a\n>\n>   b"),
        # code
        ("<p>a <code>b</code>", "a `b`"),
        ("<p><code>a`b</code> <code>`c</code>", "``a`b `c``"),
        ("<p>x <code>`c</code>", "x `` `c ``"),
        ("<pre>  a\n\tb</pre>", "```\n  a\n\tb\n```"),
        ("<pre>```\na\n````</pre>", "`````\n```\na\n````\n`````"),
        ("<ul><li>a<pre>b\n\n c</pre><li>d</ul>", "- a\n\n  ```\n  b\n\n   c\n  ```\n- d"),
        ("<blockquote><pre>a\n\nb</pre></blockquote>", "> ```\n> a\n>\n> b\n> ```"),
        ("<pre><div>a</div><div>b</div></pre>", "```\na\nb\n```"),
        ("<p><code>a<br>b</code>", "```\na\nb\n```"),
        ("<pre>a</pre><pre>b</pre>", "```\na\n```\n\n```\nb\n```"),
        # languages
        ("<pre><code class='hljs language-c++'>a</code></pre>", "```c++\na\n```"),
        ("<pre class='lang-py prettyprint'>a</pre>", "```py\na\n```"),
        ("<div class='highlight highlight-source-shell'><pre>a</pre></div>", "```shell\na\n```"),
        (
            "<div class='highlight-python3 notranslate'><div class=highlight><pre>a</pre></div></div>",
            "```python3\na\n```",
        ),
        ("<div class=highlight-default><div class=highlight><pre>a</pre></div></div>", "```\na\n```"),
        ("<pre class='language-&quot;x'>a</pre>", "```\na\n```"),
        # tables
        (
            "<table><caption>t</caption><tr><th>a<th>b<tr><td>c<td>d|e</table>f",
            "t\n\n| a | b |\n|---|---|\n| c | d\\|e |\n\nf",
        ),
        ("<table><tr><td colspan=2>a<tr><td>b<td>c</table>", "| a |  |\n|---|---|\n| b | c |"),
        ("<table><tr><td>a<td rowspan=2>b<td>c<tr><td>d<td>e</table>", "| a | b | c |\n|---|---|---|\n| d |  | e |"),
        ("<table><tr><td>a<td>b<tr><td>c<tr><td>d<td>e</table>", "| a | b |\n|---|---|\n| c |  |\n| d | e |"),
        ("<table><tr><td>a<td>b<tr><td><td>c</table>", "| a | b |\n|---|---|\n|  | c |"),
        ("<table><tr><td>a<td>b</table>", "a | b"),
        ("<table><tr><td>a<tr><td>b<td>c<tr><td>d</table>", "a\nb | c\nd"),
        ("<table><tr><td>a<td colspan=1000000000>b<tr><td>c<td>d</table>", "a | b\nc | d"),
        (
            "<table><tr><td><code>a|b</code><td><p>c<p>d<tr><td>e<td>f</table>",
            "| `a\\|b` | c d |\n|---|---|\n| e | f |",
        ),
        ("<table><tr><td>a<td><h2>b</h2><tr><td>c<td>d</table>", "a\n\n## b\n\nc\n\nd"),
        ("<ul><li>x<table><tr><td>a<td>b<tr><td>c<td>d</table></ul>", "- x\n\n  | a | b |\n  |---|---|\n  | c | d |"),
        # formulas
        ("<p>a <script type=math/tex>x_1*y*</script> b", "a $x_1*y*$ b"),
        ("<p>a <script type='math/tex; mode=display'>x\n+y</script> b", "a\n$$x\n+y$$\nb"),
        ("<h2>a <script type='math/tex; mode=display'>x</script> b</h2>", "## a $x$ b"),
        (
            "<table><tr><td><img class=math alt='|x|'><td>a<tr><td>b<td>c</table>",
            "| $\\|x\\|$ | a |\n|---|---|\n| b | c |",
        ),
    ],
)
def test_markdown(html, text):
    assert markdown(html) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("# a", r"\# a"),
        ("#a", "#a"),
        ("- a", r"\- a"),
        ("-a - b", "-a - b"),
        ("1. a", r"1\. a"),
        ("1.5 a", "1.5 a"),
        ("+", r"\+"),
        ("> a", r"\> a"),
        ("---", r"\---"),
        ("___", r"\_\__"),
        ("*a* b * c 2*3", r"\*a* b * c 2\*3"),
        ("_a_ b_c_d", r"\_a_ b_c_d"),
        ("`a`", r"\`a\`"),
        ("<b> a<b a < b", r"\<b> a\<b a < b"),
        ("&lt; & &x", r"\&lt; & &x"),
        ("[a](b) [c] [d][e]", r"[a\](b) [c] [d][e]"),
        ("[a]: b", r"\[a]: b"),
        ("~~a~~ ~b", r"\~\~a\~\~ ~b"),
        (r"a\_b \c", r"a\\\_b \c"),
        (r"\(a*b*\) \[c\_d\] $$e*f*$$", r"\(a*b*\) \[c\_d\] $$e*f*$$"),
        (r"\(a *b*", r"\\(a \*b*"),
        ("$5 and $6", "$5 and $6"),
        ("a | b", "a | b"),
    ],
)
def test_escapes(text, escaped):
    page = "<p>" + text.replace("&", "&amp;").replace("<", "&lt;")
    assert markdown(page) == escaped


def test_a_line_of_dashes_behind_a_break_is_no_heading():
    assert markdown("<p>a<br>---<br>===<br>b") == "a  \n\\---  \n\\===  \nb"


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text("ab`~# \t\n|*<&-é", min_size=1, max_size=60), st.sampled_from(["", "<ul><li>x", "<blockquote>"]))
def test_code_comes_back_as_it_was(code, around):
    escaped = code.replace("&", "&amp;").replace("<", "&lt;")
    text = markdown(f"{around}<pre>\n{escaped}</pre>")
    prefix = {"": "", "<ul><li>x": "  ", "<blockquote>": "> "}[around]
    wanted = re.sub(r"\A([ \t]*\n)*", "", code).rstrip(" \t\n")
    if not wanted:
        assert "```" not in text
        return
    lines = text.split("\n")
    first = next(i for i, line in enumerate(lines) if line.startswith(prefix + "```"))
    fence = lines[first].removeprefix(prefix)
    assert lines[-1] == prefix + fence
    inside = [line[len(prefix) :] for line in lines[first + 1 : -1]]
    assert "\n".join(inside) == wanted
    assert fence not in wanted


def test_no_mark_of_a_block_that_is_not_chosen():
    page = (
        "<h1>a</h1><ul><li>b<li>c</ul><pre>d</pre><table><tr><td>e<td>f<tr><td>g<td>h</table><blockquote>i</blockquote>"
    )
    found = parsed(page)
    for row, letter in enumerate("abcdefghi"):
        chosen = np.zeros(9, bool)
        chosen[row] = True
        assert re.findall("[a-i]", markdown(page, chosen)) == [letter]
    chosen = np.array([letter in "acg" for letter in "abcdefghi"])
    assert markdown(page, chosen) == "# a\n\n- c\n\ng"
    assert len(found.blocks.element) == 9


def test_deep_lists_are_indented_to_a_bound():
    text = markdown("<ul><li>x" * 600)
    assert text.count("x") == 600
    assert max(map(len, text.split("\n"))) <= 45
