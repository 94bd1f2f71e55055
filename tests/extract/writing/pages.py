"""Pages to text by the functions under test, and pages made to break them.

usage: python -m tests.extract.writing.pages ROUNDS   (under NUMBA_BOUNDSCHECK=1: see test_fuzz.py)
"""

from __future__ import annotations

import random
import sys

import numpy as np
import pyarrow as pa

from corpusmill.extract.blocks.parse import ParseParameters, parse
from corpusmill.extract.blocks.tables import ParsedPages
from corpusmill.extract.blocks.text import Mask, seen
from corpusmill.extract.writing.markdown import markdown_texts
from corpusmill.extract.writing.metadata import metadata_of
from corpusmill.extract.writing.plain import plain_texts

_BOTH = (
    "p div b a table tr td th thead caption ul ol li h1 h3 pre blockquote code span math mi mn mo mtext mfrac msup msub"
    " msubsup msqrt mroot mover munder mtable mtr mtd mfenced mrow annotation script svg title"
)
PIECES = (
    ["<img class=math alt='x_1'>", "<img class=math alt='$y|z$'>", "<span class=katex>", "<span class=MathJax>"]
    + ["<span class=MathJax_Preview>", "<div class=MathJax_Display>", "<span aria-hidden=true>", "<math alttext=' q '>"]
    + ["<math display=block>", "<script type=math/tex>", "<script type='math/tex; mode=display'>", "<div class=math>"]
    + ["<annotation encoding=TeX>", "<td colspan=2>", "<td rowspan=3>", "<td colspan=1000000000>", "<th rowspan=x>"]
    + ["<ol start=99>", "<pre class=language-py>", "<code class='lang-c++'>", "<br>", "\n", " ", "``", "|", "word"]
    + ["two  words", "# ", "1. ", "- ", "*a*", "_b_", "[c](d)", "<", "&amp;lt;", "\\(", "\\)", "$$", "→", "¯", "sin"]
    + ["<time datetime=2020-01-02>", "<meta name=author content='A B'>", "<p class=byline>", "<html lang=de>"]
    + ['<script type="application/ld+json">{"headline": "h", "author": {"name": "n"}}</script>']
    + [f"<{name}>" for name in _BOTH.split()]
    + [f"</{name}>" for name in _BOTH.split()]
)


def parsed(*pages: str | bytes, parameters: ParseParameters | None = None) -> ParsedPages:
    return parse(
        pa.array([page.encode() if isinstance(page, str) else page for page in pages], pa.large_binary()), parameters
    )


def plain(page: str, chosen: Mask | None = None) -> str:
    found = parsed(page)
    text: str = plain_texts(found, seen(found) if chosen is None else chosen)[0].as_py()
    return text


def markdown(page: str, chosen: Mask | None = None) -> str:
    found = parsed(page)
    text: str = markdown_texts(found, seen(found) if chosen is None else chosen)[0].as_py()
    return text


def check(pages: list[bytes], generator: random.Random, parameters: ParseParameters | None = None) -> None:
    """Write `pages` with all blocks chosen, those seen, none and a random half; assert what must hold of any."""
    found = parsed(*pages, parameters=parameters)
    blocks = len(found.blocks.element)
    half = np.array([generator.random() < 0.5 for _ in range(blocks)], bool)
    for chosen in (seen(found), np.ones(blocks, bool), half):
        for write in (plain_texts, markdown_texts):
            texts = write(found, chosen)
            assert len(texts) == len(pages)
            texts.validate(full=True)  # UTF-8, offsets in order
    none = np.zeros(blocks, bool)
    for page, text in enumerate(plain_texts(found, none).to_pylist()):
        first, last = found.blocks.offsets[page : page + 2]
        assert not text or not seen(found)[first:last].any()  # formulas alone
    metadata = metadata_of(found, pa.array(pages, pa.large_binary()))
    assert len(metadata.titles) == len(metadata.authors) == len(metadata.published) == len(metadata.languages)


def main() -> None:
    generator = random.Random(21)
    pages = 0
    for _ in range(int(sys.argv[1])):
        batch = ["".join(generator.choices(PIECES, k=generator.randrange(80))).encode() for _ in range(20)]
        for parameters in (None, ParseParameters(max_depth=3, max_tokens=2)):
            check(batch, generator, parameters)
        pages += len(batch)
    print(pages)


if __name__ == "__main__":
    main()
