"""Documents to look at: some that a rule, a selection or a stage dropped, or some that a selection keeps.

Which ones is decided by a hash of their ids, so the same question always gets the same answer.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import duckdb

from corpusmill.errors import RunRefused, nearest
from corpusmill.pipeline.definitions import selection_named
from corpusmill.report.documents import texts_of_ids
from corpusmill.store.opened import OpenedRun

HEAD_CHARS = 400


class Sampled(NamedTuple):
    """A document, or a page that never became one."""

    doc_id: str | None
    url: str | None
    value: float | None  # what the rule looked at
    threshold: float | None
    head: str | None  # the first HEAD_CHARS of its text


def dropped_by(opened: OpenedRun, reason: str, most: int, selection: str | None = None) -> list[Sampled]:
    """Some of what `reason` dropped: RULE or SELECTION.RULE of a selection, or STAGE.REASON of the run itself.

    Raises RunRefused, with the nearest there is, for a reason that the run does not know.
    """
    described = opened.manifest
    stage, _, last = reason.partition(".")
    reasons = {
        f"{each['stage']}.{name}"
        for each in described["stages"]
        for fate in ("dropped", "quarantined")
        for name in each[fate]
    }
    if reason in reasons:
        return _pages(opened, stage, last, most)
    if selection is None and stage in described["selections"] and last:
        selection, reason = stage, last
    known = sorted(reasons)
    if described["selections"]:
        name = selection_named(described, selection, opened.root)
        order = described["selections"][name]["definitions"]["order"]
        if reason in order:
            return _failing(opened, name, reason, most)
        known = [*order, *known]
    raise RunRefused(f"{opened.root}: nothing is dropped by {reason!r}.{nearest(reason, known)}")


def kept_by(opened: OpenedRun, most: int, selection: str | None = None) -> list[Sampled]:
    """Some of the documents that a selection keeps."""
    name = selection_named(opened.manifest, selection, opened.root)
    rows = _rows(
        opened.selection(name),
        "select doc_id, null, null from verdicts where keep order by md5(doc_id), doc_id limit ?",
        [most],
    )
    return _with_texts(opened, rows)


def _failing(opened: OpenedRun, selection: str, rule: str, most: int) -> list[Sampled]:
    rows = _rows(
        opened.selection(selection),
        "select doc_id, f.value, f.threshold from (select doc_id, unnest(failed) as f from verdicts where not keep) "
        "where f.rule = ? order by md5(doc_id), doc_id limit ?",
        [rule, most],
    )
    return _with_texts(opened, rows)


def _pages(opened: OpenedRun, stage: str, reason: str, most: int) -> list[Sampled]:
    rows = _rows(
        opened.pages,
        "select url, record_id from verdicts where stage = ? and reason = ? "
        "order by md5(coalesce(record_id, url, '')), ordinal limit ?",
        [stage, reason, most],
    )
    return [Sampled(None, url or record_id, None, None, None) for url, record_id in rows]


def _rows(dataset: Any, query: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    if dataset is None:
        return []
    with duckdb.connect() as connection:
        connection.register("verdicts", dataset)
        found: list[tuple[Any, ...]] = connection.execute(query, parameters).fetchall()
        return found


def _with_texts(opened: OpenedRun, rows: list[tuple[Any, ...]]) -> list[Sampled]:
    texts = texts_of_ids(opened, [doc_id for doc_id, _, _ in rows])
    return [
        Sampled(doc_id, texts[doc_id].url, value, threshold, texts[doc_id].text[:HEAD_CHARS])
        for doc_id, value, threshold in rows
    ]
