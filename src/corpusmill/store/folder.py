"""A run folder: one owner at a time, recovered on opening, refused where it belongs to another run."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import weakref
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import orjson

from corpusmill.errors import EnvironmentFault, Refused, RunRefused
from corpusmill.files import json_bytes, temporary_of, write_whole
from corpusmill.keys import Key
from corpusmill.store import layout, ledger
from corpusmill.store.commit import drop_attempts
from corpusmill.store.ledger import Entry

# Errors that no waiting or tidying mends.
_NO_PLACE = (
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EEXIST,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
)


_LOCKS: weakref.WeakSet[TextIO] = weakref.WeakSet()


def _close_locks() -> None:
    """A lock ends when all processes have closed it: a forked worker must not outlive its driver with one."""
    for lock in list(_LOCKS):
        lock.close()


os.register_at_fork(after_in_child=_close_locks)


class RunFolder:
    """Use as a context manager. `entries` are the finished tasks, by task hash."""

    def __init__(self, root: Path, identity: dict[str, Any] | None = None, fresh: bool = False) -> None:
        """`identity`: what the run is of, or None to take an existing folder as it is; `fresh` empties it first."""
        self.root = root
        self.identity = identity or {}
        self.entries: dict[str, Entry] = {}
        self._open_existing = identity is None
        self._fresh = fresh
        self._made = False  # the folder itself was not there before
        self._begun = False  # nor was this run
        self._lock: TextIO | None = None

    def __enter__(self) -> RunFolder:
        if not _is_utf8(str(self.root)):
            raise RunRefused(f"{self.root}: the name is not UTF-8; choose another --out")
        try:
            if self._open_existing and not (self.root / layout.IDENTITY).exists():
                raise RunRefused(
                    f"{self.root} is not a run folder (no {layout.IDENTITY}); make one with: corpusmill run"
                )
            refuse_inside_of_another(self.root)
            self._made = not self.root.exists()
            self.root.mkdir(parents=True, exist_ok=True)
            _refuse_links(self.root)
            self._take_lock()
            if self._fresh:
                self._begin_anew()
            self._hold_to_identity()
            self._recover()
        except BaseException as error:
            if self._lock is not None:
                self._lock.close()
            if isinstance(error, OSError) and error.errno in _NO_PLACE:
                raise RunRefused(f"{self.root} cannot be a run folder: {error}; choose another --out") from error
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None:
            drop_attempts(self.root)  # of killed workers
            if isinstance(error, Refused) and self._begun and not self.entries:
                self._leave_nothing()
            self._lock.close()  # the kernel frees the lock, also when the process dies

    def _leave_nothing(self) -> None:
        """What was refused before any work has not begun: the corrected command may have the same --out."""
        (self.root / layout.IDENTITY).unlink(missing_ok=True)
        if self._made:
            (self.root / layout.LOCK).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # somebody has put something there
                self.root.rmdir()

    def record(self, entry: Entry) -> None:
        """A task is finished and its files are in place."""
        ledger.append(self.root / layout.LEDGER, entry)
        self.entries[entry.task] = entry

    def forget(self, entries: Iterable[Entry]) -> None:
        """Take finished tasks back: their ledger lines first, then their files."""
        gone = {entry.task: entry for entry in entries}
        kept = [entry for task, entry in self.entries.items() if task not in gone]
        (self.root / layout.MANIFEST).unlink(missing_ok=True)
        self._rewrite_ledger(kept)
        self._remove_unlisted()

    def of_kind(self, kind: str) -> list[Entry]:
        """Finished tasks of one kind, by name: the order never depends on which was ready first."""
        return sorted((entry for entry in self.entries.values() if entry.kind == kind), key=lambda entry: entry.name)

    def refuse_unfinished(self) -> None:
        """Raises RunRefused where not every input has become documents.

        No manifest is asked for: a verb that adds to a run takes it away until it is done, and goes on after a kill.
        """
        if len(self.of_kind("annotate")) < len(self.identity.get("inputs", ())):
            raise RunRefused(f"{self.root} is not finished: run the command that made it again, it resumes")

    def hashes(self) -> dict[str, str]:
        """sha256 of every file in the ledger, by path."""
        return {path: output.sha256 for entry in self.entries.values() for path, output in entry.outputs.items()}

    def document_keys(self) -> list[Key]:
        """The keys of all documents files, sorted."""
        paths = (path for entry in self.entries.values() for path in entry.outputs)
        return sorted(key for path in paths if (key := layout.key_of_documents(path)) is not None)

    def _take_lock(self) -> None:
        path = self.root / layout.LOCK
        self._lock = path.open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.seek(0)
            owner = self._lock.read().strip() or "?"
            self._lock.close()
            self._lock = None
            raise RunRefused(
                f"{self.root} is in use by process {owner}; wait for it, or choose another --out"
            ) from None
        _LOCKS.add(self._lock)
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()

    def _begin_anew(self) -> None:
        """Remove what corpusmill wrote, and nothing else; the identity goes last, so that a kill can be made good."""
        path = self.root / layout.IDENTITY
        if not path.exists():
            return  # new, or refused
        (self.root / layout.MANIFEST).unlink(missing_ok=True)
        self._remove_listed()  # folders of tokens hold these outside of our own folders
        for name in (layout.MANIFEST, layout.LEDGER, layout.REPORT):
            (self.root / name).unlink(missing_ok=True)
            temporary_of(self.root / name).unlink(missing_ok=True)
        for folder in layout.DATA_FOLDERS:
            if (self.root / folder).exists():
                shutil.rmtree(self.root / folder)
        write_whole(path, json_bytes(self.identity))

    def _remove_listed(self) -> None:
        """Every file of the ledger, and the folders that are empty then; nothing that lies outside of this folder."""
        root = self.root.resolve()
        listed = {root / path for entry in ledger.read(self.root / layout.LEDGER) for path in entry.outputs}
        inside = sorted(path for path in listed if path.resolve() == path and path.is_relative_to(root))
        for path in inside:
            path.unlink(missing_ok=True)
        for folder in sorted({folder for path in inside for folder in path.parents}, reverse=True):
            if root in folder.parents and folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()

    def _hold_to_identity(self) -> None:
        path = self.root / layout.IDENTITY
        if not path.exists():
            ours = (layout.LOCK, temporary_of(path).name)
            strangers = sorted(p.name for p in self.root.iterdir() if p.name not in ours)
            if strangers:
                raise RunRefused(
                    f"{self.root} is not empty and no run folder (it holds {strangers[0]!r}); choose another --out"
                )
            write_whole(path, json_bytes(self.identity))
            self._begun = True
            return
        recorded = read_json(path, "choose another --out, or start it anew with --fresh (which deletes what is there)")
        if self._open_existing:
            refuse_no_run(self.root, recorded)
            self.identity = recorded
        elif recorded != orjson.loads(orjson.dumps(self.identity)):
            changes = "\n".join(f"  {line}" for line in _differences(recorded, self.identity))
            raise RunRefused(
                f"{self.root} was begun as another run:\n{changes}\n"
                "choose another --out, or start it anew with --fresh (which deletes what is there)"
            )

    def _recover(self) -> None:
        """Back to what the ledger says: drop attempts, redo tasks whose files are gone, remove files nobody lists."""
        drop_attempts(self.root)
        self._new_ledger().unlink(missing_ok=True)
        entries = ledger.read(self.root / layout.LEDGER)
        whole = [entry for entry in entries if all(_has_size(self.root / p, o.bytes) for p, o in entry.outputs.items())]
        if len(whole) < len(entries):
            (self.root / layout.MANIFEST).unlink(missing_ok=True)
            self._rewrite_ledger(whole)
        self.entries = {entry.task: entry for entry in whole}
        self._remove_unlisted()

    def _rewrite_ledger(self, entries: list[Entry]) -> None:
        new = self._new_ledger()
        ledger.write(new, entries)
        new.replace(self.root / layout.LEDGER)
        self.entries = {entry.task: entry for entry in entries}

    def _new_ledger(self) -> Path:
        return self.root / f".{layout.LEDGER}.new"

    def _remove_unlisted(self) -> None:
        listed = {self.root / path for entry in self.entries.values() for path in entry.outputs}
        for folder in layout.DATA_FOLDERS:
            for path in sorted((self.root / folder).rglob("*"), reverse=True):
                if path.is_dir():
                    if not any(path.iterdir()):
                        path.rmdir()
                elif path not in listed:
                    path.unlink()


def _is_utf8(name: str) -> bool:
    """Whether Arrow and DuckDB can open files below a folder of that name."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


