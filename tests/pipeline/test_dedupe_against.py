"""Runs searched one after the other, each against those before it, have the clusters of one run of all."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import corpusmill
from corpusmill.cli.main import main
from corpusmill.store import layout

pytestmark = pytest.mark.usefixtures("tasks_here")

FILES = {"first": 3, "second": 2, "third": 1}
PAGES = 40

Clusters = dict[str, tuple[str, ...]]


def pages(number: int) -> Iterator[dict[str, str]]:
    """Texts from few sources, many changed a little, so that clusters span the runs, and grow together."""
    drawn = random.Random(number)
    for n in range(PAGES):
        source = drawn.randrange(25)
        words = [f"w{source * 100 + i}" for i in range(drawn.choice([12, 60, 60, 80]))]
        for _ in range(drawn.choice([0, 0, 1, 2, 4])):
            words[drawn.randrange(len(words))] = f"x{drawn.randrange(9)}"
        date = f"2024-0{1 + (number * 7 + n) % 9}-01T00:00:00Z"
        yield {"text": " ".join(words), "id": f"{number}-{n}", "date_download": date}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs `first`, `second` and `third` of three, two and one file, and `joint` of all six."""
    folder = tmp_path_factory.mktemp("against")
    number, every = 0, []
    for name, files in FILES.items():
        inputs = []
        for _ in range(files):
            path = folder / f"{number}.jsonl"
            path.write_text("".join(json.dumps(page) + "\n" for page in pages(number)))
            inputs.append(path)
            number += 1
        every += inputs
        corpusmill.run("keep-all", inputs, folder / name, settings=["language.threshold=0"], workers=1)
    corpusmill.run("keep-all", every, folder / "joint", settings=["language.threshold=0"], workers=1)
    return folder


@pytest.fixture
def folder(runs: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(runs, tmp_path / "runs"))


def dedupe(run: Path, *options: object) -> int:
    return main(["dedupe", str(run), "--name", "d", "--workers", "1", *map(str, options)])


def names(run: Path) -> dict[str, str]:
    table = corpusmill.open(run).documents.to_table(columns=["doc_id", "record_id"])
    return dict(zip(table["doc_id"].to_pylist(), table["record_id"].to_pylist(), strict=True))


def by_survivor(of_document: dict[str, str]) -> Clusters:
    """Survivor → all of its cluster."""
    found: dict[str, list[str]] = {}
    for name, survivor in of_document.items():
        found.setdefault(survivor, []).append(name)
    return {survivor: tuple(sorted(members)) for survivor, members in found.items()}


def told(folder: Path, order: list[str]) -> dict[str, str]:
    """Document → survivor, by the clusters of each run and what later ones say has changed, by the pages' own names."""
    known = [names(folder / name) for name in order]
    found: dict[str, str] = {}
    for place, name in enumerate(order):
        for row in corpusmill.open(folder / name).clusters("d").to_table().to_pylist():
            where = place if row["earlier"] is None else row["earlier"]
            found[known[place][row["doc_id"]]] = known[where][row["cluster"]]
        changes = folder / name / layout.changes("d")
        for row in pq.read_table(changes).to_pylist() if changes.exists() else ():
            document = known[row["earlier"]][row["doc_id"]]
            before = found.pop(document, None)
            assert row["was"] == ("alone" if before is None else "stays" if before == document else "duplicate")
            if row["now"] != "alone":
                where = place if row["cluster_earlier"] is None else row["cluster_earlier"]
                found[document] = known[where][row["cluster"]]
                assert (row["now"] == "stays") == (found[document] == document)
    return found


METHODS: list[list[object]] = [
    ["--method", "exact"],
    ["--method", "minhash"],
    ["--method", "minhash", "--keep", "newest"],
    ["--method", "minhash", "--keep", "longest", "--verify", "0.6"],
    ["--method", "minhash", "--similarity", "0.7"],
    ["--method", "minhash", "--similarity", "0.8", "--keep", "longest"],
]


@pytest.mark.parametrize("method", METHODS, ids=" ".join)
def test_the_clusters_of_one_run_of_all(folder: Path, method: list[object]):
    assert dedupe(folder / "joint", *method) == 0
    known = names(folder / "joint")
    rows = corpusmill.open(folder / "joint").clusters("d").to_table().to_pylist()
    expected = {known[row["doc_id"]]: known[row["cluster"]] for row in rows}
    assert len(set(expected.values())) > 10
    assert dedupe(folder / "first", *method) == 0
    before = by_survivor(told(folder, ["first"]))
    assert dedupe(folder / "second", *method, "--against", folder / "first") == 0
    assert dedupe(folder / "third", *method, "--against", folder / "first", folder / "second") == 0
    assert by_survivor(told(folder, list(FILES))) == by_survivor(expected)
    assert before != by_survivor(told(folder, list(FILES)))
    for name in FILES:
        assert main(["check", str(folder / name)]) == 0
        assert not (folder / name / layout.WORK).exists()


def test_first_seen_stays(folder: Path):
    assert dedupe(folder / "first", "--method", "exact") == 0
    assert dedupe(folder / "second", "--method", "exact", "--against", folder / "first") == 0
    changes = pq.read_table(folder / "second" / layout.changes("d")).to_pylist()
    assert {(row["was"], row["now"]) for row in changes} == {("alone", "stays")}
    counted = corpusmill.open(folder / "second").manifest["duplicates"]["d"]
    assert counted["changes"] == {"alone → stays": len(changes)}


def test_earlier_runs_are_only_read(folder: Path):
    assert dedupe(folder / "first", "--method", "minhash") == 0
    before = {path: path.read_bytes() for path in (folder / "first").rglob("*") if path.is_file()}
    assert dedupe(folder / "second", "--method", "minhash", "--against", folder / "first") == 0
    assert {path: path.read_bytes() for path in (folder / "first").rglob("*") if path.is_file()} == before


def test_memory_and_repetition_change_nothing(folder: Path, tmp_path: Path):
    assert dedupe(folder / "first", "--method", "minhash") == 0
    other = Path(shutil.copytree(folder / "second", tmp_path / "other"))
    for run, memory in ((folder / "second", "1GiB"), (other, "16MiB")):
        assert dedupe(run, "--method", "minhash", "--against", folder / "first", "--memory", memory) == 0
    assert (folder / "second" / "manifest.json").read_bytes() == (other / "manifest.json").read_bytes()
    assert dedupe(other, "--method", "minhash", "--against", folder / "first") == 0
    assert dedupe(other, "--method", "minhash") == 2  # found otherwise


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--against", "third"], "third has no duplicates 'd' to go on from"),
        (["--against", "first", "--verify", "0.7"], "was searched with bands = [20, 5], not [28, 4]"),
        (["--against", "second"], "went on from 1 earlier runs, which must stand before it"),
        (["--against", "first", "bare"], "bare has no index of 'd'"),
        (["--against", "nowhere"], "nowhere is not a run folder"),
    ],
)
def test_runs_that_cannot_be_gone_on_from(
    folder: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
):
    shutil.copytree(folder / "second", folder / "bare")
    assert dedupe(folder / "first", "--method", "minhash") == 0
    assert dedupe(folder / "second", "--method", "minhash", "--against", folder / "first") == 0
    assert dedupe(folder / "bare", "--method", "minhash", "--against", folder / "first", "--no-index") == 0
    assert not (folder / "bare" / "clusters" / "d" / "index").exists()
    named: list[Any] = [option if option[0] in "-0" else folder / option for option in options]
    assert dedupe(folder / "third", "--method", "minhash", *named) == 2
    assert said in capsys.readouterr().err
