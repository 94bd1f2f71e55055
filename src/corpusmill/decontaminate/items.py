"""Evaluation sets out of files: JSON lines, JSON, Parquet, and text, each line of which is an item."""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import zstandard

from corpusmill.decontaminate.shapes import Shape, identity, shapes
from corpusmill.errors import InputRefused
from corpusmill.read.lines import BOM
from corpusmill.read.texts import opened

_COMPRESSED = (".xz", ".gz", ".bz2", ".zst")


@dataclass(frozen=True)
class Item:
    """One question of an evaluation set."""

    benchmark: str
    identity: str
    query: str | None  # None: the item is one text, its label
    label: str | None


def read_items(benchmark: str, paths: Sequence[Path], shape: Shape | None = None) -> list[Item]:
    """The items of a set; without a `shape` each is of the first that fits.

    Raises InputRefused, with file and line, for what is no item, and where there is none.
    """
    found: list[Item] = []
    for path in paths:
        for place, number, value in _values(path):
            found.append(_item(benchmark, place, number, value, shape))
    if not found:
        names = ", ".join(path.name for path in paths)
        raise InputRefused(f"{names} has no items; wanted JSON lines, JSON, text or Parquet with at least one")
    return _distinct(found)


def _distinct(items: list[Item]) -> list[Item]:
    """Items of one id are told apart by their number."""
    counts: dict[str, int] = {}
    found = []
    for item in items:
        before = counts.get(item.identity, 0)
        counts[item.identity] = before + 1
        name = item.identity if not before else f"{item.identity} ({before + 1})"
        found.append(Item(item.benchmark, name, item.query, item.label))
    return found


def _item(benchmark: str, place: str, number: int, value: object, shape: Shape | None) -> Item:
    if isinstance(value, str):
        return Item(benchmark, str(number), None, value)
    if not isinstance(value, dict):
        raise InputRefused(f"{place}: found {type(value).__name__}, wanted an object or a text")
    for each in (shape,) if shape is not None else shapes():
        parts = each.of(value)
        if parts is not None:
            return Item(benchmark, identity(value, number), *parts)
    wanted = "the fields that --query and --label name" if shape else "question and answer: say --query and --label"
    raise InputRefused(f"{place}: wanted {wanted}; found the fields {', '.join(map(str, value)) or 'none'}")


def _values(path: Path) -> Iterator[tuple[str, int, object]]:
    """Where each value stands, its number, and the value."""
    names = [suffix for suffix in path.suffixes if suffix not in _COMPRESSED]
    kind = names[-1].lower() if names else ""
    if kind == ".parquet":
        rows: Iterable[object] = _parquet(path)
    elif kind in (".txt", ".text"):
        rows = [line for line in _text(path, _content(path)).split("\n") if line.strip()]
    else:
        yield from _json(path, _content(path).removeprefix(BOM), kind in (".jsonl", ".ndjson"))
        return
    for number, value in enumerate(rows):
        yield f"{path.name}, item {number}", number, value


def _json(path: Path, content: bytes, by_lines: bool) -> Iterator[tuple[str, int, object]]:
    """A list of items, an object that holds one, or a line an item."""
    try:
        whole = None if by_lines else orjson.loads(content)
    except ValueError:
        whole = None
    if isinstance(whole, dict):
        lists = [value for value in whole.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
        whole = lists[0] if len(lists) == 1 else [whole]
    if isinstance(whole, list):
        for number, value in enumerate(whole):
            yield f"{path.name}, item {number}", number, value
        return
    number = 0
    for line, text in enumerate(content.split(b"\n"), 1):
        if not text or text.isspace():
            continue
        try:
            value = orjson.loads(text)
        except ValueError as error:
            raise InputRefused(f"{path.name}, line {line}: found no JSON ({error}); wanted an object a line") from None
        yield f"{path.name}, line {line}", number, value
        number += 1


def _text(path: Path, content: bytes) -> str:
    try:
        return content.removeprefix(BOM).decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputRefused(f"{path.name}, line {line}: byte {error.start} is not UTF-8; wanted UTF-8 text") from None


def _parquet(path: Path) -> list[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    except (pa.ArrowException, OSError, ValueError, OverflowError, LookupError) as error:  # zones and times of nobody
        why = (str(error) or type(error).__name__).splitlines()[0]
        raise InputRefused(f"{path} cannot be read as Parquet: {why}") from None
    return rows


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise InputRefused(f"{path} is no file; wanted an evaluation set, as NAME=FILE")
    try:
        with opened(path) as file:
            return file.read()
    except (OSError, EOFError, lzma.LZMAError, zlib.error, zstandard.ZstdError) as error:
        raise InputRefused(f"{path} is damaged: {error}; wanted a whole {path.suffix} file") from None
