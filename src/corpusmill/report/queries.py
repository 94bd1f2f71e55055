"""Counts over a run's tables, by DuckDB with bounded memory. Every order is total, so a report has one content."""

from __future__ import annotations

import glob
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from corpusmill.report.sample import parquet_files

_SHOWN_CHARACTERS = 300  # foreign text is cut before it is fetched: a url may be as long as its author likes
FAULTS_SHOWN = 200
GROUPS_SHOWN = 20
EXAMPLES_SHOWN = 12

Rows = list[tuple[Any, ...]]


class Tables:
    """The tables of a run folder as counts; a table that is not there has no rows."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._answered: dict[tuple[str, str], Rows] = {}  # several parts of a page ask the same

    def __enter__(self) -> Self:
        import duckdb

        self._spill = tempfile.TemporaryDirectory(prefix="corpusmill-report-")
        settings = {"memory_limit": "1GB", "temp_directory": self._spill.name, "threads": "2"}
        self._database = duckdb.connect(":memory:", config=settings)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()
        self._spill.cleanup()

    def losses(self) -> Rows:
        """stage, fate, reason, records, an example's url, its length in characters; most frequent first."""
        return self._rows(
            "pages",
            f"""
            select stage, fate, reason, count(*) as records, left(min(url), {_SHOWN_CHARACTERS}), length(min(url))
            from tables where fate <> 'kept' group by all order by records desc, stage, reason, fate
            """,
        )

    def faults(self) -> tuple[Rows, int]:
        """stage, reason, file, first offset, records, message, its length; and how many such groups there are."""
        groups = """
            select stage, reason, input_file, min("offset") as first_offset, count(*) as records,
                   arg_min(message, (ordinal, "offset", coalesce(message, ''))) as message
            from tables group by stage, reason, input_file
        """
        shown = self._rows(
            "quarantine",
            f"""
            select stage, reason, left(input_file, {_SHOWN_CHARACTERS}), first_offset, records,
                   left(message, {_SHOWN_CHARACTERS}), length(message)
            from ({groups}) order by records desc, reason, input_file, stage limit {FAULTS_SHOWN}
            """,
        )
        total = self._rows("quarantine", f"select count(*) from ({groups})")
        return shown, int(total[0][0]) if total else 0

    def examples(self) -> Rows:
        """stage, reason, url, ordinal, offset and input of the first records of each reason."""
        return self._rows(
            "pages",
            f"""
            select stage, reason, left(url, {_SHOWN_CHARACTERS}), ordinal, "offset", source from (
                select *, regexp_extract(filename, 'pages/(.*)[.]pages[.]parquet$', 1) as source, row_number() over
                    (partition by stage, reason order by ordinal, filename, "offset", url) as place
                from tables where fate <> 'kept'
            ) where place <= {EXAMPLES_SHOWN} order by stage, reason, place
            """,
        )

    def documents_by(self, column: str, most: int = GROUPS_SHOWN) -> Rows:
        """Value, documents, characters and the value's length of the most frequent values of `column`."""
        return self._rows(
            "documents",
            f"""
            select left({column}, {_SHOWN_CHARACTERS}), count(*) as documents, sum(length), max(length({column}))
            from tables group by {column} order by documents desc, {column} nulls last limit {most}
            """,
        )

    def values_of(self, column: str) -> int:
        """How many values `column` has in the documents."""
        total = self._rows("documents", f"select count(*) from (select distinct {column} from tables)")
        return int(total[0][0]) if total else 0

    def members(self, files: Sequence[str], query: str, parameters: Sequence[object] = ()) -> Rows:
        """`query` over "members", the rows of these Parquet files (names, not patterns)."""
        with_members = f"with members as (select * from read_parquet(?)) {query}"
        rows: Rows = self._database.execute(with_members, [list(map(glob.escape, files)), *parameters]).fetchall()
        return rows

    def _rows(self, folder: str, query: str) -> Rows:
        if (folder, query) not in self._answered:
            files = [str(path) for path in parquet_files(self._run, folder)]
            # DuckDB takes no parameter inside a view, and a file name may hold a quote: so the list is one here.
            tables = f"with tables as (select * from read_parquet(?, union_by_name=true, filename=true)) {query}"
            rows: Rows = self._database.execute(tables, [files]).fetchall() if files else []
            self._answered[folder, query] = rows
        return self._answered[folder, query]
