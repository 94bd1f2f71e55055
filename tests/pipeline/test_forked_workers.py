"""Workers that are forked from a driver that has prepared: they have what it has, and do not outlive it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from corpusmill.store import layout
from corpusmill.store.folder import RunFolder
from tests.pipeline.toy_tasks import wait_for

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux alone")


def started(name: str, root: Path) -> subprocess.Popen[bytes]:
    alone = os.environ | {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
    command = [sys.executable, "-m", "tests.pipeline.prepared_tasks", name, str(root)]
    return subprocess.Popen(command, cwd=ROOT, env=alone)


@pytest.mark.parametrize(
    "name", ["forked", "spawned_beside_a_thread", "not_prepared", "dead_workers", "one_ends_before_the_other"]
)
def test_in_a_process_of_its_own(tmp_path: Path, name: str):
    assert started(name, tmp_path).wait() == 0


def test_a_killed_driver_leaves_no_worker_and_no_lock(tmp_path: Path):
    driver = started("hanging", tmp_path)
    wait_for((tmp_path / "workers").exists)
    workers = [Path(f"/proc/{number}") for number in (tmp_path / "workers").read_text().split()]
    assert len(workers) == 2
    held = [file.resolve().name for worker in workers for file in (worker / "fd").iterdir()]
    assert layout.LOCK not in held
    driver.kill()
    driver.wait()
    with RunFolder(tmp_path / "run", {"of": "this"}):
        pass
    wait_for(lambda: not any(worker.exists() for worker in workers))
