"""Inputs: shards whatever the order, folders with lists beside archives, files that change or vanish."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpusmill.errors import InputRefused
from corpusmill.pipeline.input_file import InputFile
from corpusmill.pipeline.inputs import artifact_hashes, plan_documents, plan_pages
from corpusmill.pipeline.recipe import SignalParameters, load
from corpusmill.pipeline.task import perform

LINES = '{"text": "Some words of a document.", "id": "1"}\n'


@pytest.fixture
def archives(demo_crawl: Path) -> list[Path]:
    return sorted(demo_crawl.iterdir())


def test_shards_do_not_depend_on_the_order_of_the_inputs(archives: list[Path]):
    plans = {
        tuple((task.input.name, task.name) for task in plan_pages(load("keep-all"), order, None).tasks)
        for order in itertools.permutations(archives)
    }
    assert plans == {
        (
            ("demo-00000.warc.gz", "2024-22/0000"),
            ("demo-00001.warc.gz", "2024-22/0001"),
            ("demo-00002.warc.gz", "2024-22/0002"),
            ("demo-00003.warc.gz", "2024-38/0000"),
        )
    }


def test_lists_beside_archives_are_left_out_unless_named(archives: list[Path], tmp_path: Path):
    shutil.copy(archives[3], tmp_path)
    (tmp_path / "truth.jsonl").write_text(LINES)
    folder = plan_pages(load("keep-all"), [tmp_path], None)
    assert [task.input.name for task in folder.tasks] == [archives[3].name]
    assert folder.left_out == ["truth.jsonl"]
    named = plan_pages(load("keep-all"), [tmp_path / "truth.jsonl"], None)
    assert [task.input.name for task in named.tasks] == ["truth.jsonl"]
    assert named.left_out == []


@pytest.mark.parametrize("when", ["before", "while"])
@pytest.mark.parametrize("what", ["gone", "longer"])
def test_an_input_that_is_not_what_was_planned_is_quarantined_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str, what: str
):
    path = tmp_path / "a.jsonl"
    path.write_text(LINES * 5)
    (task,) = plan_pages(load("keep-all"), [path], None).tasks

    def disturb() -> None:
        path.unlink() if what == "gone" else path.write_text(LINES * 6)

    if when == "before":
        disturb()
    else:
        monkeypatch.setattr(InputFile, "changed", disturbed_after_first(InputFile.changed, disturb))
    entry = perform(task, tmp_path / "run", lambda progress: None)
    assert entry.counts["stages"][0] == {
        "stage": "read",
        "in": 1,
        "kept": 0,
        "dropped": {},
        "quarantined": {"input_changed": 1},
    }
    assert not (tmp_path / "run/documents").exists()
    fates = pq.read_table(tmp_path / f"run/pages/{task.name}.pages.parquet")
    assert fates["reason"].to_pylist() == ["input_changed"]


def disturbed_after_first(changed: Callable[[InputFile], bool], disturb: Callable[[], None]) -> object:
    """`changed`, with the disturbance right after its first answer: while the file is read."""
    calls = itertools.count()

    def answer(self: InputFile) -> bool:
        found = changed(self)
        if next(calls) == 0:
            disturb()
        return found

    return answer


def test_limit_counts_records_of_each_input(archives: list[Path], tmp_path: Path):
    task = plan_pages(load("keep-all"), [archives[0]], 40).tasks[0]
    entry = perform(task, tmp_path / "run", lambda progress: None)
    assert entry.counts["stages"][0]["in"] == 40


@pytest.mark.parametrize("name", ["2023-14/0000/en.json.gz", "2023-14/../x/en_head.json.gz", "en_head.json.gz"])
def test_documents_that_are_not_laid_out_by_key_are_refused(tmp_path: Path, name: str):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    with pytest.raises(InputRefused, match="is not a key"):
        plan_documents(tmp_path, SignalParameters())


def test_tables_made_of_lists_are_no_part_of_the_artifacts(tmp_path: Path):
    from corpusmill.signals.hashed_lists import listed

    path = tmp_path / "url_lists" / "domains.txt"
    path.parent.mkdir()
    path.write_text("example.org\n")
    before = artifact_hashes(SignalParameters(artifacts=str(tmp_path)))
    assert listed(path, pa.array(["example.org"])).tolist() == [1]
    assert len(list(path.parent.iterdir())) == 2
    assert artifact_hashes(SignalParameters(artifacts=str(tmp_path))) == before
