"""Values of rules and signals for the chosen documents, from every table that has a column for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.report.payload.chosen import Chosen, taken, taken_of
from corpusmill.rules.expression import Expression
from corpusmill.rules.ruleset import STORED, text_of

Values = npt.NDArray[np.float64]

_BETWEEN = " · "
_FOREIGN = frozenset({"doc_id", "id_int"})  # columns of the tables that measure nothing


@dataclass(frozen=True)
class Measures:
    """Values by what is compared, one a chosen document (NaN: missing), and the units that the tables state."""

    values: dict[str, Values]
    units: dict[str, str] = field(default_factory=dict)


def compared(value: str, texts: Mapping[str, str]) -> str:
    """A rule's expression with the texts it looks at: names of edits alone may mean another text in another recipe.

    `texts`: by name of an edit, the name of the text in the run folder.

    >>> compared("ccnet_length", {"c4": "c4-0123"}), compared("c4.ccnet_length", {"c4": "c4-0123"})
    ('ccnet_length', 'c4.ccnet_length · c4-0123')
    """
    named = {text_of(column) for column in Expression.parse(value).columns} - {STORED}
    return _BETWEEN.join([value, *(texts[edit] for edit in sorted(named) if edit in texts)])


def measures(run: Path, chosen: Chosen, wanted: Iterable[str], everything: bool = True) -> Measures:
    """Values of what is `wanted`, and with `everything` of all numeric columns; without their columns they have none.

    Raises ValueError for what is no expression.
    """
    parsed = {text: _parsed(text) for text in wanted}
    columns_wanted = {column for _, columns in parsed.values() for column in columns.values()}
    found: dict[str, list[Values]] = {}
    units: dict[str, str] = {}
    before = 0
    for path, rows in zip(chosen.paths, chosen.rows, strict=True):
        columns: dict[str, pa.Array] = {}
        for table, text in tables_of(run, path):
            if not table.is_file():
                continue
            with pq.ParquetFile(table) as file:
                names = _numeric(file.schema_arrow, text, columns_wanted, everything, units)
                columns |= {text + name: array for name, array in taken_of(file, names, rows).items()}
        columns |= _scores(run, path, rows)
        values = {}
        if everything:
            values = {
                name: numbers(array) for name, array in columns.items() if is_number(array.type) and "/" not in name
            }
        for text, (expression, named) in parsed.items():
            if text not in values and set(named.values()) <= columns.keys():
                own = {name: columns[stored] for name, stored in named.items()}
                values[text] = expression.evaluate(own, len(rows))
        for name, value in values.items():
            found.setdefault(name, [np.full(before, np.nan)]).append(value)
        before += len(rows)
        for parts in found.values():  # a column that this key lacks
            short = before - sum(map(len, parts))
            if short:
                parts.append(np.full(short, np.nan))
    return Measures({name: np.concatenate(parts) for name, parts in found.items()}, units)


def tables_of(run: Path, path: str) -> Iterator[tuple[Path, str]]:
    """Tables of signals of a key, and what comes before their columns here: "c4-0123/" for the text of that name."""
    yield run / f"quality_signals/{path}.signals.parquet", ""
    folder = run / "measured"
    for text in sorted(folder.iterdir()) if folder.is_dir() else []:
        for family in sorted(text.iterdir()) if text.is_dir() and not text.name.startswith(".") else []:
            table = family / f"{path}.measured.parquet"
            if table.is_file():
                yield table, "" if text.name.partition("+")[0] == "stored" else f"{text.name}/"


def _parsed(wanted: str) -> tuple[Expression, dict[str, str]]:
    """The expression, and of each of its columns what it is called here."""
    value, *texts = wanted.split(_BETWEEN)
    of_edit = {text.rpartition("-")[0]: text for text in texts}
    expression = Expression.parse(value)
    columns = {}
    for column in expression.columns:
        edit = text_of(column)
        prefix = "" if edit == STORED else f"{of_edit.get(edit, edit)}/"
        columns[column] = prefix + column.rpartition(".")[2]
    return expression, columns


def numbers(array: pa.Array) -> Values:
    """Float64 with NaN for null."""
    whole = array.cast(pa.int8()) if pa.types.is_boolean(array.type) else array
    return np.asarray(whole.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)


def is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def _numeric(schema: pa.Schema, text: str, wanted: set[str], everything: bool, units: dict[str, str]) -> list[str]:
    """Columns with a number a document, and those that an expression needs; notes their units."""
    names = []
    for column in schema:
        is_one = text + column.name in wanted or (everything and not text and is_number(column.type))
        if column.name in _FOREIGN or not is_one:
            continue
        names.append(column.name)
        unit = (column.metadata or {}).get(b"unit", b"").decode("utf-8", "replace")
        if unit:
            units.setdefault(text + column.name, unit)
    return names


def _scores(run: Path, path: str, rows: npt.NDArray[np.int64]) -> Mapping[str, pa.Array]:
    """Columns of scores: classifiers, duplicates."""
    folder = run / "scores"
    found = {}
    for column in sorted(folder.iterdir()) if folder.is_dir() else []:
        table = taken(column / f"{path}.scores.parquet", ["score"], rows)
        if table and not column.name.startswith("."):
            found[column.name] = table["score"]
    return found
