"""Running the command line on one input, in this process or as a process of its own, and reading what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pyarrow.parquet as pq

from corpusmill.pipeline.engines.engine import Say
from corpusmill.pipeline.task import Report, Task, perform
from corpusmill.store.check import check
from corpusmill.store.ledger import Entry

REPOSITORY = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "corpusmill.cli.main")


@dataclass
class InProcessEngine:
    """Performs tasks here, one after the other: saves the start of a worker for each of hundreds of files."""

    max_workers: int

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        pass

    def run(self, tasks: Sequence[Task], root: Path, progress: Report, say: Say) -> Generator[Entry, None, None]:
        for task in tasks:
            yield perform(task, root, progress)


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str
    peak_mebibytes: int = 0  # of the largest process of the command


def corpusmill(*arguments: object, environment: dict[str, str] | None = None, **options: Any) -> Ended:
    """The command as a process of its own."""
    process = subprocess.Popen(
        [*COMMAND, *map(os.fsencode, map(str, arguments))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
        cwd=REPOSITORY,
        **options,
    )
    out, err = process.communicate()
    return Ended(process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))


def strings(folder: Path) -> str:
    """Every value of every table in `folder`; the tables are checked to hold valid UTF-8 and sound offsets."""
    found = []
    for path in sorted(folder.rglob("*.parquet")):
        table = pq.read_table(path)
        table.validate(full=True)
        found += [str(value) for column in table.columns for value in column.to_pylist()]
    return "\n".join(found)


def manifest(run: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((run / "manifest.json").read_bytes())
    return content


def assert_sound(run: Path) -> dict[str, Any]:
    """Conservation, and every file as the manifest says; returns the manifest."""
    described = manifest(run)
    lost = sum(described["dropped"].values()) + sum(described["quarantined"].values())
    assert described["read"] == described["kept"] + lost
    assert described["faults"] == sum(described["quarantined"].values())
    assert check(run) == []
    return described
