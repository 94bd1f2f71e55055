"""The embedded engine: tasks on worker processes of this machine.

Workers are started when there is work for them, and stay until the engine is left: starting one costs a second or two.
They die with the driver, so that a killed one leaves nobody who writes into a folder that a restart has taken over.

Tasks that say what all of them need first (`prepare`) have it done once, by the driver, and by workers that are forked
from it: only where the driver is one thread, since of several a fork takes one along, and what the others hold.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from corpusmill.pipeline.engines.engine import MAX_TRIES, Say, given_up, ignore
from corpusmill.pipeline.engines.stopping import SIGNALS, Stopping
from corpusmill.pipeline.engines.worker import outcome
from corpusmill.pipeline.task import Report, Task
from corpusmill.store.ledger import Entry

_PATIENCE_SECONDS = 10.0  # for idle workers to end by themselves


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    task: Task | None = None
    tries: int = 0


@dataclass
class LocalEngine:
    """Runs tasks on up to `max_workers` processes.

    As a context manager it keeps them from run to run, and has ended them all when it is left; else they end with the
    run. A run that fails or is interrupted ends them all in any case.
    """

    max_workers: int
    may_fork: bool = sys.platform == "linux"
    _workers: list[_Worker] = field(default_factory=list, init=False)
    _keeps: bool = field(default=False, init=False)

    def __enter__(self) -> Self:
        self._keeps = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._keeps = False
        _end(self._workers)

    def run(
        self, tasks: Sequence[Task], root: Path, progress: Report = ignore, say: Say = ignore
    ) -> Generator[Entry, None, None]:
        """See `Engine`."""
        waiting: deque[tuple[Task, int]] = deque((task, 0) for task in tasks)
        workers = self._workers
        stopping = Stopping(say)
        done = False
        with stopping.noting() as woken:
            try:
                forks = self.may_fork and not workers and _prepare(tasks, root)
                while waiting or any(worker.task for worker in workers):
                    while waiting and not stopping.wanted and sum(map(_is_busy, workers)) < self.max_workers:
                        task, tries = waiting.popleft()
                        worker = next((w for w in workers if not _is_busy(w)), None) or _start(workers, forks)
                        if not _give(worker, task, tries, root):
                            workers.remove(worker)
                            waiting.appendleft((task, tries))
                    busy = {w.pipe: w for w in workers if _is_busy(w)}
                    if not busy or stopping.at_once:
                        break
                    for pipe in wait([*busy, *woken]):
                        if pipe in woken:
                            os.read(woken[0], 1)
                            continue
                        entry = _receive(busy[pipe], workers, waiting, progress)  # type: ignore[index]
                        if entry is not None:
                            yield entry
                stopping.end()
                done = True
            finally:
                if not done or not self._keeps:
                    _end(workers)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _is_busy(worker: _Worker) -> bool:
    return worker.task is not None


def _receive(
    worker: _Worker, workers: list[_Worker], waiting: deque[tuple[Task, int]], progress: Report
) -> Entry | None:
    task = worker.task
    assert task is not None
    try:
        kind, content = worker.pipe.recv()
    except (EOFError, OSError):
        worker.process.join()
        workers.remove(worker)
        waiting.appendleft(_again(task, worker.tries + 1, worker.process.exitcode))
        return None
    if kind == "progress":
        progress(content)
        return None
    worker.task = None
    if isinstance(content, Entry):
        return content
    raise content


def _again(task: Task, tries: int, exitcode: int | None) -> tuple[Task, int]:
    """The task for another try, or its substitute that records the loss."""
    if tries < MAX_TRIES:
        return task, tries
    why = f"signal {-exitcode}" if exitcode is not None and exitcode < 0 else f"exit status {exitcode}"
    return given_up(task, tries, why), tries


def _prepare(tasks: Sequence[Task], root: Path) -> bool:
    """Whether workers can be forked, of tasks that say what they need first: that is done then."""
    steps = [prepare for task in tasks if (prepare := getattr(task, "prepare", None)) is not None]
    if not steps or not _is_one_thread():
        return False
    with contextlib.suppress(Exception):  # a worker meets it again, and says what task it was of
        for prepare in steps:
            prepare(root)
    return _is_one_thread()


def _is_one_thread() -> bool:
    """Those that Python knows nothing of count, too."""
    try:
        return len([*Path("/proc/self/task").iterdir()]) == 1
    except OSError:
        return False


def _start(workers: list[_Worker], forks: bool) -> _Worker:
    forks = forks and _is_one_thread()
    context: Any = multiprocessing.get_context("fork" if forks else "spawn")
    ours, theirs = context.Pipe()
    if forks:
        pipes = [ours, *(worker.pipe for worker in workers)]
        process = context.Process(target=_work_forked, args=(theirs, pipes), daemon=False)
    else:
        process = context.Process(target=_work, args=(theirs,), daemon=False)
        resource_tracker.ensure_running()  # here and not below, where it would lift the mask
    # An interrupt from the terminal reaches the worker too: it inherits the mask, until it can ignore it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    theirs.close()
    worker = _Worker(process, ours)
    workers.append(worker)
    return worker


def _give(worker: _Worker, task: Task, tries: int, root: Path) -> bool:
    """Send `task` to an idle worker; false where it died in its idleness."""
    try:
        worker.pipe.send((task, root))
    except OSError:
        worker.pipe.close()
        worker.process.join()
        return False
    worker.task, worker.tries = task, tries
    return True


def _end(workers: list[_Worker]) -> None:
    """Returns when all have ended: those with a task in hand are killed, the others have nothing more to read."""
    for worker in workers:
        if worker.task is not None:
            worker.process.kill()
        worker.pipe.close()
    for worker in workers:
        worker.process.join(timeout=_PATIENCE_SECONDS)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
    workers.clear()


def _work_forked(pipe: Connection, others: Sequence[Connection]) -> None:
    """The same, without what a new process would not have of its parent."""
    for other in others:  # whoever holds a copy of the driver's end keeps the worker at the other one from its end
        other.close()
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    gc.freeze()
    _work(pipe)


def _work(pipe: Connection) -> None:
    """A worker's life: tasks in, progress and outcomes out, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver decides
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    sys.unraisablehook = _ignore_faults_of_abandoned_files
    gc.set_threshold(20_000, 50)  # what is imported stays: no need to look through it every 700 objects
    die_with_parent()
    known: set[str] = set()
    while True:
        try:
            task, root = pipe.recv()
            pipe.send(("outcome", outcome(task, root, lambda progress: pipe.send(("progress", progress)))))
        except (EOFError, OSError):  # of the pipe: what a task raises is an outcome
            return
        if task.kind not in known:  # what it imported and compiled stays: no need to look through it again and again
            known.add(task.kind)
            gc.collect()
            gc.freeze()


def die_with_parent() -> None:
    """A killed driver must not leave workers that go on writing into a folder which a restart has taken over."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid != os.getppid():  # it died before the signal was asked for
        os._exit(1)


def _ignore_faults_of_abandoned_files(unraisable: Any) -> None:
    """Files that a full disk left open are closed when they are collected, and fail once more: that is known."""
    if not isinstance(unraisable.exc_value, OSError):
        sys.__unraisablehook__(unraisable)
