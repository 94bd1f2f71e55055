"""Attempt, then commit: a file under its final name is whole, or it is not there.

A task writes into `.attempt-<id>/`; `commit` flushes each file to disk, hashes it, renames it to its final name and
flushes the folder. Only then may a ledger line name it. A kill at any step leaves files that no ledger line lists;
the next start removes them (notes on reliability: commit protocol of SQLite and the Spark committers).

Workers on other machines may outlive their driver by seconds, and go on while another run has taken the folder over.
They are fenced off: their attempts lie in a folder of their session, and `drop_attempts`, the first thing that a new
owner does, moves it away before it is deleted. From then on the names that such a worker would rename from or make an
attempt under lead nowhere.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from corpusmill.files import flush_folder, sha256_of_file
from corpusmill.store.layout import ATTEMPT_PREFIX

_LARGE_BYTES = 16 << 20


@dataclass(frozen=True)
class Output:
    """One committed file: what `check` compares it with."""

    sha256: str
    bytes: int


class Attempt:
    """A task's private folder inside `root`, or inside the folder of a `session`, removed at the end whatever happens.

    Raises FileNotFoundError where that session is over.

    >>> import tempfile; root = Path(tempfile.mkdtemp())
    >>> with Attempt(root) as attempt:
    ...     _ = attempt.path("documents/a.txt").write_text("abc")
    ...     outputs = attempt.commit()
    >>> (root / "documents/a.txt").read_text(), outputs["documents/a.txt"].bytes
    ('abc', 3)
    """

    def __init__(self, root: Path, session: Path | None = None) -> None:
        self.root, self.session = root, session
        self.folder = _new_attempt(session or root)
        self._paths: list[str] = []

    def __enter__(self) -> Attempt:
        self.folder.mkdir(parents=self.session is None)
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
        for parent in reversed(path.relative_to(self.folder).parents[:-1]):  # never the attempt itself: it may be over
            (self.folder / parent).mkdir(exist_ok=True)
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


@contextlib.contextmanager
def session_of(root: Path) -> Iterator[Path]:
    """A folder in `root` for the attempts of workers that cannot be trusted to be gone; after it nothing is committed.

    >>> import tempfile; root = Path(tempfile.mkdtemp())
    >>> with session_of(root) as session, Attempt(root, session) as attempt:
    ...     _ = attempt.path("a.txt").write_text("abc")
    ...     drop_attempts(root)
    ...     attempt.commit()
    Traceback (most recent call last):
    FileNotFoundError: ...
    """
    folder = _new_attempt(root)
    folder.mkdir()
    try:
        yield folder
    finally:
        _drop(folder)


def drop_attempts(root: Path) -> None:
    """Remove all attempts and sessions in `root`; whoever still writes into them can commit nothing any more."""
    for folder in root.glob(f"{ATTEMPT_PREFIX}*"):
        _drop(folder)


def _drop(folder: Path) -> None:
    moved = _new_attempt(folder.parent)
    try:
        folder.rename(moved)  # at one stroke: deleting takes time, in which files are added
    except OSError:  # gone already, or nobody may write here
        moved = folder
    shutil.rmtree(moved, ignore_errors=True)


def _new_attempt(folder: Path) -> Path:
    return folder / f"{ATTEMPT_PREFIX}{uuid.uuid4().hex}"


def _flush_and_hash(path: Path) -> str:
    """A large file is hashed while it is flushed, which is waiting for the disk."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size < _LARGE_BYTES:
            os.fsync(file.fileno())
            return sha256_of_file(file)
        from concurrent.futures import ThreadPoolExecutor  # which few runs need

        with ThreadPoolExecutor(1) as beside:
            flushed = beside.submit(os.fsync, file.fileno())
            digest = sha256_of_file(file)
            flushed.result()
        return digest
