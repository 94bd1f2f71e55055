"""The CCNet row: paragraphs held against those of other inputs, perplexity, head, middle and tail."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import corpusmill
from corpusmill.cli.main import main
from corpusmill.errors import ModelRefused, RunRefused
from corpusmill.language.perplexity import Perplexity
from corpusmill.pipeline import runner
from corpusmill.pipeline.engines.local import LocalEngine
from corpusmill.store import manifest
from corpusmill.store.check import check
from tests.dedupe.test_paragraphs import left
from tests.faults.running import InProcessEngine

WORDS = {
    "en": "the house and a river of people who live near old stone walls in every town with water",
    "de": "das Haus und ein Fluss der Leute die bei alten Mauern wohnen in jeder Stadt mit viel Wasser",
}
COOKIES = "We use cookies to make this site better for you and for all of us."
FILES = 3


def sentence(choice: random.Random, language: str, noise: float) -> str:
    words = [choice.choice(WORDS[language].split()) for _ in range(choice.randrange(12, 20))]
    return " ".join(w if choice.random() > noise else w[::-1] for w in words) + "."


def documents(file: int) -> list[dict[str, Any]]:
    """Texts of 4 lines in two languages, ever noisier, with a line that all have, one repeated inside, and a blank."""
    choice = random.Random(file)
    rows = []
    for number in range(24):
        language = "de" if number % 3 == 0 else "en"
        lines = [sentence(choice, language, number / 60) for _ in range(4)]
        text = "\n".join([lines[0], COOKIES, "", *lines[1:], lines[0]])
        rows.append({"id": f"{file}-{number}", "text": text, "url": f"http://{language}.example/{file}/{number}"})
    return [*rows, {"id": f"{file}-short", "text": "Too short."}, {"id": f"{file}-copy", "text": rows[1]["text"]}]


@pytest.fixture(autouse=True, scope="module")
def in_process() -> Iterator[None]:
    """Six passes of three tasks each are quicker here than in six sets of processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("corpusmill.pipeline.engines.choose.LocalEngine", InProcessEngine)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ccnet")
    (folder / "input").mkdir()
    for file in range(FILES):
        lines = b"".join(orjson.dumps(row) + b"\n" for row in documents(file))
        (folder / "input" / f"{file}.jsonl").write_bytes(lines)
    for language in WORDS:
        choice = random.Random(language)
        text = folder / f"{language}.txt"
        text.write_text("\n".join(sentence(choice, language, 0) for _ in range(300)))
        train = ["train", "lm", "--language", language, "--text", text, "--vocabulary-size", "120", "--order", "3"]
        assert main([str(part) for part in [*train, "--out", folder / "models" / language]]) == 0
    return folder


def run(folder: Path, out: Path, workers: int = 1, *settings: str) -> dict[str, Any]:
    models = f"perplexity.models='{folder / 'models'}'"
    done = corpusmill.run("ccnet", [folder / "input"], out, workers=workers, settings=[models, *settings])
    return done.manifest


@pytest.fixture(scope="module")
def finished(folder: Path) -> Path:
    run(folder, folder / "run")
    return folder / "run"


def rows(run: Path, table: str) -> list[dict[str, Any]]:
    return [row for path in sorted((run / table).rglob("*.parquet")) for row in pq.read_table(path).to_pylist()]


def test_lines_are_those_that_are_left(finished: Path):
    expected = {}
    sources = [documents(file) for file in range(FILES)]
    long = [[row if len(row["text"]) >= 300 else {**row, "text": None} for row in source] for source in sources]
    kept = left([[row["text"] for row in source] for source in long])
    for source, ids in zip(long, kept, strict=True):
        expected |= {row["id"]: chosen for row, chosen in zip(source, ids, strict=True) if chosen}
    texts = {row["id"]: row["text"].split("\n") for source in sources for row in source}
    found = {row["record_id"]: row for row in rows(finished, "documents")}
    assert {key: row["line_ids"] for key, row in found.items()} == expected
    for key, row in found.items():
        lines = texts[key]
        assert row["raw_content"] == "\n".join(lines[n] for n in row["line_ids"])
        assert (row["nlines"], row["original_nlines"]) == (len(row["line_ids"]), len(lines))
        assert (row["length"], row["original_length"]) == (len(row["raw_content"]), len("\n".join(lines).encode()))


def test_every_document_is_accounted_for(finished: Path):
    described = manifest.read(finished)
    counts = {stage["stage"]: stage for stage in described["stages"]}
    # Both copies of a document go: of line 1 of each file and its copy nothing is left.
    assert counts["paragraphs"]["dropped"] == {"repeated_paragraphs": 2 * FILES, "short_text": FILES}
    assert described["read"] == described["kept"] + sum(described["dropped"].values())
    fates = {row["record_id"]: row["reason"] for row in rows(finished, "pages")}
    assert fates.keys() == {row["id"] for file in range(FILES) for row in documents(file)}
    assert (fates["0-1"], fates["0-copy"], fates["1-short"], fates["0-2"]) == (
        "repeated_paragraphs", "repeated_paragraphs", "short_text", None,
    )  # fmt: skip
    assert check(finished) == []


