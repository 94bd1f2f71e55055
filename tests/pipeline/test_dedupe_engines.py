"""Deduplication on real workers, local and of a Ray cluster of two nodes, each killed once in every task."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

import corpusmill
from corpusmill.pipeline.dedupe.clusters.parameters import DedupeParameters
from corpusmill.pipeline.dedupe.clusters.search import prepare
from corpusmill.pipeline.dedupe.resources import Resources
from corpusmill.pipeline.engines.engine import Engine, Say
from corpusmill.pipeline.engines.local import LocalEngine
from corpusmill.pipeline.engines.ray import RayEngine
from corpusmill.pipeline.runner import Runner
from corpusmill.pipeline.task import Report, Task, task_hash
from corpusmill.store.commit import Attempt
from corpusmill.store.ledger import Entry
from tests.faults.running import InProcessEngine
from tests.pipeline.test_engine_ray import address  # noqa: F401

NEAR = DedupeParameters("minhash", keep="longest")


@dataclass(frozen=True)
class DiesOnce:
    """A task whose first worker is killed when all is written and nothing committed."""

    task: Task
    died: str  # folder of marks

    @property
    def kind(self) -> str:
        return self.task.kind

    @property
    def name(self) -> str:
        return self.task.name

    def depends_on(self) -> dict[str, Any]:
        return self.task.depends_on()

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        counts = self.task.run(root, attempt, report)
        mark = Path(self.died) / f"{self.kind}-{task_hash(self.task)}"
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return counts


@dataclass
class KillingEngine:
    """Runs tasks that die once on another engine."""

    engine: Engine
    died: Path

    def __enter__(self) -> Self:
        self.engine.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        self.engine.__exit__(*raised)

    def run(self, tasks: Sequence[Task], root: Path, progress: Report, say: Say) -> Generator[Entry, None, None]:
        yield from self.engine.run([DiesOnce(task, str(self.died)) for task in tasks], root, progress, say)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("engines")
    drawn = random.Random(2)
    for part in range(3):
        lines = []
        for n in range(25):
            words = [
                f"w{drawn.randrange(9)}x{i}" if i == 5 else f"v{drawn.randrange(4) if i == 0 else 0}y{i}"
                for i in range(40)
            ]
            lines.append(json.dumps({"text": " ".join(words), "id": f"{part}-{n}"}) + "\n")
        (folder / f"{part}.jsonl").write_text("".join(lines))
    inputs = sorted(folder.glob("*.jsonl"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("corpusmill.pipeline.engines.choose.LocalEngine", InProcessEngine)
        corpusmill.run("keep-all", inputs, folder / "run", settings=["language.threshold=1"], workers=1)
    return folder / "run"


def dedupe(run: Path, engine: Engine) -> dict[str, Any]:
    """The manifest afterwards."""
    runner = Runner(engine, quiet=True)
    with runner.opened(run) as folder:
        runner.dedupe(folder, prepare(folder, "near", NEAR, Resources()))
        return runner.finish(folder, False).manifest


@pytest.mark.parametrize("where", ["local", "ray"])
def test_every_worker_killed_once(
    made: Path,
    where: str,
    address: str,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    expected = dedupe(Path(shutil.copytree(made, tmp_path / "expected")), InProcessEngine(1))
    assert expected["duplicates"]["near"]["duplicates"] > 5
    monkeypatch.setattr("corpusmill.pipeline.dedupe.parts.PART_DOCUMENTS", 25)
    monkeypatch.setattr("corpusmill.dedupe.partitions.TABLE_BYTES", 30_000)
    died = tmp_path / "died"
    died.mkdir()
    engine: Engine = LocalEngine(2) if where == "local" else RayEngine(None, address)
    found = dedupe(Path(shutil.copytree(made, tmp_path / "found")), KillingEngine(engine, died))
    assert found == expected
    kinds = {mark.name.partition("-")[0] for mark in died.iterdir()}
    passes = ("keys", "pairs", "candidates", "members", "decided", "clusters", "index")
    assert kinds == {"dedupe", *(f"dedupe_{name}" for name in passes)}
    assert len([mark for mark in died.iterdir() if mark.name.startswith("dedupe_keys")]) == 3
