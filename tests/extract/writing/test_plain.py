"""Chosen blocks as plain text: lines, rows, code, formulas once each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.extract.blocks.text import seen, texts_of
from corpusmill.extract.writing.markdown import markdown_texts
from corpusmill.extract.writing.plain import plain_texts
from tests.extract.writing.pages import PIECES, parsed, plain

KATEX = (
    "<span class=katex><span class=katex-mathml><math><semantics><mrow><mi>x</mi></mrow>"
    "<annotation encoding='application/x-tex'>{}</annotation></semantics></math></span>"
    "<span class=katex-html aria-hidden=true>x</span></span>"
)
WIKIPEDIA = (
    "<span class=mwe-math-element><span style='display: none'><math alttext='a_1'><semantics><mi>a</mi>"
    "<annotation encoding='application/x-tex'>a_1</annotation></semantics></math></span>"
    "<img class=mwe-math-fallback-image-inline alt='a_1'></span>"
)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<h1>a</h1><p>b<p>c", "a\nb\nc"),
        ("<p>a<br>b <code>c</code>", "a\nb c"),
        ("<p>a <span hidden>b</span>c", "a bc"),
        ("<pre>\n  a\n\n\tb\n</pre>", "  a\n\n\tb"),
        ("<pre>a <img alt=1>\n   b</pre>", "a \n   b"),
        ("<ul><li>a<ul><li>b</ul></ul>", "a\nb"),
        ("<table><tr><td>a<td>b<tr><td>c<br>d<td><p>e<p>f</table>", "a\tb\nc d\te f"),
        ("<table><tr><td>a<td><table><tr><td>b<td>c</table></table>", "a\nb\tc"),
        ("<table><tr><td><h2>a</h2><td>b</table>", "a\nb"),
        ("<table><tr><td>1<td><pre>a\nb</pre></table>", "1\na\nb"),
        (f"<table><tr><td>a<td>{'long ' * 300}</table>", "a\n" + ("long " * 300).strip()),
    ],
)
def test_text(html, text):
    assert plain(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        # KaTeX, inline and displayed
        (f"<p>Let {KATEX.format('x^2')} be", "Let $x^2$ be"),
        (f"<p>Let <span class=katex-display>{KATEX.format('x^2')}</span> be", "Let\n$$x^2$$\nbe"),
        # MathJax 2: a preview, what was drawn, the script
        (
            "<p>a <span class=MathJax_Preview>q</span><span class=MathJax><nobr>q</nobr></span>"
            "<script type=math/tex>q^2</script> b",
            "a $q^2$ b",
        ),
        ("<div class=MathJax_Display>z</div><script type='math/tex; mode=display'>z^2</script>", "$$z^2$$"),
        ("<p>a <script type='math/tex; mode=display'>z</script> b", "a\n$$z$$\nb"),
        ("<p>a <span class=MathJax>q</span> b", "a q b"),
        # MathJax 3: MathML for those who cannot see what is drawn
        (
            "<p>a <mjx-container class=MathJax><mjx-math aria-hidden=true>v</mjx-math><mjx-assistive-mml>"
            "<math><mi>x</mi></math></mjx-assistive-mml></mjx-container> b",
            "a $x$ b",
        ),
        # images
        ("<p>f(<img class=math alt='x'>) g", "f($x$) g"),
        ("<p>a <img alt='x^2'> b <img class=photo alt='c_d'>", "a b"),
        ("<div class=math><p><img alt='z=1'></p></div>", "$$z=1$$"),
        ("<p><img class=latex alt='$x$'> <img class=tex alt='$$y$$'>", "$x$ $y$"),
        ("<p><img class=math alt=' a &lt; b '>", "$a < b$"),
        # Wikipedia: the same formula three times
        (f"<p>Let {WIKIPEDIA}.", "Let $a_1$."),
        # MathML
        ("<p><math alttext='q^2'><mi>q</mi></math>", "$q^2$"),
        ("<p><math display=block><mi>q</mi></math> a", "$$q$$\na"),
        ("<p><math><mi>q</mi><annotation encoding=StarMath>x over y</annotation></math>", "$q$"),
        ("<p><math><mi>q</mi><annotation-xml><ci>q</ci></annotation-xml></math>", "$q$"),
        # TeX in the text stays as it is
        (r"<p>Let \(a_1\) and $$b$$ be", r"Let \(a_1\) and $$b$$ be"),
        # an element whose class speaks of formulas, around text that is none
        (
            "<div class=mathjax><p>one <img class=math alt=x><p>two</div>",
            "one $x$\ntwo",
        ),
        ("<span class=katex>words and <math><mi>x</mi></math> words</span>", "words and $x$ words"),
        # in a cell, displayed or not
        ("<table><tr><td>a<td><script type='math/tex; mode=display'>z</script><tr><td>b<td>c</table>", "a\t$z$\nb\tc"),
    ],
)
def test_formulas(html, text):
    assert plain(html) == text


@pytest.mark.parametrize(
    ("mathml", "tex"),
    [
        ("<mfrac><mi>a</mi><mn>22</mn></mfrac>", r"\frac{a}{22}"),
        ("<msup><mi>x</mi><mn>2</mn></msup>", "x^{2}"),
        ("<msub><mrow><mi>x</mi><mi>y</mi></mrow><mn>2</mn></msub>", "{xy}_{2}"),
        ("<msubsup><mo>∫</mo><mn>0</mn><mi>n</mi></msubsup>", r"\int_{0}^{n}"),
        ("<munderover><mo>∑</mo><mn>0</mn><mi>n</mi></munderover>", r"\sum_{0}^{n}"),
        ("<msqrt><mi>a</mi><mo>+</mo><mi>b</mi></msqrt>", r"\sqrt{a+b}"),
        ("<mroot><mi>c</mi><mn>3</mn></mroot><mi>d</mi>", r"\sqrt[3]{c}d"),
        ("<mover><mi>x</mi><mo>¯</mo></mover>", r"\overline{x}"),
        ("<mover><mrow><mi>a</mi><mi>b</mi></mrow><mo>→</mo></mover>", r"\vec{ab}"),
        ("<mover><mi>x</mi><mi>k</mi></mover>", "x^{k}"),
        ("<mi>sin</mi><mo>&#x2061;</mo><mi>x</mi>", r"\sin x"),
        ("<mi>foo</mi>", r"\mathrm{foo}"),
        ("<mtext>if  x</mtext>", r"\text{if x}"),
        ("<mi>a</mi><mo>≤</mo><mi>b</mi>", r"a\le b"),
        ("<mfenced><mi>a</mi><mi>b</mi></mfenced>", "(a,b)"),
        (
            "<mtable><mtr><mtd><mi>a</mi></mtd><mtd><mi>b</mi></mtd></mtr><mtr><mtd><mi>c</mi></mtd></mtr></mtable>",
            r"\begin{matrix} a & b \\ c \end{matrix}",
        ),
        ("<mo>{</mo><mo>%</mo>", r"\{\%"),
    ],
)
def test_mathml_without_tex(mathml, tex):
    assert plain(f"<p>a <math>{mathml}</math> b") == f"a ${tex}$ b"


def test_formulas_come_with_their_sentence():
    page = "<p>one <img class=math alt=x> two<p>three <img class=math alt=y> four"
    found = parsed(page)
    starts = found.blocks.starts
    chosen = np.array([bytes(found.text[start : start + 3]) in (b"one", b"two") for start in starts])
    assert plain(page, chosen) == "one $x$ two"


@pytest.mark.parametrize(("kept", "text"), [("a", "a\n$x$\n$y$"), ("b", "$x$\n$y$\nb"), ("c", "c"), ("", "")])
def test_formulas_alone_come_with_the_text_beside_them(kept, text):
    page = "<p>a<p><img class=math alt=x><p><img class=math alt=y><p>b<p>c"
    found = parsed(page)
    letters = [bytes(found.text[start : start + 1]).decode() for start in found.blocks.starts]
    assert plain(page, np.array([letter == kept for letter in letters])) == text


def test_a_formula_may_be_chosen_itself():
    page = "<p>a<p><img class=math alt=x><p>b"
    assert plain(page, np.array([False, True, False])) == "$x$"


_WORDS = [piece for piece in PIECES if "math" not in piece.lower() and "<m" not in piece and "annotation" not in piece]


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_WORDS), max_size=60).map("".join), st.randoms(use_true_random=False))
def test_no_word_is_lost_or_added(page, generator):
    """The words are those of the chosen blocks, whichever they are."""
    found = parsed(page)
    chosen = np.array([generator.random() < 0.7 for _ in found.blocks.element], bool) & seen(found)
    assert plain(page, chosen).split() == texts_of(found, chosen)[0].as_py().split()


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), min_size=1, max_size=5))
def test_pages_do_not_touch_each_other(pages):
    together = parsed(*pages)
    for write in (plain_texts, markdown_texts):
        texts = write(together, seen(together)).to_pylist()
        for page, text in zip(pages, texts, strict=True):
            alone = parsed(page)
            assert write(alone, seen(alone)).to_pylist() == [text]
