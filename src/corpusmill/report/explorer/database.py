"""SELECT over a run's tables, and nothing else.

A statement that is not one SELECT is refused before it runs. The connection sees the registered tables alone: access to
files, the network and Python's variables is off, and so are changes of these settings.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import duckdb

from corpusmill.errors import Refused
from corpusmill.store.opened import OpenedRun

MOST_ROWS = 1_000
MOST_SECONDS = 30.0
_CELL_CHARS = 2_000
_MEMORY = "1GB"


class Answer(NamedTuple):
    """Rows as texts and numbers."""

    columns: list[str]
    rows: list[list[Any]]
    more: bool  # there are more than MOST_ROWS


class Database:
    """The tables of a run: documents, signals, pages, quarantine, minhash, selection_…, clusters_…, score_…."""

    def __init__(self, opened: OpenedRun) -> None:
        self._lock = threading.Lock()
        settings = {"memory_limit": _MEMORY, "threads": "2", "python_enable_replacements": "false"}
        self._connection = duckdb.connect(":memory:", config=settings)
        self.views: list[str] = []
        for name, table in _tables(opened):
            self._connection.register(name, table)
            self.views.append(name)
        for setting in ("enable_external_access = false", "lock_configuration = true"):
            self._connection.execute(f"set {setting}")

    def close(self) -> None:
        self._connection.close()

    def select(self, query: str) -> Answer:
        """Raises Refused for anything but one SELECT, and for one that fails or takes too long."""
        try:
            statements = self._connection.extract_statements(query)
        except duckdb.Error as error:
            raise Refused(str(error)) from error
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise Refused("wanted one SELECT; the explorer changes nothing")
        return self.ask(query, [])

    def ask(self, query: str, values: list[Any]) -> Answer:
        """The answer to a query of ours with `values` for its question marks."""
        with self._lock, self._in_time():
            try:
                found = self._connection.execute(query, values)
                rows = found.fetchmany(MOST_ROWS + 1)
            except duckdb.InterruptException as error:
                raise Refused(f"the query took more than {MOST_SECONDS:g} s") from error
            except duckdb.Error as error:
                raise Refused(str(error)) from error
            columns = [column[0] for column in found.description or ()]
        return Answer(columns, [[_cell(value) for value in row] for row in rows[:MOST_ROWS]], len(rows) > MOST_ROWS)

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        timer = threading.Timer(MOST_SECONDS, self._connection.interrupt)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _tables(opened: OpenedRun) -> Iterator[tuple[str, Any]]:
    described = opened.manifest
    named = [(name, getattr(opened, name)) for name in ("documents", "signals", "pages", "quarantine", "minhash")]
    named += [(f"selection_{name}", opened.selection(name)) for name in described.get("selections", {})]
    named += [(f"clusters_{name}", opened.clusters(name)) for name in described.get("duplicates", {})]
    named += [(f"score_{name}", opened.scores(name)) for name in described.get("scores", {})]
    for name, table in named:
        if table is not None:
            yield re.sub(r"\W", "_", name), table


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= _CELL_CHARS else f"{text[:_CELL_CHARS]}… ({len(text):,} characters)"
