"""The local engine: results for any worker count, dead workers, errors, and nothing half-written."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpusmill.errors import EnvironmentFault
from corpusmill.pipeline.engine import MAX_TRIES, LocalEngine, TaskFailed
from corpusmill.pipeline.task import Progress
from tests.pipeline.toy_tasks import Toy


def run(tasks: list[Toy], root: Path, workers: int = 2) -> dict[str, object]:
    return {entry.name: entry.counts["why"] for entry in LocalEngine(workers).run(tasks, root)}


@pytest.mark.parametrize("workers", [1, 3])
def test_every_task_runs_once_whatever_the_number_of_workers(tmp_path: Path, workers: int):
    assert set(run([Toy(n) for n in range(5)], tmp_path, workers)) == {f"toy-{n}" for n in range(5)}
    assert {p.read_text() for p in tmp_path.glob("tries-*")} == {"x"}


def test_progress_reaches_the_driver(tmp_path: Path):
    seen: list[Progress] = []
    list(LocalEngine(1, seen.append).run([Toy(0)], tmp_path))
    assert seen == [Progress("toy-0", read=1)]


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
