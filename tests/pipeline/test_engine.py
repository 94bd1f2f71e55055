"""The local engine: results for any worker count, warm workers, dead workers, errors, and nothing half-written."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from pathlib import Path

import pytest

from corpusmill.errors import EnvironmentFault, Terminated
from corpusmill.pipeline.engines.engine import MAX_TRIES, TaskFailed
from corpusmill.pipeline.engines.local import LocalEngine
from corpusmill.pipeline.task import Progress
from tests.pipeline.toy_tasks import Toy


def run(tasks: list[Toy], root: Path, workers: int = 2) -> dict[str, object]:
    return {entry.name: entry.counts["why"] for entry in LocalEngine(workers).run(tasks, root)}


@pytest.fixture(autouse=True)
def nobody_is_left():
    yield
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("workers", [1, 3])
def test_every_task_runs_once_whatever_the_number_of_workers(tmp_path: Path, workers: int):
    assert set(run([Toy(n) for n in range(5)], tmp_path, workers)) == {f"toy-{n}" for n in range(5)}
    assert {p.read_text() for p in tmp_path.glob("tries-*")} == {"x"}


def test_progress_reaches_the_driver(tmp_path: Path):
    seen: list[Progress] = []
    list(LocalEngine(1).run([Toy(0)], tmp_path, seen.append))
    assert seen == [Progress("toy-0", read=1)]


def test_workers_stay_from_run_to_run_until_the_engine_is_left(tmp_path: Path):
    workers: list[set[int | None]] = []
    with LocalEngine(2) as engine:
        for number in range(3):
            tasks = [Toy(10 * number + n, "say_who") for n in range(3)]
            found = {int(entry.counts["why"]) for entry in engine.run(tasks, tmp_path)}
            workers.append({child.pid for child in multiprocessing.active_children()})
            assert found <= workers[-1]
    assert workers[0] == workers[1] == workers[2]
    assert len(workers[0]) == 2


def test_no_worker_is_started_without_work(tmp_path: Path):
    with LocalEngine(2) as engine:
        assert list(engine.run([], tmp_path)) == []
        assert multiprocessing.active_children() == []
        list(engine.run([Toy(0)], tmp_path))
        assert len(multiprocessing.active_children()) == 1


def test_a_worker_that_dies_between_two_runs_is_replaced(tmp_path: Path):
    with LocalEngine(1) as engine:
        list(engine.run([Toy(0)], tmp_path))
        [idle] = multiprocessing.active_children()
        idle.kill()
        idle.join()
        assert [entry.name for entry in engine.run([Toy(1)], tmp_path)] == ["toy-1"]
    assert (tmp_path / "tries-1").read_text() == "x"


def test_a_failed_run_leaves_no_busy_worker_to_the_next(tmp_path: Path):
    with LocalEngine(2) as engine:
        with pytest.raises(TaskFailed):
            list(engine.run([Toy(0, "hang"), Toy(1, "raise")], tmp_path))
        assert multiprocessing.active_children() == []
        assert [entry.name for entry in engine.run([Toy(2)], tmp_path)] == ["toy-2"]


def test_a_run_that_its_caller_leaves_early_ends_what_runs(tmp_path: Path):
    with LocalEngine(2) as engine:
        entries = engine.run([Toy(0), Toy(1, "hang")], tmp_path)
        assert next(entries).name == "toy-0"
        entries.close()
        assert multiprocessing.active_children() == []


def test_an_interrupted_run_leaves_no_busy_worker_and_the_signals_as_they_were(tmp_path: Path):
    before = signal.getsignal(signal.SIGTERM)

    def terminate(progress: Progress) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    with LocalEngine(1) as engine:
        with pytest.raises(Terminated, match="stopped at once"):
            list(engine.run([Toy(0, "hang"), Toy(1)], tmp_path, terminate))
        assert multiprocessing.active_children() == []
        assert signal.getsignal(signal.SIGTERM) is before
        assert [entry.name for entry in engine.run([Toy(2)], tmp_path)] == ["toy-2"]
    assert not (tmp_path / "tries-1").exists()


def test_from_another_thread(tmp_path: Path):
    found: list[str] = []

    def work() -> None:
        with LocalEngine(1) as engine:
            found.extend(entry.name for entry in engine.run([Toy(0)], tmp_path))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == ["toy-0"]


def test_a_worker_that_dies_costs_one_try(tmp_path: Path):
    assert run([Toy(0, "die_once"), Toy(1)], tmp_path) == {"toy-0": None, "toy-1": None}
    assert (tmp_path / "tries-0").read_text() == "xx"


def test_a_worker_that_always_dies_is_given_up_with_the_reason(tmp_path: Path):
    found = run([Toy(0, "die"), Toy(1)], tmp_path)
    assert found == {"toy-0": f"its worker died {MAX_TRIES} times (signal 9)", "toy-1": None}
    assert not (tmp_path / "documents/half").exists()


def test_a_mistake_of_ours_is_raised_with_its_traceback(tmp_path: Path):
    with pytest.raises(TaskFailed, match=r"(?s)toy-0.*a mistake of ours.*toy_tasks.py"):
        run([Toy(0, "raise")], tmp_path)


def test_a_full_disk_is_the_environments_fault(tmp_path: Path):
    with pytest.raises(EnvironmentFault, match="No space left on device"):
        run([Toy(0, "disk_full")], tmp_path)
