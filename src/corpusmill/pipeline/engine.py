"""The embedded engine: tasks on worker processes of this machine.

A worker that dies (killed for memory, crashed in a library) costs its task one try; after MAX_TRIES the task is asked
for a substitute that records the loss. The first interrupt finishes what is running, the second stops at once, as do
SIGTERM and SIGHUP. Signals are noted and acted upon between two messages of the workers, so that they cut nothing in
half.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import FrameType
from typing import Any

from corpusmill.errors import CorpusmillError, EnvironmentFault, Interrupted, Terminated
from corpusmill.pipeline.task import Progress, Task, perform
from corpusmill.store.folder import environment_fault
from corpusmill.store.ledger import Entry

MAX_TRIES = 3
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_AGAIN = "run the same command again and it goes on where it was"


class TaskFailed(CorpusmillError):
    """A bug of ours, with the traceback of the worker."""


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    task: Task | None = None
    tries: int = 0


@dataclass
class LocalEngine:
    """Runs tasks on `workers` processes; `progress` is called with what they report."""

    workers: int
    progress: Callable[[Progress], None] = lambda progress: None
    say: Callable[[str], None] = lambda text: None  # what the user should know at once
    _stop: type[Interrupted] | None = field(default=None, init=False)  # start nothing more
    _at_once: bool = field(default=False, init=False)  # nor finish what is running

    def run(self, tasks: Sequence[Task], root: Path) -> Generator[Entry, None, None]:
        """Ledger entries as the tasks finish, in no particular order; raises what a task raised."""
        waiting: deque[tuple[Task, int]] = deque((task, 0) for task in tasks)
        workers: list[_Worker] = []
        self._stop, self._at_once = None, False
        with self._noting_signals() as woken:
            try:
                while waiting or any(worker.task for worker in workers):
                    while waiting and not self._stop and sum(w.task is not None for w in workers) < self.workers:
                        task, tries = waiting.popleft()
                        worker = next((w for w in workers if w.task is None), None) or _start(workers)
                        if not _give(worker, task, tries, root):
                            workers.remove(worker)
                            waiting.appendleft((task, tries))
                    busy = {w.pipe: w for w in workers if w.task is not None}
                    if not busy or self._at_once:
                        break
                    for pipe in wait([*busy, *woken]):
                        if pipe in woken:
                            os.read(woken[0], 1)
                            continue
                        entry = self._receive(busy[pipe], workers, waiting)  # type: ignore[index]
                        if entry is not None:
                            yield entry
                if self._stop is not None:
                    raise self._stop(f"stopped{' at once' if self._at_once else ''}; {_AGAIN}")
            finally:
                _end(workers)

    def _receive(self, worker: _Worker, workers: list[_Worker], waiting: deque[tuple[Task, int]]) -> Entry | None:
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
            self.progress(content)
            return None
        worker.task = None
        if kind == "entry":
            entry: Entry = content
            return entry
        raise content

    @contextlib.contextmanager
    def _noting_signals(self) -> Iterator[list[int]]:
        """Gives what becomes readable when a signal was noted: nothing outside the main thread, which gets them all."""
        if threading.current_thread() is not threading.main_thread():
            yield []
            return
        readable, writable = os.pipe()
        previous = {number: signal.getsignal(number) for number in _SIGNALS}

        def note(number: int, frame: FrameType | None) -> None:
            if number != signal.SIGINT:
                self._stop, self._at_once = Terminated, True
            elif self._stop is None:
                self._stop = Interrupted
                self.say("stopping once the files in hand are done; interrupt again to stop at once")
            else:
                self._at_once = True
            os.write(writable, b"!")

        for number in _SIGNALS:
            if previous[number] is not signal.SIG_IGN:  # nohup, or a job in the background
                signal.signal(number, note)
        try:
            yield [readable]
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
            os.close(readable)
            os.close(writable)


def _again(task: Task, tries: int, exitcode: int | None) -> tuple[Task, int]:
    """The task for another try, or its substitute that records the loss."""
    why = f"signal {-exitcode}" if exitcode is not None and exitcode < 0 else f"exit status {exitcode}"
    if tries < MAX_TRIES:
        return task, tries
    substitute = getattr(task, "given_up", None)
    if substitute is None or tries > MAX_TRIES:
        raise EnvironmentFault(
            f"the worker of {task.kind} {task.name} died {tries} times ({why}); is there enough memory?"
        )
    return substitute(f"its worker died {tries} times ({why})"), tries


def _start(workers: list[_Worker]) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
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
    for worker in workers:
        if worker.task is not None:
            worker.process.kill()
        worker.pipe.close()
    for worker in workers:
        worker.process.join(timeout=10)
        if worker.process.is_alive():
            worker.process.kill()


def _work(pipe: Connection) -> None:
    """A worker's life: tasks in, progress and entries out, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver decides
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    sys.unraisablehook = _ignore_faults_of_abandoned_files
    die_with_parent()
    while True:
        try:
            task, root = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            pipe.send(("entry", perform(task, root, lambda progress: pipe.send(("progress", progress)))))
        except BrokenPipeError:
            return
        except CorpusmillError as error:
            pipe.send(("error", error))
        except MemoryError:
            os._exit(1)  # another try, in a process with a clean heap
        except OSError as error:
            pipe.send(("error", environment_fault(error, root, f"{task.kind} {task.name}: ")))
        except Exception as error:
            text = f"{task.kind} {task.name}: {error!r}\n{traceback.format_exc()}"
            pipe.send(("error", TaskFailed(text)))


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