def refuse_no_run(root: Path, described: dict[str, Any]) -> None:
    """Raises RunRefused where an identity or a manifest is of tokens, packs, exports or a mix: it names no code."""
    if isinstance(described.get("recipe"), dict) and "code" not in described:
        made = described["recipe"].get("name")
        raise RunRefused(
            f"{root} is no run: it holds what {made!r} wrote; wanted a folder of corpusmill run or annotate"
        )


def refuse_inside_of_another(root: Path) -> None:
    """A run removes from its folders what its ledger does not list: nothing else may be written there."""
    whole = root.resolve()
    for parent in whole.parents:
        if (parent / layout.IDENTITY).exists() and whole.relative_to(parent).parts[0] in layout.DATA_FOLDERS:
            raise RunRefused(
                f"{root} lies in {parent / whole.relative_to(parent).parts[0]}, where the run {parent} keeps its own "
                "files and removes all others; choose an --out elsewhere"
            )


def _refuse_links(root: Path) -> None:
    """A link inside the run folder would lead writes out of it."""
    files = (layout.LOCK, layout.LEDGER, layout.IDENTITY, layout.MANIFEST, layout.REPORT)
    places = [root / name for name in (*files, *layout.DATA_FOLDERS)]
    for folder in layout.DATA_FOLDERS:
        places += (Path(where, name) for where, inside, _ in os.walk(root / folder) for name in inside)
    for place in places:
        if place.is_symlink():
            raise RunRefused(f"{place} is a symbolic link; nothing is written through links: remove it")


