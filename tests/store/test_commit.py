"""The commit protocol: whole or absent, torn lines ignored, killed at every step and restarted."""

from __future__ import annotations

import errno
import functools
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from corpusmill import files
from corpusmill.errors import RunRefused
from corpusmill.pipeline.task import perform, task_hash
from corpusmill.store import commit, layout, ledger
from corpusmill.store.commit import Attempt, Output, session_of
from corpusmill.store.folder import RunFolder
from corpusmill.store.ledger import Entry
from tests.killed import killed_at

CHANGES = ("fsync", "replace", "rename", "unlink")  # of a folder


@dataclass(frozen=True)
class WriteTwoFiles:
    number: int
    kind = "annotate"

    @property
    def name(self) -> str:
        return f"2024-22/{self.number:04d}"

    def depends_on(self) -> dict[str, Any]:
        return {"number": self.number}

    def run(self, root: Path, attempt: Attempt, report: Callable[[Any], None]) -> dict[str, Any]:
        for folder in ("documents", "pages"):
            attempt.path(f"{folder}/{self.number}.txt").write_bytes(b"%d" % self.number * 1000)
        return {}


def run_all(root: Path) -> None:
    with RunFolder(root, {"of": "a test"}) as folder:
        for task in map(WriteTwoFiles, range(3)):
            if task_hash(task) not in folder.entries:
                folder.record(perform(task, root, lambda progress: None))
        files.write_whole(root / layout.MANIFEST, b"done")


def hashes(root: Path) -> dict[str, str]:
    """Everything under its final name, but the ledger (it has seconds in it) and the lock."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name not in (layout.LEDGER, layout.LOCK)
    }


def test_killed_at_every_step_and_restarted_gives_the_undisturbed_bytes(tmp_path: Path):
    run_all(tmp_path / "undisturbed")
    step = 0
    while killed_at(step, CHANGES, functools.partial(run_all, tmp_path / str(step))):
        if (tmp_path / str(step) / layout.MANIFEST).exists():
            assert (tmp_path / str(step) / layout.MANIFEST).read_bytes() == b"done"
        run_all(tmp_path / str(step))
        assert hashes(tmp_path / str(step)) == hashes(tmp_path / "undisturbed"), f"killed at step {step}"
        step += 1
    assert step > 20, "the kill must have hit every step of three tasks"


def test_a_torn_last_line_costs_only_its_task(tmp_path: Path):
    path = tmp_path / "ledger.jsonl"
    first, second = (Entry(str(n), "annotate", str(n), {"a": Output("ff", 1)}) for n in (1, 2))
    ledger.append(path, first)
    with path.open("ab") as file:
        file.write(b'{"task": "torn')
    ledger.append(path, second)
    assert ledger.read(path) == [first, second]


def test_an_attempt_leaves_nothing_when_it_fails(tmp_path: Path):
    with pytest.raises(RuntimeError), Attempt(tmp_path) as attempt:
        attempt.path("documents/a").write_text("half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_second_run_in_the_folder_is_refused(tmp_path: Path):
    with RunFolder(tmp_path, {"a": 1}), pytest.raises(RunRefused, match="in use by process"):
        RunFolder(tmp_path, {"a": 1}).__enter__()


def test_another_recipe_is_refused_by_name_unless_fresh(tmp_path: Path):
    with RunFolder(tmp_path, {"recipe": {"threshold": 0.5, "x": 1}}) as folder:
        folder.record(perform(WriteTwoFiles(0), tmp_path, lambda progress: None))
    with pytest.raises(RunRefused, match=r"recipe.threshold: was 0.5, now 0.6"):
        RunFolder(tmp_path, {"recipe": {"threshold": 0.6, "x": 1}}).__enter__()
    with RunFolder(tmp_path, {"recipe": {"threshold": 0.6}}, fresh=True) as folder:
        assert folder.entries == {}
        assert not (tmp_path / "documents").exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("years of work")
    for fresh in (False, True):
        with pytest.raises(RunRefused, match="choose another --out"):
            RunFolder(tmp_path, {"a": 1}, fresh).__enter__()
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("damage", ["missing", "cut", "extra"])
def test_recovery_redoes_what_is_gone_and_removes_what_nobody_lists(tmp_path: Path, damage: str):
    run_all(tmp_path / "run")
    expected = hashes(tmp_path / "run")
    victim = tmp_path / "run/documents/1.txt"
    if damage == "missing":
        victim.unlink()
    elif damage == "cut":
        victim.write_bytes(b"1")
    else:
        (tmp_path / "run/documents/9.txt").write_bytes(b"left over")
    run_all(tmp_path / "run")
    assert hashes(tmp_path / "run") == expected


def test_writes_do_not_follow_links_out_of_the_folder(tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run/documents").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunRefused, match="symbolic link"):
        run_all(tmp_path / "run")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_out_that_is_a_file_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunRefused, match="cannot be a run folder"):
        run_all(tmp_path / "file")


def test_a_worker_that_outlives_its_driver_commits_nothing_once_another_owns_the_folder(tmp_path: Path):
    """As on another machine: it has written one file and is about to write the next, or to begin another task."""
    root = tmp_path / "run"
    with RunFolder(root, {"of": "a test"}):
        abandoned = session_of(root)
        session = abandoned.__enter__()
        attempt = Attempt(root, session).__enter__()
        attempt.path("documents/one").write_text("one")
        late = attempt.path("documents/two").open("w")
    with RunFolder(root, {"of": "a test"}):
        late.write("two")  # into a file that has no name any more
        late.close()
        with pytest.raises(FileNotFoundError):
            attempt.path("pages/three")
        with pytest.raises(FileNotFoundError):
            attempt.commit()
        with pytest.raises(FileNotFoundError):
            perform(WriteTwoFiles(0), root, lambda progress: None, session)
    assert not [path for path in root.rglob("*") if path.is_file() and path.name not in (layout.LOCK, layout.IDENTITY)]
    assert not list(root.glob(f"{layout.ATTEMPT_PREFIX}*"))


def test_a_session_leaves_nothing_but_what_was_committed_in_it(tmp_path: Path):
    with session_of(tmp_path) as session:
        entry = perform(WriteTwoFiles(0), tmp_path, lambda progress: None, session)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()) == sorted(
        entry.outputs
    )


def test_a_large_file_is_hashed_while_it_is_flushed(tmp_path, monkeypatch):
    monkeypatch.setattr(commit, "_LARGE_BYTES", 3)
    flushed = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (flushed.append(descriptor), real(descriptor)))
    with Attempt(tmp_path) as attempt:
        attempt.path("small").write_bytes(b"ab")
        attempt.path("large").write_bytes(b"abc")
        outputs = attempt.commit()
    assert outputs == {
        name: Output(hashlib.sha256(c).hexdigest(), len(c)) for name, c in (("large", b"abc"), ("small", b"ab"))
    }
    assert len(flushed) == 4  # each file and its folder


def test_a_large_file_that_cannot_be_flushed_is_not_committed(tmp_path, monkeypatch):
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(commit, "_LARGE_BYTES", 3)
    with pytest.raises(OSError, match="No space"), Attempt(tmp_path) as attempt:
        attempt.path("large").write_bytes(b"abc")
        monkeypatch.setattr(os, "fsync", full)
        attempt.commit()
    assert not (tmp_path / "large").exists()
