"""The life of one page: what each stage decided, and the duplicates it is one of, with the lines that differ."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from corpusmill.errors import RunRefused
from corpusmill.keys import Key
from corpusmill.pipeline.score import score_columns
from corpusmill.report.contaminants import Match, matches
from corpusmill.report.documents import rows_where, texts_of_ids
from corpusmill.store import layout
from corpusmill.store.opened import OpenedRun

MOST_PARTNERS, MOST_LINES, MOST_PAGES = 10, 20, 5


class Partner(NamedTuple):
    """A document of the same cluster."""

    doc_id: str
    url: str | None
    similarity: float | None  # to the one that stays
    stays: bool
    differing_lines: list[str]  # "- " in this document, "+ " in the partner, at most MOST_LINES
    more_lines: int


class Duplicate(NamedTuple):
    """What one deduplication says of a document."""

    name: str
    stays: bool
    similarity: float | None
    members: int
    partners: list[Partner]  # the one that stays first, at most MOST_PARTNERS
    earlier: int | None  # the document that stays is in this earlier run, where it is not looked for


class Life(NamedTuple):
    """One record of the inputs."""

    page: dict[str, Any]  # a row of schema.FATES
    input: str  # the key's source part, as 2024-22/0000
    scores: dict[str, float | None]  # by column
    verdicts: list[dict[str, Any]]  # name, keep, failed
    duplicates: list[Duplicate]
    contaminants: dict[str, list[Match]]  # spans that evaluation items have too, by name


def lives(opened: OpenedRun, what: str) -> list[Life]:
    """Of all records whose document id, record id or URL is `what`, at most MOST_PAGES.

    Raises RunRefused where the run has none.
    """
    found = [Life(row, source, {}, [], [], {}) for source, row in _records(opened, what)][:MOST_PAGES]
    if not found:
        raise RunRefused(
            f"{opened.root} has no page {what!r}; wanted a document id, a record id or a URL, as in pages/"
        )
    return [_with_decisions(opened, life) for life in found]


def _records(opened: OpenedRun, what: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each record and the part of pages/ it stands in."""
    listed = [path for path in opened.manifest["outputs"] if path.startswith("pages/")]
    for path in listed:
        for row in rows_where(opened.root / path, {name: [what] for name in ("doc_id", "record_id", "url")}):
            yield path.removeprefix("pages/").removesuffix(".pages.parquet"), row


def _with_decisions(opened: OpenedRun, life: Life) -> Life:
    doc_id = life.page["doc_id"]
    if doc_id is None:
        return life
    key = Key.of_document(doc_id)
    described = opened.manifest  # read from disk at each access
    outputs, verdicts, duplicates = described["outputs"], [], []
    scores = {
        column: row["score"]
        for column in score_columns(opened.root)
        if layout.scores(column, key) in outputs
        for row in _rows(opened.root / layout.scores(column, key), doc_id)
    }
    for name in described["selections"]:
        if layout.selection(name, key) in outputs:
            (row,) = _rows(opened.root / layout.selection(name, key), doc_id)
            verdicts.append({"name": name, "keep": row["keep"], "failed": row["failed"] or []})
    for name in described["duplicates"]:
        if layout.clusters(name, key) in outputs:
            for row in _rows(opened.root / layout.clusters(name, key), doc_id):
                duplicates.append(_duplicate(opened, name, row))
    common = {}
    for name in described.get("contaminants", {}):
        if layout.contaminants(name, key) in outputs:
            _, text = texts_of_ids(opened, [doc_id])[doc_id]
            common[name] = matches(opened, name, doc_id, text)
    return life._replace(scores=scores, verdicts=verdicts, duplicates=duplicates, contaminants=common)


def _rows(path: Path, doc_id: str) -> list[dict[str, Any]]:
    return list(rows_where(path, {"doc_id": [doc_id]}))


def _duplicate(opened: OpenedRun, name: str, own: dict[str, Any]) -> Duplicate:
    import duckdb

    with duckdb.connect() as connection:
        connection.register("clusters", opened.clusters(name))
        members = connection.execute(
            "select doc_id, similarity, survivor from clusters where cluster = ? and earlier is not distinct from ? "
            "order by survivor desc, similarity desc nulls last, doc_id",
            [own["cluster"], own["earlier"]],
        ).fetchall()
    others = [member for member in members if member[0] != own["doc_id"]][:MOST_PARTNERS]
    texts = texts_of_ids(opened, [own["doc_id"], *(doc_id for doc_id, _, _ in others)])
    _, here = texts[own["doc_id"]]
    partners = []
    for doc_id, similarity, stays in others:
        url, there = texts[doc_id]
        differing = [line for line in difflib.ndiff(here.splitlines(), there.splitlines()) if line[:2] in ("- ", "+ ")]
        shown = differing[:MOST_LINES]
        partners.append(Partner(doc_id, url, similarity, stays, shown, len(differing) - len(shown)))
    return Duplicate(name, own["survivor"], own["similarity"], len(members), partners, own["earlier"])


def as_json(found: list[Life]) -> list[dict[str, Any]]:
    """Everything, as JSON values."""
    return [
        life._asdict()
        | {
            "duplicates": [
                duplicate._asdict() | {"partners": [partner._asdict() for partner in duplicate.partners]}
                for duplicate in life.duplicates
            ],
            "contaminants": {name: [match._asdict() for match in own] for name, own in life.contaminants.items()},
        }
        for life in found
    ]
