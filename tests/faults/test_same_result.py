"""The same bytes whatever the machine around is like: locale, time zone, hash seed, folder, order, workers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.processes import started

AROUND = [
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"},
    {"LC_ALL": "POSIX", "TZ": "America/St_Johns", "PYTHONHASHSEED": "4242", "COLUMNS": "20"},
]


@pytest.mark.parametrize(("recipe", "workers", "around"), [("keep-all", 1, 0), ("demo", 3, 1)])
def test_the_machine_around(
    arguments, undisturbed, demo_crawl: Path, tmp_path: Path, recipe: str, workers: int, around: int
):
    """From another working directory, with the inputs one by one in another order."""
    files = sorted(demo_crawl.glob("*.warc.gz"), reverse=True)
    inputs = [os.path.relpath(path, tmp_path) for path in (*files[1:], files[0])]
    command = arguments(Path("run"), "--workers", workers, recipe=recipe, inputs=inputs)
    with started(command, tmp_path / "run", cwd=tmp_path, env=os.environ | AROUND[around]) as run:
        assert run.end() == 0, run.messages()
    assert (tmp_path / "run" / "manifest.json").read_bytes() == undisturbed(recipe)


def test_paths_written_otherwise_are_the_same_run(
    arguments, here, undisturbed, demo_crawl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A run that is resumed from elsewhere does nothing twice, and counts nothing twice."""
    files = sorted(demo_crawl.glob("*.warc.gz"))
    out = tmp_path / "run"
    monkeypatch.chdir(demo_crawl.parent)
    for inputs in (["crawl"], [demo_crawl], files, [f"crawl/../crawl/{path.name}" for path in reversed(files)]):
        code, said = here(arguments(out, inputs=inputs))
        assert code == 0, said
        assert (out / "manifest.json").read_bytes() == undisturbed()
        assert (out / "ledger.jsonl").read_bytes().count(b"\n") == len(files)
    assert "nothing was left to do" in said
