"""Tasks that have something prepared, and drivers that run them, each in a process of its own: of one thread."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpusmill.files import write_whole
from corpusmill.pipeline.engines.local import LocalEngine
from corpusmill.pipeline.task import Progress
from corpusmill.store.folder import RunFolder
from tests.pipeline.toy_tasks import Toy, wait_for

PREPARED: list[int] = []  # by which process


@dataclass(frozen=True)
class Ready(Toy):
    """Says which process has prepared, and its own signals and threads."""

    def prepare(self, root: Path) -> None:
        if self.does == "cannot_prepare":
            raise ValueError("not now")
        PREPARED.append(os.getpid())

    def run(self, root: Path, attempt: Any, report: Callable[..., None]) -> dict[str, Any]:
        found = super().run(root, attempt, report)
        at = signal.getsignal(signal.SIGTERM)
        return found | {"prepared": [*PREPARED], "process": os.getpid(), "term": at == signal.SIG_DFL}


def entries(tasks: list[Ready], root: Path, workers: int = 2) -> dict[str, dict[str, Any]]:
    return {entry.name: entry.counts for entry in LocalEngine(workers).run(tasks, root)}


def forked(root: Path) -> None:
    found = entries([Ready(n, "meet") for n in range(4)], root)
    assert len(found) == 4
    assert all({*counts["prepared"]} == {os.getpid()} and counts["term"] for counts in found.values())
    assert len({counts["process"] for counts in found.values()} - {os.getpid()}) == 2


def spawned_beside_a_thread(root: Path) -> None:
    stays = threading.Event()
    thread = threading.Thread(target=stays.wait)
    thread.start()
    found = entries([Ready(n) for n in range(2)], root)
    assert [counts["prepared"] for counts in found.values()] == [[], []]
    stays.set()
    thread.join()


def not_prepared(root: Path) -> None:
    found = entries([Ready(n, "cannot_prepare") for n in range(2)], root)
    assert [counts["prepared"] for counts in found.values()] == [[], []]


def dead_workers(root: Path) -> None:
    found = entries([Ready(0, "die_once"), Ready(1), Ready(2, "die")], root)
    assert (root / "tries-0").read_text() == "xx" and "died" in found["toy-2"]["why"]


def hanging(root: Path) -> None:
    """Says when both workers are busy; whoever has started it kills it."""
    with RunFolder(root / "run", {"of": "this"}), LocalEngine(2) as engine:
        tasks = [Ready(n, "hang") for n in range(2)]
        busy: set[str] = set()

        def note(progress: Progress) -> None:
            busy.add(progress.name)
            if len(busy) == 2:
                workers = [str(worker.process.pid) for worker in engine._workers]
                write_whole(root / "workers", " ".join(workers).encode())

        list(engine.run(tasks, root / "run", note))


def one_ends_before_the_other(root: Path) -> None:
    """The first worker sees the end of its pipe, of which the second must have no copy."""
    with LocalEngine(2) as engine:
        list(engine.run([Ready(n, "meet") for n in range(2)], root))
        first, second = (worker for worker in engine._workers)
        first.pipe.close()
        wait_for(lambda: not first.process.is_alive())
        assert second.process.is_alive()


if __name__ == "__main__":
    globals()[sys.argv[1]](Path(sys.argv[2]))
