"""The ledger: one JSON line a finished task, appended after its files are in place.

A torn last line (the machine died while it was written) is ignored: its task is done again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from corpusmill.store.commit import Output


@dataclass(frozen=True)
class Entry:
    """A finished task."""

    task: str  # hash of everything its result depends on
    kind: str  # annotate, select, train_tokenizer, tokenize
    name: str  # what it was of: a shard, a key
    outputs: dict[str, Output]
    counts: dict[str, Any] = field(default_factory=dict)  # what the manifest adds up; the same for the same task
    seconds: float = 0.0  # for people; never in the manifest

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of scores that the task wrote."""
        column = self.counts.get("column")
        return tuple(self.counts.get("columns", () if column is None else (column,)))


def append(path: Path, entry: Entry) -> None:
    existed = path.exists()
    with path.open("ab") as file:
        if existed and not _ends_with_newline(path):
            file.write(b"\n")  # seal a torn line, so that it spoils nothing but itself
        file.write(_line(entry))
        file.flush()
        os.fsync(file.fileno())


def write(path: Path, entries: Iterable[Entry]) -> None:
    """A new ledger of `entries`."""
    with path.open("wb") as file:
        file.writelines(map(_line, entries))
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> list[Entry]:
    """All whole lines, the last one of each task only; an absent file is an empty ledger."""
    if not path.exists():
        return []
    entries: dict[str, Entry] = {}
    for line in path.read_bytes().split(b"\n"):
        try:
            fields = orjson.loads(line)
            outputs = {name: Output(**output) for name, output in fields.pop("outputs").items()}
            entry = Entry(outputs=outputs, **fields)
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
        entries[entry.task] = entry
    return list(entries.values())


def _line(entry: Entry) -> bytes:
    outputs = {path: vars(output) for path, output in entry.outputs.items()}
    return orjson.dumps({**vars(entry), "outputs": outputs}, option=orjson.OPT_SORT_KEYS) + b"\n"


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
