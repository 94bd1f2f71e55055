"""What documents have in common with evaluation sets: for the terminal, and as a section of the report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.errors import printable
from corpusmill.keys import Key
from corpusmill.report.figures import count, number, percent
from corpusmill.report.markup import Markup, join, shown, tag
from corpusmill.report.parts import Column, empty, folded, note, section, table
from corpusmill.report.sections import Manifest, mapping, records
from corpusmill.report.yields import percent as share_of
from corpusmill.report.yields import table as text_table
from corpusmill.store import layout

if TYPE_CHECKING:
    from corpusmill.decontaminate.index import ContaminantIndex
    from corpusmill.store.opened import OpenedRun

SHOWN_SPANS, SPAN_CHARS, AROUND_CHARS = 12, 300, 60


class Match(NamedTuple):
    """A span of a document that an evaluation item has too."""

    benchmark: str
    item: str
    share: float  # of the item that the document has
    start: int  # code points
    end: int
    before: str
    text: str  # at most SPAN_CHARS
    behind: str


def index_text(index: ContaminantIndex) -> str:
    described = index.as_json()
    style = described["style"]
    rows = [[printable(b["name"]), f"{b['items']:,}", f"{b['uncheckable']:,}"] for b in described["benchmarks"]]
    lines = [
        f"style {style['name']}: {style['source']}",
        f"{described['grams']:,} different runs of {style['size']} units, {described['wholes']:,} short items whole",
        text_table(["set", "items", "too short"], rows, left=(0,)),
    ]
    return "\n".join(lines)


def contaminants_text(found: dict[str, Any]) -> str:
    """`found`: the manifest's entry."""
    lines = [
        f"{found['name']}: {found['hit']:,} of {found['documents']:,} documents have something in common with an "
        f"evaluation item ({share_of(found['hit'], found['documents'])} %); style {found['index']['style']['name']}"
    ]
    head = [
        "set",
        "items",
        "too short",
        "partly",
        "fully",
        "70 % of grams",
        "under 20 %",
        "to 80 %",
        "over",
        "documents",
    ]
    rows = [
        [printable(b["name"]), *(f"{b[name]:,}" for name in _COUNTS)] for b in found["benchmarks"] if b["documents"]
    ]
    clean = [printable(b["name"]) for b in found["benchmarks"] if not b["documents"]]
    if rows:
        lines.append(text_table(head, rows, left=(0,)))
    if clean:
        lines.append(f"nothing of {', '.join(clean)}")
    if found["without_pieces"]:
        lines.append(f"cut around what was found, {found['without_pieces']:,} documents would have nothing left")
    return "\n".join(lines)


_COUNTS = ("items", "uncheckable", "partly", "fully", "palm", "clean", "between", "dirty", "documents")


def matches(opened: OpenedRun, name: str, doc_id: str, text: str) -> list[Match]:
    """What the contaminants `name` say of a document, with the matching text."""
    from corpusmill.report.documents import rows_where

    path = opened.root / layout.contaminants(name, Key.of_document(doc_id))
    return [_match(span, text) for row in rows_where(path, {"doc_id": [doc_id]}) for span in row["spans"][:SHOWN_SPANS]]


def _match(span: dict[str, Any], text: str) -> Match:
    start, end = span["start"], span["end"]
    stop = min(end, start + SPAN_CHARS)
    return Match(
        span["benchmark"],
        span["item"],
        span["share"],
        start,
        end,
        text[max(0, start - AROUND_CHARS) : start],
        text[start:stop] + ("…" if stop < end else ""),
        "" if stop < end else text[end : end + AROUND_CHARS],
    )


def contamination(opened: OpenedRun, manifest: Manifest) -> Markup:
    """Benchmark by benchmark, and some spans, marked."""
    found = mapping(manifest.get("contaminants"))
    if not found:
        command = "corpusmill contaminants build NAME=FILE --out INDEX; corpusmill decontaminate RUN --index INDEX"
        return section(
            "contamination", "Contamination", empty("Nothing has been compared with evaluation sets.", command)
        )
    parts = []
    for name, counts in found.items():
        parts += [_counted(name, mapping(counts)), _marked(opened, name)]
    remark = note(
        "An item is partly found if a run of it stands in a document; PaLM counts it from 70 % of its n-grams on, "
        "Llama 2 calls it clean under 20 % of its words and dirty from 80 % on. What is too short is not looked for."
    )
    return section("contamination", "Contamination", *parts, remark)


def _counted(name: str, counts: dict[str, Any]) -> Markup:
    style = mapping(mapping(counts.get("index")).get("style"))
    columns = [
        Column("evaluation set"),
        Column("items", True),
        Column("too short", True),
        Column("partly found", True),
        Column("whole", True),
        Column("from 70 % of n-grams", True),
        Column("under 20 %", True),
        Column("20 to 80 %", True),
        Column("from 80 %", True),
        Column("documents", True),
    ]
    rows = [
        [shown(one.get("name"), 40), *(count(one.get(each)) for each in _COUNTS)]
        for one in records(counts.get("benchmarks"))
    ]
    hit, documents = number(counts.get("hit")), number(counts.get("documents"))
    line = tag(
        "p",
        tag("strong", shown(name, 40)),
        f", style {style.get('name')}: {hit:,} of {documents:,} documents ({percent(hit, documents)}) have something "
        "in common with an evaluation item.",
    )
    return join(line, table(f"Evaluation items found by {name}", columns, rows))


def _marked(opened: OpenedRun, name: str) -> Markup:
    """Some spans with the text around them, those of most of an item first."""
    from corpusmill.report.documents import texts_of_ids

    best = sorted(_some(opened, name), key=lambda row: (-row[0], row[1], row[2]["start"]))[:SHOWN_SPANS]
    texts = texts_of_ids(opened, dict.fromkeys(doc_id for _, doc_id, _ in best))
    rows = []
    for share, doc_id, span in best:
        url, text = texts[doc_id]
        match = _match(span, text)
        before, inside, behind = (part.replace("\n", " ⏎ ") for part in (match.before, match.text, match.behind))
        marked = tag("bdi", before, tag("mark", inside), behind, class_="foreign")
        item = join(shown(match.benchmark, 40), " ", shown(match.item, 40))
        rows.append([item, f"{100 * share:.0f} %", join(tag("div", tag("code", shown(doc_id))), shown(url)), marked])
    if not rows:
        return join()
    columns = [Column("item"), Column("share", True), Column("document"), Column("text in common")]
    return folded(f"Matching text, {len(rows)} spans", table(f"Spans found by {name}", columns, rows))


def _some(opened: OpenedRun, name: str) -> Iterator[tuple[float, str, dict[str, Any]]]:
    """The first spans of documents with hits, of each key a few."""
    prefix = f"contaminants/{name}/"
    for path in sorted(opened.manifest["outputs"]):
        if path.startswith(prefix) and path.endswith(".parquet"):
            columns = ["doc_id", "share", "spans"]
            found = pq.read_table(opened.root / path, columns=columns, filters=pc.field("hits") > 0)
            rows = found.slice(0, 200).select(columns).to_pylist()
            for row in rows:
                seen: set[str] = set()
                for span in row["spans"]:
                    if span["item"] not in seen and len(seen) < 2:
                        seen.add(span["item"])
                        yield span["share"], row["doc_id"], span
