"""What holds for the arrays of any bytes whatever, and pages made to break a parser.

usage: python -m tests.extract.blocks.invariants ROUNDS [FOLDER]   (under NUMBA_BOUNDSCHECK=1: see test_fuzz.py)
"""

from __future__ import annotations

import gzip
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from corpusmill.extract.blocks.parse import ParseParameters, parse
from corpusmill.extract.blocks.tables import ParsedPages
from corpusmill.extract.blocks.text import seen, texts_of, titles_of
from corpusmill.kernels.html.tables import COUNTERS

PAGES = [
    b"<!DOCTYPE html><html lang='de'><head><title>A &amp; B</title><meta name=author content=\"x\"></head>"
    b"<body class='a-b'><p id=x>One &copy two&#x20ac;<br><br><b>three</i></b><a href='y'>link"
    b"<ul><li>1<li>2</ul></a><pre>\n  x\r\n</pre>",
    b"<table><tr><td>a<th colspan=2>b<table><caption>c</table></td></tr></tbody></table><svg><g/>"
    b"<desc><p>d</desc></svg><math><mi>x</mi><annotation encoding=t>x_1</annotation><![CDATA[<y>]]></math>"
    b"<script type=math/tex>z</script>",
    b"<script><!--<script>a</script>b--></script><textarea>\n&lt;</textarea><style>c</style><xmp><p></xmp>"
    b"<!-- d --!><select><option>e<option selected>f</select><button>g<button>h</button>"
    b"<template><td>i</template><plaintext></p>&",
    "<dl><dt>ä<dd>漢字，かな。<dt>😀</dl><ruby>字<rt>じ</ruby><div style='display:none'>x</div>"
    "\xa0<p>\u3000</p>".encode(),
]
_BOTH = "p div b a i table tr td th ul li dl dd h1 h2 pre svg math title desc button script textarea template"
_ALONE = "br form select option plaintext"
PIECES = (
    [*"<>/!-&#;=\"' \n\0", "<a href=x class='a bC-d'>", "<p hidden", " style='display:none'", "<svg/>", "<!--", "-->"]
    + ["<![CDATA[", "]]>", "&amp;", "&notit;", "&#x80;", "&#", "word", "two words", "\r\n", "\N{NO-BREAK SPACE}", "漢"]
    + [
        "<script type=math/tex>",
        "<img class=math alt=x>",
        "<math alttext=y>",
        *(f"<{name}>" for names in (_BOTH, _ALONE) for name in names.split()),
    ]
    + [f"</{name}>" for name in _BOTH.split()]
)


def of_bytes(pages: list[bytes], parameters: ParseParameters | None = None) -> ParsedPages:
    return parse(pa.array(pages, pa.large_binary()), parameters)


def check(pages: list[bytes], parameters: ParseParameters | None = None) -> ParsedPages:
    """Parse `pages` and assert all that must hold of the result."""
    parsed = of_bytes(pages, parameters)
    elements, blocks, spans, values = parsed.elements, parsed.blocks, parsed.spans, parsed.values
    for part, rows in ((elements, elements.tag), (blocks, blocks.element), (spans, spans.block), (values, values.name)):
        assert part.offsets[0] == 0
        assert (np.diff(part.offsets) >= 0).all()
        assert part.offsets[-1] == len(rows)
    numbers = np.arange(len(elements.tag))
    assert (elements.parent < numbers).all()
    assert (elements.stop > numbers).all()
    inner = elements.parent >= 0
    assert (elements.stop[inner] <= elements.stop[elements.parent[inner]]).all()
    assert (elements.parent[elements.offsets[:-1]] == -1).all()
    assert inner.sum() == len(numbers) - len(pages)
    assert (np.diff(elements.token_offsets) >= 0).all()
    assert elements.token_offsets[-1] == len(parsed.tokens.hashes)
    total = sum(map(len, pages))
    assert ((values.starts >= 0) & (values.starts <= values.ends) & (values.ends <= total)).all()
    assert (blocks.starts < blocks.ends).all()
    assert (blocks.starts[1:] >= blocks.ends[:-1]).all()
    assert (blocks.counts >= 0).all()
    assert (blocks.count("words") > 0).all()
    assert (spans.starts <= spans.ends).all()
    assert (blocks.starts[spans.block] <= spans.starts).all()
    assert (spans.ends <= blocks.ends[spans.block]).all()
    assert (spans.source_starts < spans.source_ends).all()
    assert (spans.source_starts[1:] >= spans.source_ends[:-1]).all()
    for row in range(len(blocks.starts)):
        text = bytes(parsed.text[blocks.starts[row] : blocks.ends[row]]).decode()
        assert len(text) == blocks.count("chars")[row]
        assert len(text.split()) == blocks.count("words")[row]
        assert blocks.count("longest_word_chars")[row] == max(map(len, text.split()))
    for part_count, whole in (("link_words", "words"), ("link_chars", "chars"), ("punctuation", "chars")):
        assert part_count in COUNTERS
        assert (blocks.count(part_count) <= blocks.count(whole) + 2).all()
    assert len(texts_of(parsed, seen(parsed))) == len(titles_of(parsed)) == len(pages)
    return parsed


def hostile_pages(rounds: int, folder: Path | None) -> Iterator[list[bytes]]:
    """Batches: every truncation, every byte replaced by a mark, random bytes and pieces, the files of `folder`."""
    for page in PAGES:
        yield [page[:end] for end in range(len(page) + 1)]
        for mark in (b"<", b">", b"\0", b"\xff", b"'"):
            yield [page[:at] + mark + page[at + 1 :] for at in range(len(page))]
    generator = random.Random(20)
    for _ in range(rounds):
        yield [generator.randbytes(generator.randrange(200)) for _ in range(20)]
        yield ["".join(generator.choices(PIECES, k=generator.randrange(60))).encode() for _ in range(20)]
    for path in sorted(folder.iterdir()) if folder else []:
        if path.is_file():
            data = path.read_bytes()
            yield [data[:200_000], data[-200_000:]]
            if path.suffix == ".gz":
                try:
                    with gzip.open(path) as stream:
                        yield [stream.read(2_000_000)]
                except (OSError, EOFError):
                    continue


def main() -> None:
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    pages = 0
    for batch in hostile_pages(int(sys.argv[1]), folder):
        for parameters in (None, ParseParameters(max_depth=3, max_tokens=2)):
            check(batch, parameters)
        pages += len(batch)
    print(pages)


if __name__ == "__main__":
    main()
