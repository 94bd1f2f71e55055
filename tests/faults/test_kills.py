"""Killed without warning: the driver at many points, its workers one by one and again and again."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpusmill.pipeline.engines.engine import MAX_TRIES
from corpusmill.pipeline.engines.local import LocalEngine
from corpusmill.store.commit import Attempt
from tests.faults.processes import Run, started
from tests.faults.running import REPOSITORY, assert_sound
from tests.pipeline.toy_tasks import Toy

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="sees processes through /proc")

Event = Callable[[Run], bool]


def after_files(count: int) -> Event:
    """As soon as tasks have begun so many files at once, or begun any after the first ledger line."""
    return lambda run: len(run.attempted()) >= count or (run.recorded() > 0 and bool(run.attempted()))


def after_lines(count: int) -> Event:
    return lambda run: run.recorded() >= count


def kill_driver(run: Run, event: Event) -> None:
    """Kills the driver alone: its workers and their extractors must notice by themselves."""
    run.until(lambda: event(run))
    run.process.kill()
    assert run.end() in (-signal.SIGKILL, 0)  # 0: it was done before the signal came


EVENTS = {
    "a worker starts": lambda run: bool(run.workers()),
    "the third file": after_files(3),
    "the last ledger line": after_lines(4),
}


@pytest.mark.parametrize("event", EVENTS)
def test_killed_driver_leaves_nobody_and_the_same_command_finishes(arguments, resumes, tmp_path: Path, event: str):
    out = tmp_path / "run"
    with started(arguments(out, "--workers", 2), out) as run:
        kill_driver(run, EVENTS[event])
    if event == "a worker starts":
        assert run.recorded() == 0
        assert not (out / "documents").exists(), "a worker went on without its driver"
    resumes(out)


def test_killed_while_it_selects_and_tokenizes(arguments, resumes, tmp_path: Path):
    out = tmp_path / "run"
    with started(arguments(out, "--workers", 2, recipe="demo"), out) as run:
        kill_driver(run, after_lines(7))
        assert not (out / "manifest.json").exists()
    resumes(out, "demo")


def test_a_worker_killed_once_costs_nothing(arguments, undisturbed, tmp_path: Path):
    """As by the kernel when memory is short: the task is done again, by another worker."""
    out = tmp_path / "run"
    with started(arguments(out, "--workers", 2), out) as run:
        run.until(run.attempted)
        victim = run.workers()[0]
        os.kill(victim, signal.SIGKILL)
        assert run.end() == 0, run.messages()
    assert (out / "manifest.json").read_bytes() == undisturbed()
    assert_sound(out)
    assert not list(out.glob(".attempt-*"))


def test_an_input_whose_workers_are_killed_is_counted_and_tried_again_next_time(arguments, resumes, tmp_path: Path):
    """After so many deaths the input is quarantined whole and the run goes on; the same command gives it another try."""
    out = tmp_path / "run"
    killed: set[int] = set()
    with started(arguments(out, "--workers", 1), out) as run:
        for _ in range(MAX_TRIES):
            run.until(lambda: set(run.workers()) - killed)
            run.until(run.attempted)
            [victim] = set(run.workers()) - killed
            os.kill(victim, signal.SIGKILL)
            killed.add(victim)
        assert run.end() == 3, run.messages()
    described = assert_sound(out)
    assert described["quarantined"] == {"worker_died": 1}
    assert [one["lost"] for one in described["inputs"] if "lost" in one] == ["worker_died"]
    assert not list(out.glob(".attempt-*"))
    resumes(out)


class Silent(Toy):
    """Reports nothing, so it does not notice that nobody listens."""

    def run(self, root: Path, attempt: Attempt, report: object) -> dict[str, Any]:
        (root / "orphan").touch()
        return {}


DRIVER_THAT_DIES_EARLY = """
import os, signal, sys
from pathlib import Path
from corpusmill.pipeline.engines import local
from tests.faults.test_kills import Silent

def give_and_die(worker, task, tries, root):
    os.kill(worker.process.pid, signal.SIGSTOP)
    give(worker, task, tries, root)
    print(worker.process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

give, local._give = local._give, give_and_die
list(local.LocalEngine(1).run([Silent(0)], Path(sys.argv[1])))
"""


def test_a_worker_whose_driver_died_while_it_started_does_nothing(tmp_path: Path):
    """It has a task in its pipe, and no signal will come: it could write into a folder that has another owner by now."""
    command = [sys.executable, "-c", DRIVER_THAT_DIES_EARLY, str(tmp_path)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE) as driver:
        assert driver.stdout is not None
        worker = Path("/proc") / driver.stdout.readline().decode().strip()
        assert driver.wait() == -signal.SIGKILL
        os.kill(int(worker.name), signal.SIGCONT)
        driver.stdout.read()  # the worker holds the other end while it lives
    assert list(tmp_path.iterdir()) == []


def test_an_idle_worker_that_was_killed_is_replaced(tmp_path: Path):
    engine = LocalEngine(1).run([Toy(0), Toy(1)], tmp_path)
    assert next(engine).name == "toy-0"
    [idle] = multiprocessing.active_children()
    idle.kill()
    idle.join()
    assert [entry.name for entry in engine] == ["toy-1"]
    assert (tmp_path / "tries-1").read_text() == "x"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100))
def test_killed_at_random_again_and_again(arguments, resumes, tmp_path: Path, seed: int):
    chance = random.Random(seed)
    out = tmp_path / "run"
    recipe = chance.choice(["keep-all", "demo"])
    for _ in range(chance.randint(1, 2)):
        count = chance.randrange(1, 30)
        event = chance.choice([EVENTS["a worker starts"], after_files(count), after_lines(count)])
        with started(arguments(out, "--workers", chance.randint(1, 3), recipe=recipe), out) as run:
            run.until(lambda run=run, event=event: event(run) or run.process.poll() is not None)
            run.process.kill()
            run.end()
    resumes(out, recipe)
