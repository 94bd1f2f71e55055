"""Two selections of the same inputs side by side: what both keep, and what only one of them does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import duckdb

from corpusmill.errors import RunRefused
from corpusmill.pipeline.definitions import selection_named
from corpusmill.store.opened import OpenedRun

SHOWN = 5
FATES = ("both", "only_a", "only_b", "neither")

# A record of the inputs is one in both runs by its id, and where it has none by its place.
_SIDE = """
create table {name} as
select coalesce(record_id, source || ':' || ordinal) as record, any_value(url) as url,
       bool_or(p.fate = 'kept' and {keep}) as keep, any_value(p.language) as language
from {name}_pages p {join} group by 1
"""


@dataclass(frozen=True)
class Chosen:
    """A selection of a run; None: all its documents."""

    opened: OpenedRun
    selection: str | None

    @property
    def name(self) -> str:
        return f"{self.opened.root}" + (f" {self.selection}" if self.selection else " (all documents)")


@dataclass
class Comparison:
    """Records by who keeps them; `languages` the same for each language."""

    a: str
    b: str
    records: dict[str, int]
    languages: dict[str, dict[str, int]]
    samples: dict[str, list[str]] = field(default_factory=dict)  # URLs, at most SHOWN of each fate that differs


def chosen(opened: OpenedRun, selection: str | None) -> Chosen:
    """A run with one of its selections; without a name the only one it has, and where it has none all documents."""
    described = opened.manifest
    if selection is None and not described["selections"]:
        return Chosen(opened, None)
    return Chosen(opened, selection_named(described, selection, opened.root))


def compare(a: Chosen, b: Chosen) -> Comparison:
    """Raises RunRefused where the two runs have no record in common."""
    with duckdb.connect() as connection:
        for name, side in (("a", a), ("b", b)):
            _load(connection, name, side)
        connection.execute(
            "create table records as select coalesce(a.url, b.url) as url, coalesce(a.language, b.language, 'none') as "
            "language, coalesce(a.keep, false) as a, coalesce(b.keep, false) as b, a.record is not null and "
            "b.record is not null as common, coalesce(a.record, b.record) as record from a full join b using (record)"
        )
        (common,) = _one(connection, "select count(*) filter (common) from records")
        if not common:
            raise RunRefused(f"{a.opened.root} and {b.opened.root} have no record in common: they are of other inputs")
        counted = (
            "count(*) filter (a and b), count(*) filter (a and not b), count(*) filter (b and not a), "
            "count(*) filter (not a and not b)"
        )
        records = dict(zip(FATES, _one(connection, f"select {counted} from records"), strict=True))
        by_language = connection.execute(
            f"select language, {counted} from records where a or b group by 1 order by 1"
        ).fetchall()
        samples = {
            fate: [
                url
                for (url,) in connection.execute(
                    f"select url from records where {which} and url is not null order by md5(record) limit {SHOWN}"
                ).fetchall()
            ]
            for fate, which in (("only_a", "a and not b"), ("only_b", "b and not a"))
        }
    languages = {language: dict(zip(FATES, counts, strict=True)) for language, *counts in by_language}
    return Comparison(a.name, b.name, records, languages, samples)


def _load(connection: duckdb.DuckDBPyConnection, name: str, side: Chosen) -> None:
    # not by DuckDB's own reader: RUN may have a [ in it, which would be a pattern
    columns = ["record_id", "url", "fate", "doc_id", "ordinal", "__filename"]
    connection.register(f"{name}_stored", side.opened.pages.scanner(columns=columns))
    language = "regexp_extract(doc_id, '/([a-z-]+)_[a-z]+[.]json[.]gz/', 1)"
    source = f"substr(__filename, {len(str(side.opened.root)) + 1})"
    connection.execute(
        f"create table {name}_pages as select *, {language} as language, {source} as source from {name}_stored"
    )
    keep, join = "true", ""
    if side.selection is not None:
        connection.register(f"{name}_verdicts", side.opened.selection(side.selection))
        keep, join = "coalesce(v.keep, false)", f"left join {name}_verdicts v using (doc_id)"
    connection.execute(_SIDE.format(name=name, keep=keep, join=join))


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    found: tuple[Any, ...] = row
    return found
