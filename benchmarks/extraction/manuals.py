"""Manuals of the crawl in many languages with their known text: what their generator's markup says is not navigation.

usage: manuals.py SHARED_FOLDER OUT.parquet [TEXTS_FOLDER]

DocBook, Publican and Sphinx mark headers, footers, tables of contents and permalinks by classes of their own; all
else in the body (the article, for Sphinx) is the text. It is read by lexbor, not by the extractor under test. With
TEXTS_FOLDER (the `*.LANGUAGE.txt.gz` that the same manuals are published as in Debian's packages), prints which share
of the known 4-grams stands in those.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from metrics import shingles_of
from pages import crawl_pages
from selectolax.lexbor import LexborHTMLParser, LexborNode

from corpusmill.files import whole_file
from corpusmill.read.charset import decode_html

DOCBOOK = ".navheader, .navfooter, .toc, ul.docnav, #banner, p#title, title"
SPHINX = ".headerlink, .viewcode-link"
BODIES = {
    "debian-installation-guide": ("body", DOCBOOK),
    "debian-handbook": ("body", DOCBOOK),
    "debian-maint-guide": ("body", DOCBOOK),
    "debian-harden-doc": ("body", DOCBOOK),
    "sympy-doc": ("article[role=main]", SPHINX),
}
NO_TEXT = {"script", "style", "template", "noscript", "svg"}
INLINE = {
    "a",
    "abbr",
    "acronym",
    "b",
    "bdi",
    "bdo",
    "big",
    "cite",
    "code",
    "data",
    "del",
    "dfn",
    "em",
    "font",
    "i",
    "ins",
    "kbd",
    "label",
    "mark",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "time",
    "tt",
    "u",
    "var",
    "wbr",
}
FEWEST_LETTERS = 200  # below it a page is a list of links to its sections
SCRIPTS = {
    "ar": "Arabic",
    "fa": "Arabic",
    "el": "Greek",
    "ru": "Cyrillic",
    "ja": "Kana and Han",
    "ko": "Hangul",
    "zh": "Han",
}  # all others: Latin

MANUALS = pa.schema(
    [
        ("id", pa.string()),
        ("manual", pa.string()),
        ("language", pa.string()),
        ("script", pa.string()),
        ("html", pa.large_string()),
        ("truth", pa.large_string()),
    ]
)


def known_text(html: str, body: str, outside: str) -> str:
    """Text of the element `body` without the elements `outside`, a line for each block.

    >>> known_text("<body><p class=toc>x<p>a<b>b</b> c<ul><li>d", "body", ".toc")
    'ab c\\nd'
    """
    tree = LexborHTMLParser(html)
    for node in tree.css(outside):
        node.decompose()
    root = tree.css_first(body)
    if root is None:
        return ""
    lines: list[str] = []
    block: int | None = None
    for node in root.traverse(include_text=True):
        if node.tag != "-text":
            block = None if node.tag == "br" else block
            continue
        owner = _block(node)
        if owner is None:
            continue
        if owner.mem_id != block:
            lines.append("")
            block = owner.mem_id
        lines[-1] += node.text_content or ""
    return "\n".join(line for line in (" ".join(line.split()) for line in lines) if line)


def _block(node: LexborNode) -> LexborNode | None:
    """The element that ends the line which the text `node` stands in; None for text that no reader sees."""
    owner = node.parent
    while owner is not None and owner.tag in INLINE:
        owner = owner.parent
    return None if owner is None or owner.tag in NO_TEXT else owner


def manual_rows(shared: Path) -> list[dict[str, Any]]:
    """MANUALS of the crawl's pages as collected, without lists of links, in the order of their files."""
    with gzip.open(shared / "data/crawl-bench/crawl-bench.truth.jsonl.gz", "rt", encoding="utf-8") as lines:
        found = {
            row["id"]: row
            for row in map(json.loads, lines)
            if row["source"] in BODIES and row["kind"] in ("real", "real-transcoded")
        }
    rows = []
    for row_id, html in crawl_pages(shared, set(found)):
        row = found[row_id]
        truth = known_text(html, *BODIES[row["source"]])
        if sum(character.isalpha() for character in truth) >= FEWEST_LETTERS:
            language = row["lang"]
            rows.append(
                {
                    "id": row_id,
                    "manual": row["source"],
                    "language": language,
                    "script": SCRIPTS.get(language, "Latin"),
                    "html": html,
                    "truth": truth,
                    "file": row["source_file"],
                }
            )
    return sorted(rows, key=lambda row: (row["manual"], row["file"]))


def manual_table(shared: Path) -> pa.Table:
    """MANUALS of the crawl under `shared`."""
    return pa.Table.from_pylist(manual_rows(shared), MANUALS)


def share_published(rows: list[dict[str, Any]], folder: Path) -> dict[tuple[str, str], float]:
    """Share of the known words' 4-grams that stand in the published text, by manual and language."""
    published = {}
    for path in sorted(folder.rglob("*.txt.gz")):
        name, _, language = path.name.removesuffix(".txt.gz").partition(".")
        if name in ("install", "maint-guide"):
            manual = "debian-installation-guide" if name == "install" else "debian-maint-guide"
            text, _ = decode_html(gzip.decompress(path.read_bytes()), None)  # each language in a charset of its own
            published[manual, language[:2]] = shingles_of(text, characters=True)
    shares = defaultdict(list)
    for row in rows:
        key = row["manual"], row["language"]
        if key in published:
            wanted = shingles_of(row["truth"], characters=True)
            shares[key].append(sum(gram in published[key] for gram in wanted) / len(wanted))
    return {key: float(np.mean(values)) for key, values in sorted(shares.items())}


def main() -> None:
    shared, out = map(Path, sys.argv[1:3])
    rows = manual_rows(shared)
    with whole_file(out) as file:
        pq.write_table(pa.Table.from_pylist(rows, MANUALS), file, compression="zstd")
    print(len(rows), "pages")
    if len(sys.argv) > 3:
        for (manual, language), share in share_published(rows, Path(sys.argv[3])).items():
            print(f"{manual}\t{language}\t{share:.3f}")


if __name__ == "__main__":
    main()