def read_json(path: Path, remedy: str) -> Any:
    """What we wrote as JSON; raises RunRefused, with what to do, where someone else has been at it."""
    try:
        return orjson.loads(path.read_bytes())
    except ValueError as error:
        raise RunRefused(f"{path} is damaged ({error}); {remedy}") from error


def _differences(old: Any, new: Any, where: str = "") -> list[str]:
    """What differs between two JSON values, one line a leaf, at most ten."""
    if isinstance(old, dict) and isinstance(new, dict):
        found: list[str] = []
        for name in sorted({*old, *new}):
            found += _differences(old.get(name), new.get(name), f"{where}.{name}" if where else name)
        return found[:10]
    old, new = (orjson.loads(orjson.dumps(value)) for value in (old, new))
    return [] if old == new else [f"{where}: was {_short(old)}, now {_short(new)}"]


def _short(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= 80 else f"{text[:77]}…"


def environment_fault(error: OSError, root: Path, what: str = "") -> EnvironmentFault:
    """A full disk, a lost permission: what the machine did, and that the run can go on later."""
    why = os.strerror(error.errno) if error.errno else str(error)
    if error.errno == errno.ENOSPC:
        why += f": {shutil.disk_usage(root).free / 1e6:,.1f} MB are free"
    return EnvironmentFault(
        f"{what}{why} ({error.filename or root}); remove the cause and run the same command: it resumes"
    )
