"""The embedded engine: tasks on worker processes of this machine.

A worker that dies (killed for memory, crashed in a library) costs its task one try; after MAX_TRIES the task is asked
for a substitute that records the loss. The first interrupt finishes what is running, the second stops at once.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import FrameType
from typing import Any

from corpusmill.errors import CorpusmillError, EnvironmentFault, Interrupted
from corpusmill.pipeline.task import Progress, Task, perform
from corpusmill.store.ledger import Entry

MAX_TRIES = 3


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
    _stop: bool = field(default=False, init=False)

    def run(self, tasks: Sequence[Task], root: Path) -> Iterator[Entry]:
        """Ledger entries as the tasks finish, in no particular order; raises what a task raised."""
        waiting: deque[tuple[Task, int]] = deque((task, 0) for task in tasks)
        workers: list[_Worker] = []
        self._stop = False
        previous = {s: signal.signal(s, self._on_signal) for s in (signal.SIGINT, signal.SIGTERM) if _main_thread()}
        try:
            while waiting or any(worker.task for worker in workers):
                while waiting and not self._stop and sum(w.task is not None for w in workers) < self.workers:
                    task, tries = waiting.popleft()
                    worker = next((w for w in workers if w.task is None), None) or _start(workers)
                    worker.task, worker.tries = task, tries
                    worker.pipe.send((task, root))
                busy = {w.pipe: w for w in workers if w.task is not None}
                if not busy:
                    break
                for pipe in wait(list(busy), timeout=1.0):
                    entry = self._receive(busy[pipe], workers, waiting)  # type: ignore[index]
                    if entry is not None:
                        yield entry
            if self._stop:
                raise Interrupted("stopped; run the same command again and it goes on where it was")
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
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

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._stop or number == signal.SIGTERM:
            raise Interrupted("stopped at once; run the same command again and it goes on where it was")
        self._stop = True


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
    process.start()
    theirs.close()
    worker = _Worker(process, ours)
    workers.append(worker)
    return worker


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
            raise
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            pipe.send(("error", EnvironmentFault(f"{task.kind} {task.name}: {error.strerror or error}{where}")))
        except Exception as error:
            text = f"{task.kind} {task.name}: {error!r}\n{traceback.format_exc()}"
            pipe.send(("error", TaskFailed(text)))


def die_with_parent() -> None:
    """A killed driver must not leave workers that go on writing into a folder which a restart has taken over."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
