"""Attempt, then commit: a file under its final name is whole, or it is not there.

A task writes into `.attempt-<id>/`; `commit` flushes each file to disk, hashes it, renames it to its final name and
flushes the folder. Only then may a ledger line name it. A kill at any step leaves files that no ledger line lists;
the next start removes them (notes on reliability: commit protocol of SQLite and the Spark committers).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from corpusmill.files import flush_folder
from corpusmill.store.layout import ATTEMPT_PREFIX


@dataclass(frozen=True)
class Output:
    """One committed file: what `check` compares it with."""

    sha256: str
    bytes: int


class Attempt:
    """A task's private folder inside `root`, removed at the end whatever happens.

    >>> import tempfile; root = Path(tempfile.mkdtemp())
    >>> with Attempt(root) as attempt:
    ...     _ = attempt.path("documents/a.txt").write_text("abc")
    ...     outputs = attempt.commit()
    >>> (root / "documents/a.txt").read_text(), outputs["documents/a.txt"].bytes
    ('abc', 3)
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / f"{ATTEMPT_PREFIX}{uuid.uuid4().hex}"
        self._paths: list[str] = []

    def __enter__(self) -> Attempt:
        self.folder.mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, relative: str) -> Path:
        """Where to write what will be committed as `root/relative`; its folders are made."""
        if relative not in self._paths:
            self._paths.append(relative)
        path = self.folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def clear(self) -> None:
        """Forget what was written so far."""
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        self._paths.clear()

    def commit(self) -> dict[str, Output]:
        """Move every written file to its final place; returns them by relative path, sorted."""
        outputs: dict[str, Output] = {}
        for relative in sorted(self._paths):
            source, target = self.folder / relative, self.root / relative
            outputs[relative] = Output(_flush_and_hash(source), source.stat().st_size)
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
            flush_folder(target.parent)
        return outputs


def _flush_and_hash(path: Path) -> str:
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()
