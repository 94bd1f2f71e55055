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

from corpusmill.report.payload.chosen import Chosen, taken
from corpusmill.rules.expression import Expression

Values = npt.NDArray[np.float64]

_FOREIGN = frozenset({"doc_id", "id_int"})  # columns of the tables that measure nothing


@dataclass(frozen=True)
class Measures:
    """Values by expression, one a chosen document (NaN: missing), and the units that the tables state."""

    values: dict[str, Values]
    units: dict[str, str] = field(default_factory=dict)


def measures(run: Path, chosen: Chosen, expressions: Iterable[str], everything: bool = True) -> Measures:
    """Values of `expressions`, and with `everything` of all numeric columns; without their columns they have none."""
    parsed = {text: Expression.parse(text) for text in expressions}
    wanted = {column for expression in parsed.values() for column in expression.columns}
    found: dict[str, list[Values]] = {}
    units: dict[str, str] = {}
    before = 0
    for path, rows in zip(chosen.paths, chosen.rows, strict=True):
        columns: dict[str, pa.Array] = {}
        for table, prefix in tables_of(run, path):
            names = _numeric(table, prefix, wanted, everything, units)
            columns |= {prefix + name: array for name, array in taken(table, names, rows).items()}
        columns |= _scores(run, path, rows)
        values = {name: numbers(array) for name, array in columns.items() if everything and is_number(array.type)}
        for text, expression in parsed.items():
            if text not in values and set(expression.columns) <= columns.keys():
                values[text] = expression.evaluate(columns, len(rows))
        for name, value in values.items():
            found.setdefault(name, [np.full(before, np.nan)]).append(value)
        before += len(rows)
        for parts in found.values():  # a column that this key lacks
            short = before - sum(map(len, parts))
            if short:
                parts.append(np.full(short, np.nan))
    return Measures({name: np.concatenate(parts) for name, parts in found.items()}, units)


def tables_of(run: Path, path: str) -> Iterator[tuple[Path, str]]:
    """Tables of signals of a key, and what their columns are called by: "c4." before those on the text of an edit."""
    yield run / f"quality_signals/{path}.signals.parquet", ""
    texts: dict[str, list[Path]] = {}
    for folder in sorted((run / "measured").glob("*")) if (run / "measured").is_dir() else []:
        texts.setdefault("" if folder.name == "stored" else folder.name.rpartition("-")[0], []).append(folder)
    for edit, folders in texts.items():
        if len(folders) == 1:  # of two edits of one name none could say which is meant
            for family in sorted(folders[0].iterdir()):
                table = family / f"{path}.measured.parquet"
                if table.is_file():
                    yield table, f"{edit}." if edit else ""


def numbers(array: pa.Array) -> Values:
    """Float64 with NaN for null."""
    whole = array.cast(pa.int8()) if pa.types.is_boolean(array.type) else array
    return np.asarray(whole.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)


def is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def _numeric(table: Path, prefix: str, wanted: set[str], everything: bool, units: dict[str, str]) -> list[str]:
    """Columns with a number a document, and those that an expression needs; notes their units."""
    if not table.is_file():
        return []
    names = []
    for column in pq.read_schema(table):
        is_one = prefix + column.name in wanted or (everything and is_number(column.type))
        if column.name in _FOREIGN or not is_one:
            continue
        names.append(column.name)
        unit = (column.metadata or {}).get(b"unit", b"").decode("utf-8", "replace")
        if unit:
            units.setdefault(prefix + column.name, unit)
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
