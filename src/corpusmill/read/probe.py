"""A cheap look at inputs before any work: what they are, and whether they can be what they must be."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.errors import InputRefused
from corpusmill.read.formats import begins_with_record, named_format, open_pieces, sniff
from corpusmill.read.parameters import ReadParameters
from corpusmill.read.parquet import column_mistake
from corpusmill.read.pieces import Window

_CRAWL = re.compile(r"CC-MAIN-(\d{4}-\d{2})(?!\d)")
_PART_OF = re.compile(rb"(?im)^isPartOf[ \t]*:[ \t]*(?:CC-MAIN-)?(\d{4}-\d{2})(?!\d)")


class Probe(NamedTuple):
    format: str  # warc, wet, wat, arc, jsonl, parquet; "unknown" for an empty file without a telling name
    snapshot: str | None  # year and week of the crawl, "2024-22"
    bytes: int  # size of the file


def probe(path: Path, parameters: ReadParameters) -> Probe:
    """Looks at the first bytes and the name. Raises `InputRefused` where the file cannot be an input at all: it is
    missing, not a file, of no known format, or a table whose text column is missing or no string.

    Damage is no reason to refuse: a Parquet file without its footer is found, and counted, when it is read.
    """
    if not path.is_file():
        raise InputRefused(f"{path}: {_absence(path)}")
    try:
        with Window(path) as window:
            kind, compression = sniff(window, path.name)
            size = window.size
            head = bytes(window.view(0, 16))
            snapshot = _CRAWL.search(str(path))
            week = snapshot[1] if snapshot else None
            if week is None and kind in ("warc", "wet", "wat", "arc"):
                first = next(open_pieces(window, compression, begins_with_record)(0), None)
                part_of = _PART_OF.search(first.data[:65536]) if first else None
                week = part_of[1].decode() if part_of else None
    except OSError as error:
        raise InputRefused(f"{path}: cannot be read: {error.strerror or error}") from error
    if not kind and size:
        wanted = "WARC, WET, ARC, JSON lines or Parquet, plain, .gz or .zst"
        raise InputRefused(f"{path}: neither its name nor its first bytes ({head!r}) say what it is; wanted {wanted}")
    if kind == "parquet":
        _check_columns(path, parameters)
    return Probe(kind or "unknown", week, size)


def _check_columns(path: Path, parameters: ReadParameters) -> None:
    try:
        with path.open("rb") as raw:  # Arrow itself opens no names that are not UTF-8
            schema = pq.read_schema(raw)
    except (pa.ArrowException, OSError, ValueError):
        return
    mistake = column_mistake(schema, parameters.text_column)
    if mistake is not None:
        raise InputRefused(f"{path}: {mistake}")


def find_inputs(paths: Sequence[Path]) -> list[Path]:
    """The files that `paths` stand for, sorted by their text, each once.

    A file stands for itself, whatever its name; a folder for the files of known names below it (hidden ones and those
    of unfinished downloads excepted). Raises `InputRefused` for a path that does not exist or a folder without inputs.
    """
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            inside = [
                file
                for file in path.rglob("*")
                if named_format(file.name).kind
                and not any(part.startswith(".") for part in file.relative_to(path).parts)
                and file.is_file()
            ]
            if not inside:
                wanted = "names such as *.warc.gz, *.warc.wet.gz, *.arc.gz, *.jsonl.zst, *.parquet"
                raise InputRefused(f"{path}: no input in this folder; wanted {wanted}")
            found.update(inside)
        elif path.exists():
            found.add(path)
        else:
            raise InputRefused(f"{path}: {_absence(path)}")
    return sorted(found, key=str)


def _absence(path: Path) -> str:
    """Why `path` is no file, with the nearest names that do exist."""
    if path.exists():
        return "a folder, not a file" if path.is_dir() else "not a regular file"
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        path, folder = folder, folder.parent
    try:
        names = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    except OSError:
        names = []
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    hint = f"; near it: {', '.join(near)}" if near else ""
    return f"does not exist ({folder} has no {path.name!r}{hint})"