def test_buckets_follow_perplexity(folder: Path, finished: Path):
    found = rows(finished, "documents")
    for language in WORDS:
        own = [row for row in found if row["language"] == language]
        assert own
        texts = Perplexity(folder / "models", language).measure(pa.array([row["raw_content"] for row in own]))
        assert [row["perplexity"] for row in own] == texts.to_pylist()
        ranked = sorted(own, key=lambda row: row["perplexity"])
        buckets = [row["bucket"] for row in ranked]
        assert buckets == sorted(buckets, key=["head", "middle", "tail"].index)
        assert 0 < buckets.count("head") <= len(own) * 0.3
        assert buckets.count("head") + buckets.count("middle") <= len(own) * 0.6
    assert all(row["doc_id"].split("/")[2].startswith(f"{row['language']}_{row['bucket']}.") for row in found)
    signals = {path.name.split(".")[0] for path in (finished / "quality_signals").rglob("*.parquet")}
    assert {"en_head", "en_middle"} <= signals
    assert not any(name.endswith("_tail") for name in signals)  # RedPajama-V2 measures head and middle
    tail = sum(row["bucket"] == "tail" for row in found)
    assert corpusmill.open(finished).manifest["warnings"][0].startswith(f"{tail} documents of bucket tail")


def test_workers_change_nothing_and_a_second_run_has_nothing_to_do(
    folder: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("corpusmill.pipeline.engines.choose.LocalEngine", LocalEngine)
    expected = manifest.read(finished)
    assert run(folder, tmp_path / "two", 2) == expected
    before = (finished / "manifest.json").stat().st_mtime_ns
    assert run(folder, finished) == expected
    assert (finished / "manifest.json").stat().st_mtime_ns == before


def test_groups_see_only_their_own_inputs(folder: Path, tmp_path: Path):
    described = run(folder, tmp_path / "run", 1, "paragraphs.group_inputs=1")
    assert len([path for path in described["outputs"] if "group-" in path]) == FILES
    cookies = [row for row in rows(tmp_path / "run", "documents") if COOKIES in row["raw_content"]]
    assert not cookies  # each file repeats it


def test_ccnet_s_fixed_cutoffs(folder: Path, tmp_path: Path):
    run(folder, tmp_path / "run", 1, "perplexity.cutoffs='ccnet'")
    for row in rows(tmp_path / "run", "documents"):
        below = {"en": 340, "de": 370}.get(row["language"])
        if below is None:
            assert (row["bucket"], row["perplexity"]) == ("all", None)
        else:
            assert (row["bucket"] == "head") == (row["perplexity"] < below)


def test_models_that_are_missing_damaged_or_swapped_are_refused_before_work(
    folder: Path, finished: Path, tmp_path: Path
):
    with pytest.raises(ModelRefused, match="holds no language model"):
        corpusmill.run("ccnet", [folder / "input"], tmp_path / "a", settings=["perplexity.models='nowhere'"])
    shutil.copytree(folder / "models", tmp_path / "models")
    damaged = tmp_path / "models" / "de" / "2-grams.arrow"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    settings = [f"perplexity.models='{tmp_path / 'models'}'"]
    with pytest.raises(ModelRefused, match=r"2-grams\.arrow is not the file"):
        corpusmill.run("ccnet", [folder / "input"], tmp_path / "a", settings=settings)
    assert not (tmp_path / "a").exists()
    shutil.rmtree(tmp_path / "models" / "de")
    shutil.copytree(tmp_path / "models" / "en", tmp_path / "models" / "de")
    with pytest.raises(RunRefused):
        corpusmill.run("ccnet", [folder / "input"], finished, settings=settings)


def test_an_input_that_was_lost_comes_back_and_changes_its_neighbours(folder: Path, finished: Path, tmp_path: Path):
    copy = tmp_path / "folder"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("run"))
    away, lost = copy / "away", copy / "input" / "1.jsonl"
    plan_pages = runner.plan_pages

    def planned_while_it_was_there(*arguments):
        plan = plan_pages(*arguments)
        lost.rename(away)
        return plan

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "plan_pages", planned_while_it_was_there)
        without = run(copy, tmp_path / "run")
    assert without["quarantined"] == {"input_changed": 1}
    away.rename(lost)
    again = run(copy, tmp_path / "run")
    expected = manifest.read(finished)
    assert again["outputs"] == expected["outputs"]
    assert again["stages"] == expected["stages"]
