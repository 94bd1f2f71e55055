"""Signals, lost terminals and closed pipes: how the command ends, what it leaves, and that it goes on where it was."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import multiprocessing
import os
import signal
import termios
from pathlib import Path
from typing import Any

import pytest

from corpusmill.cli.main import main
from corpusmill.store.folder import RunFolder
from tests.faults.processes import Run, started

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="sees processes through /proc")

STOPPING = "stopping once the files in hand are done; interrupt again to stop at once"


def assert_clean(run: Run) -> None:
    assert "Traceback" not in run.messages()
    assert not list(run.out.glob(".attempt-*"))
    assert not (run.out / "manifest.json").exists()


def test_one_interrupt_finishes_the_file_in_hand(arguments, resumes, tmp_path: Path):
    out = tmp_path / "run"
    with started(arguments(out, "--workers", 1), out) as run:
        [worker] = run.until(run.workers)
        os.kill(worker, signal.SIGSTOP)  # it has not yet begun
        run.signal(signal.SIGINT)
        run.until(run.says(STOPPING))
        os.kill(worker, signal.SIGCONT)
        assert run.end() == 130
        assert run.recorded() == 1
        assert "run the same command again" in run.messages()
        assert_clean(run)
    resumes(out)


def test_two_interrupts_end_at_once(arguments, resumes, tmp_path: Path):
    out = tmp_path / "run"
    with started(arguments(out, "--workers", 1), out) as run:
        run.until(run.attempted)
        [worker] = run.workers()
        os.kill(worker, signal.SIGSTOP)  # it will never be done
        done = run.recorded()
        run.signal(signal.SIGINT)
        run.until(run.says(STOPPING))
        run.signal(signal.SIGINT)
        assert run.end() == 130
        assert run.recorded() <= done + 1
        assert "stopped at once" in run.messages()
        assert_clean(run)
    resumes(out)


def test_told_to_end(arguments, resumes, tmp_path: Path):
    out = tmp_path / "run"
    with started(arguments(out, "--workers", 2), out) as run:
        run.until(run.attempted)
        run.signal(signal.SIGTERM)
        assert run.end() == 143
        assert "stopped at once; run the same command again" in run.messages()
        assert_clean(run)
    resumes(out)


def on_terminal(out: Path, arguments: list[str]):
    """The command in the foreground of a terminal of its own, and that terminal."""
    ours, theirs = os.openpty()

    def take_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    options = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    return started(arguments, out, before=take_terminal, **options), ours, theirs


def read_all(terminal: int) -> str:
    """What is on the terminal, after all who write there have ended."""
    parts = []
    while True:
        try:
            parts.append(os.read(terminal, 65536))
        except OSError as error:
            assert error.errno == errno.EIO
            return b"".join(parts).decode()


def maps(process: int) -> str:
    """What a process has loaded."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/maps").read_text()
    return ""


def test_control_c_reaches_workers_that_are_starting_too(arguments, resumes, tmp_path: Path):
    out = tmp_path / "run"
    context, ours, theirs = on_terminal(out, arguments(out, "--workers", 2))
    with context as run:
        os.close(theirs)
        run.until(lambda: any("libarrow.so" in maps(worker) for worker in run.workers()))  # amid its imports
        os.write(ours, b"\x03")
        assert run.end() == 130
    said = read_all(ours)
    os.close(ours)
    assert STOPPING in said
    assert "Traceback" not in said
    assert "KeyboardInterrupt" not in said
    assert_clean(run)
    resumes(out)


def test_a_closed_terminal_ends_the_run_and_all_its_processes(arguments, resumes, tmp_path: Path):
    out = tmp_path / "run"
    context, ours, theirs = on_terminal(out, arguments(out, "--workers", 2))
    with context as run:
        os.close(theirs)
        run.until(run.attempted)
        os.close(ours)
        assert run.end() == 143
        assert_clean(run)
    resumes(out)


def test_nobody_listens_any_more_and_the_run_goes_on(arguments, undisturbed, tmp_path: Path):
    """As under nohup, with a reader of the output that has gone."""
    out = tmp_path / "run"
    reader, writer = os.pipe()
    os.close(reader)
    ignore = {"before": lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN), "stdout": writer, "stderr": writer}
    with started(arguments(out, "--workers", 1), out, **ignore) as run:
        os.close(writer)
        run.until(run.workers)
        run.signal(signal.SIGHUP)
        assert run.end() == 0
    assert (out / "manifest.json").read_bytes() == undisturbed()
    assert (out / "report.html").exists()


def test_an_interrupt_before_any_work(arguments, here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("corpusmill.pipeline.runner.plan_pages", interrupted)
    code, said = here(arguments(tmp_path / "run"))
    assert code == 130
    assert "goes on where it was" in said


def test_no_worker_outlives_a_driver_that_cannot_write_its_ledger(
    arguments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def leave(folder: RunFolder, *raised: Any) -> None:
        alive.extend(multiprocessing.active_children())
        leaving(folder, *raised)

    alive: list[object] = []
    leaving = RunFolder.__exit__
    monkeypatch.setattr(RunFolder, "__exit__", leave)
    monkeypatch.setattr("corpusmill.store.ledger.append", full)
    assert main(arguments(tmp_path / "run", "--workers", 2)) == 4
    assert alive == [], "the folder is free for others before its workers have ended"
    assert not list((tmp_path / "run").glob(".attempt-*"))
    said = capsys.readouterr().err
    assert "No space left on device" in said
    assert "MB are free" in said
