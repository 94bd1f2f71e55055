"""Tasks on a Ray cluster: plain Ray tasks of one processor each, over a file system that all nodes see.

Scheduling, placement and tries after the death of a worker or node are Ray's.

A driver that is killed leaves workers which Ray ends within seconds; until then they go on with what they have in
hand, even where a restart has taken the run folder over. They can do no harm: the attempts of a run of tasks lie in the
folder of its session, and whoever opens the run folder moves that away first (`store/commit.py`), so that nothing can
be renamed out of it any more. The same goes for workers that outlive an interrupt. Those of a node that was cut off,
while Ray has given their tasks to others, may commit as long as the session lasts: the bytes that the others write,
under the same names. Over NFS a worker may reach a moved file by its handle until it is deleted, which it is before the
new owner looks for files that nobody lists.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from corpusmill.errors import CorpusmillError, EnvironmentFault, Refused
from corpusmill.pipeline.engines.engine import AGAIN, MAX_TRIES, Say, TaskFailed, given_up, ignore
from corpusmill.pipeline.engines.local import cores
from corpusmill.pipeline.engines.ray_cluster import RayCluster, first_line, refuse_missing
from corpusmill.pipeline.engines.ray_worker import PROGRESS_SECONDS, Latest, perform_reporting
from corpusmill.pipeline.engines.stopping import Stopping
from corpusmill.pipeline.task import Progress, Report, Task
from corpusmill.store.commit import session_of
from corpusmill.store.ledger import Entry

_POLL_SECONDS = 0.5  # how long a signal may wait to be seen


@dataclass
class RayEngine:
    """Runs tasks on the cluster at `address` (default: RAY_ADDRESS), or on one of this machine for the occasion.

    At most `max_workers` tasks are handed to Ray at once; by default as many as the cluster has processors, at each
    moment. With more, a cluster that grows with demand grows. As a context manager it stays connected from run to run,
    so that the cluster keeps its workers for it; else it leaves with the run. Raises Refused without the package ray.
    """

    max_workers: int | None = None
    address: str | None = None
    _cluster: RayCluster | None = field(default=None, init=False)
    _latest: Any = field(default=None, init=False)  # handle of the actor `Latest`
    _asked: Any = field(default=None, init=False)  # reference of what it will answer
    _asked_seconds: float = field(default=0.0, init=False)
    _given: int = field(default=0, init=False)  # tasks so far, in all runs
    _keeps: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        refuse_missing()
        address = self.address or os.environ.get("RAY_ADDRESS")
        self.address = None if address in ("", "local") else address

    def __enter__(self) -> Self:
        self._keeps = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._keeps = False
        self._leave()

    def run(
        self, tasks: Sequence[Task], root: Path, progress: Report = ignore, say: Say = ignore
    ) -> Generator[Entry, None, None]:
        """See `Engine`. Raises Refused where a node does not see the run folder, or has other code."""
        if not tasks:
            return
        root = root.resolve()
        stopping = Stopping(say)
        waiting: deque[tuple[Task, int]] = deque((task, 0) for task in tasks)
        in_hand: dict[Any, _InHand] = {}
        with stopping.noting(), self._joined() as cluster, session_of(root) as session:
            try:
                _refuse_blind_nodes(cluster, session, tasks, stopping)
                perform = self._performing(cluster, root, session, progress is not ignore)
                while in_hand or (waiting and not stopping.wanted):
                    room = 0 if stopping.wanted or not waiting else (self.max_workers or cluster.cpus()) - len(in_hand)
                    for task, tries in [waiting.popleft() for _ in range(min(room, len(waiting)))]:
                        self._given += 1
                        in_hand[perform(self._given, task, tries)] = _InHand(self._given, task, tries)
                    ready, _ = cluster.ray.wait(list(in_hand), timeout=_POLL_SECONDS) if in_hand else ([], [])
                    if stopping.at_once:
                        break
                    for reference in ready:
                        done = in_hand.pop(reference)
                        received = _received(cluster, reference, done)
                        if isinstance(received, _InHand):
                            waiting.appendleft((received.task, received.tries))
                        else:
                            progress(received[1])
                            yield received[0]
                    self._show(cluster, progress, {one.number for one in in_hand.values()})
                stopping.end()
            finally:
                if in_hand and not cluster.stop(in_hand):
                    self._leave()

    @contextlib.contextmanager
    def _joined(self) -> Iterator[RayCluster]:
        if self._cluster is None:
            self._cluster = RayCluster(self.address, self.max_workers or cores())
        try:
            yield self._cluster
        finally:
            if not self._keeps:
                self._leave()

    def _leave(self) -> None:
        self._latest = self._asked = None
        if self._cluster is not None:
            self._cluster.close()
        self._cluster = None

    def _performing(
        self, cluster: RayCluster, root: Path, session: Path, reports: bool
    ) -> Callable[[int, Task, int], Any]:
        """How a task is given to Ray: by its number, with the tries that it has behind it."""
        if reports and self._latest is None:
            actor = cluster.ray.remote(num_cpus=0)(Latest)
            self._latest = actor.options(scheduling_strategy=cluster.here()).remote()
        latest = self._latest if reports else None
        remote = cluster.ray.remote(num_cpus=1)(perform_reporting)
        home = str(Path.cwd())

        def give(number: int, task: Task, tries: int) -> Any:
            more = max(MAX_TRIES - 1 - tries, 0)
            named = remote.options(max_retries=more, name=f"corpusmill {task.kind}")
            return named.remote(task, root, session, home, number, latest)

        return give

    def _show(self, cluster: RayCluster, progress: Report, running: set[int]) -> None:
        """Pass on what running tasks have reported, if the actor has answered; and ask it again, from time to time."""
        if self._latest is None:
            return
        try:
            if self._asked is not None and cluster.ray.wait([self._asked], timeout=0)[0]:
                for number, reported in cluster.ray.get(self._asked).items():
                    if number in running:
                        progress(reported)
                self._asked = None
            if self._asked is None and time.monotonic() - self._asked_seconds >= PROGRESS_SECONDS:
                self._asked, self._asked_seconds = self._latest.take.remote(), time.monotonic()
        except cluster.ray.exceptions.RayError:  # its node is gone; what a task did is told when it is done
            self._latest = self._asked = None


@dataclass(frozen=True)
class _InHand:
    number: int
    task: Task
    tries: int


def _received(cluster: RayCluster, reference: Any, given: _InHand) -> tuple[Entry, Progress] | _InHand:
    """The entry of a task and its last progress, or what to do where its workers died; raises what it raised."""
    task, errors = given.task, cluster.ray.exceptions
    deaths = (errors.WorkerCrashedError, errors.NodeDiedError, errors.OutOfMemoryError, errors.ObjectLostError)
    try:
        result, last = cluster.ray.get(reference)
    except deaths as error:
        tries = max(given.tries + 1, MAX_TRIES)  # Ray has made the others
        return _InHand(given.number, given_up(task, tries, _why(error)), tries)
    except errors.RayTaskError as error:
        raise TaskFailed(f"{task.kind} {task.name}: {error}") from error
    except errors.RayError as error:
        raise EnvironmentFault(f"{task.kind} {task.name}: Ray gave it up: {first_line(error)}; {AGAIN}") from error
    if isinstance(result, CorpusmillError):
        raise result
    return result, last


def _why(error: Exception) -> str:
    """What Ray knows of a death; the same words for the same kind."""
    return {
        "OutOfMemoryError": "its node was short of memory",
        "NodeDiedError": "its node died",
        "ObjectLostError": "its node died",
    }.get(type(error).__name__, "on the Ray cluster")


def _refuse_blind_nodes(cluster: RayCluster, session: Path, tasks: Sequence[Task], stopping: Stopping) -> None:
    """Raises Refused where a node cannot take part. The first input stands for all: they may be very many."""
    from corpusmill.pipeline.inputs import code_sha256

    first = getattr(getattr(tasks[0], "input", None), "path", None)
    asked = cluster.probes(session, [] if first is None else [first], code_sha256())
    complaints = []
    while asked and not stopping.at_once:
        for reference in cluster.ray.wait(list(asked), timeout=_POLL_SECONDS)[0]:
            node = asked.pop(reference)
            try:
                complaint = cluster.ray.get(reference)
            except cluster.ray.exceptions.RayTaskError as error:
                complaint = f"it cannot run corpusmill: {str(error).strip().splitlines()[-1]}"
            except cluster.ray.exceptions.RayError:
                complaint = ""  # it has gone since
            if complaint:
                complaints.append(f"Ray node {node}: {complaint}")
    if complaints:
        raise Refused("\n".join(sorted(complaints)[:5]))
