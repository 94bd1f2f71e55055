"""Bloom duplicates of a run: which documents, in which order; filters saved, gone on with, overfull, refused."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import corpusmill
from corpusmill.api import annotate_documents
from corpusmill.dedupe.bloom.filter import BloomFilter
from corpusmill.dedupe.bloom.parameters import BloomParameters
from corpusmill.errors import ModelRefused, RecipeError, RunRefused
from corpusmill.keys import Key
from corpusmill.pipeline.dedupe.bloom.mark import prepare_bloom
from corpusmill.pipeline.dedupe.bloom.search import BloomSearch
from corpusmill.pipeline.dedupe.bloom.tables import Tables
from corpusmill.pipeline.runner import Runner
from corpusmill.schema import DOCUMENTS, DUPLICATE_SPANS, batch_of
from corpusmill.store.check import check
from corpusmill.store.commit import Attempt
from corpusmill.store.tables import write_table
from tests.faults.running import InProcessEngine

P = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
Q = "quite another paragraph with as many words as it takes to make a few n-grams of it"
PAGES: dict[str, list[tuple[str, str]]] = {  # (digest, text) of each document of a key
    "2023-14/0001/en_head": [("A", P), ("B", f"own words here\n{P}")],
    "2023-14/0000/en_middle": [("C", f"{P}\n{Q}"), ("A", "x")],
    "2023-14/0000/de_head": [("B", "ä"), ("A", Q)],
    "2023-14/0000/en_tail": [("D", P), ("E", P)],
    "2022-05/0000/en_head": [("D", P), ("C", f"{Q}!")],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_of(PAGES, tmp_path_factory.mktemp("bloom"))


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "run"))


def run_of(pages: dict[str, list[tuple[str, str]]], folder: Path) -> Path:
    for key, rows in pages.items():
        path = folder / "documents" / f"{key}.json.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(path, "wt") as file:
            for digest, text in rows:
                file.write(json.dumps(record(Key.parse(key), digest, text)) + "\n")
    annotate_documents(folder / "documents", folder / "run", workers=1)
    return folder / "run"


def record(key: Key, digest: str, text: str) -> dict[str, Any]:
    return {
        "url": "http://a.org/",
        "date_download": "2023-01-01T00:00:00Z",
        "digest": f"sha1:{digest}",
        "length": len(text),
        "nlines": text.count("\n") + 1,
        "source_domain": "a.org",
        "title": "t",
        "raw_content": text,
        "cc_segment": "s",
        "original_nlines": 1,
        "original_length": 1,
        "line_ids": [0],
        "language": key.language,
        "language_score": 1.0,
        "perplexity": 1.0,
        "bucket": key.bucket,
    }


def bloom(run: Path, name: str = "d", over: str = "digest", **options: Any) -> dict[str, Any]:
    """The manifest's entry."""
    runner = Runner(InProcessEngine(1), quiet=True)
    with runner.opened(run) as folder:
        task = prepare_bloom(folder, name, BloomSearch(over, **options))
        found: dict[str, Any] = runner.finish(folder, runner.bloom(folder, task)).manifest["duplicates"][name]
    return found


def scores(run: Path, column: str) -> dict[str, list[float]]:
    """By key."""
    found: dict[str, list[float]] = {}
    for row in corpusmill.open(run).scores(column).to_table().to_pylist():
        found.setdefault(row["doc_id"].rpartition(".json.gz/")[0], []).append(row["score"])
    return found


def test_digests_the_newest_snapshot_first_without_the_tail(run: Path):
    found = bloom(run)
    assert scores(run, "d_duplicate") == {
        "2023-14/0000/de_head": [0, 0],
        "2023-14/0000/en_middle": [0, 1],
        "2023-14/0001/en_head": [1, 1],
        "2022-05/0000/en_head": [0, 1],
    }
    assert (found["documents"], found["duplicates"], found["not_compared"]) == (8, 4, 0)
    assert found["languages"] == {"de": [2, 0], "en": [6, 4]}
    assert (found["filter"]["capacity"], found["filter"]["keys"]) == (8, 4)
    every = corpusmill.open(run).duplicates_of("d").to_table()
    assert corpusmill.open(run).duplicates.to_table() == every
    rows = [row for row in every.to_pylist() if "/0001/" in row["shard_id"]]
    shard = "2023-14/0001/en_head.json.gz"
    assert rows == [{"shard_id": shard, "doc_id": f"{shard}/{n}", "digest": d} for n, d in enumerate("AB")]
    assert not (run / "duplicates/d/2023-14/0000/en_tail.duplicates.parquet").exists()
    assert check(run) == []


def test_documents_in_the_order_of_keys(run: Path):
    found = bloom(run, over="document")
    assert scores(run, "d_duplicate") == {
        "2022-05/0000/en_head": [0, 0],
        "2023-14/0000/de_head": [0, 0],
        "2023-14/0000/en_middle": [0, 0],
        "2023-14/0000/en_tail": [1, 1],
        "2023-14/0001/en_head": [1, 0],
    }
    assert found["duplicates"] == 3
    assert bloom(run, "u", "document", key="url")["duplicates"] == 9, "one address for all"


def test_paragraphs(run: Path):
    found = bloom(run, over="paragraph", capacity=1000)
    both = f"{P}\n{Q}"
    assert scores(run, "d_duplicate_fraction") == {
        "2022-05/0000/en_head": [0, 0],
        "2023-14/0000/de_head": [0, 0],
        "2023-14/0000/en_middle": [1, 0],
        "2023-14/0000/en_tail": [1, 1],
        "2023-14/0001/en_head": [1, len(P) / len(f"own words here\n{P}")],
    }
    table = pq.read_table(run / "duplicate_spans/d/2023-14/0000/en_middle.spans.parquet")
    assert table.schema.equals(DUPLICATE_SPANS)
    spans = [{"start": 0, "end": len(P) + 1}, {"start": len(P) + 1, "end": len(both)}]
    assert [row["spans"] for row in table.to_pylist()] == [spans, []]
    assert (found["spans"], found["duplicates"], found["not_compared"]) == (6, 5, 0)


def test_ngrams(run: Path):
    found = bloom(run, over="ngram", capacity=1000)
    fractions = scores(run, "d_duplicate_fraction")
    assert fractions["2022-05/0000/en_head"] == [0, 0]
    assert fractions["2023-14/0000/de_head"] == [0, 1], "without its last mark"
    assert fractions["2023-14/0000/en_middle"] == [1, 0], "no n-gram of nothing"
    assert fractions["2023-14/0001/en_head"] == [1, 1], "the paragraph of three words has no n-gram"
    table = corpusmill.open(run).duplicate_spans("d").to_table()
    rows = [row for row in table.to_pylist() if "/0001/" in row["doc_id"]]
    assert [row["spans"] for row in rows] == [[{"start": 0, "end": len(P)}], [{"start": 14, "end": 15 + len(P)}]]
    assert [(row["repeated"], row["total"]) for row in rows] == [(2, 2), (2, 2)]
    assert found["ngram_words"] == 13


def test_the_next_snapshot_goes_on(made: Path, run: Path, tmp_path: Path):
    """Two runs with a filter handed over mark what one run over both does."""
    new = {key: rows for key, rows in PAGES.items() if key.startswith("2023")}
    old = {key: rows for key, rows in PAGES.items() if key.startswith("2022")}
    first, second = run_of(new, tmp_path / "new"), run_of(old, tmp_path / "old")
    bloom(run, capacity=100)
    bloom(first, capacity=100)
    saved = first / "filters/d.bloom"
    found = bloom(second, saved=saved)
    assert found["filter"]["capacity"] == 100
    assert found["filter"]["begun_with"] is not None
    assert scores(first, "d_duplicate") | scores(second, "d_duplicate") == scores(run, "d_duplicate")
    assert (second / "filters/d.bloom").read_bytes() == (run / "filters/d.bloom").read_bytes()
    assert bloom(second, saved=saved) == found, "done already"
    saved.rename(tmp_path / "moved.bloom")
    assert bloom(second, saved=tmp_path / "moved.bloom") == found, "a filter is known by its content"


def test_saved_filters_that_do_not_fit(run: Path, tmp_path: Path):
    bloom(run, "first", capacity=100)
    saved, before = run / "filters/first.bloom", (run / "manifest.json").read_bytes()
    with pytest.raises(ModelRefused, match="is a filter of keys 'digest'; wanted 'ngram 13 words'"):
        bloom(run, over="ngram", saved=saved)
    with pytest.raises(RecipeError, match=r"was made with --capacity 100 --error-rate .*; leave these out"):
        bloom(run, capacity=200, saved=saved)
    with pytest.raises(RecipeError, match="leave these out"):
        bloom(run, error_rate=0.1, saved=saved)
    with pytest.raises(ModelRefused, match=r"none\.bloom cannot be read"):
        bloom(run, saved=tmp_path / "none.bloom")
    cut = tmp_path / "cut.bloom"
    cut.write_bytes(saved.read_bytes()[:-1])
    with pytest.raises(ModelRefused, match=r"cut\.bloom is damaged: 1 bytes are missing"):
        bloom(run, saved=cut)
    assert (run / "manifest.json").read_bytes() == before
    assert bloom(run, capacity=100, error_rate=1e-6, saved=saved)["duplicates"] == 8


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"over": "lines"}, "over 'lines' is unknown; wanted one of digest, document, paragraph, ngram"),
        ({"over": "document", "key": "title"}, "key 'title' is unknown"),
        ({"over": "ngram"}, "how many different 13-grams there are is not known beforehand; give --capacity N"),
        ({"over": "paragraph"}, "how many different paragraphs"),
        ({"capacity": 0}, "capacity 0"),
        ({"error_rate": 2.0}, "error rate 2"),
        (
            {"capacity": 10**9, "error_rate": 0.01},
            r"takes 1,239,\d\d\d,\d\d\d bytes, 1,073,741,824 are given; say --memory 1183MiB",
        ),
    ],
)
def test_mistakes(run: Path, options: dict[str, Any], said: str):
    with pytest.raises(RecipeError, match=said):
        bloom(run, **options)
    with pytest.raises(RecipeError, match="name 'Bad' is no name"):
        bloom(run, "Bad")


def test_other_duplicates_of_the_same_name_are_refused(run: Path):
    bloom(run, capacity=100)
    with pytest.raises(RunRefused, match="duplicates 'd' found otherwise; choose another --name"):
        bloom(run, capacity=101)


MANY = {"2023-14/0000/en_head": [(f"D{n}", "text") for n in range(300)], "2023-14/0001/en_head": [("D0", "text")] * 3}


def filter_warnings(run: Path) -> list[str]:
    return [warning for warning in corpusmill.open(run).manifest["warnings"] if "filter" in warning]


def test_an_overfull_filter_is_refused_unless_told_to_go_on(tmp_path: Path):
    run = run_of(MANY, tmp_path)
    before = (run / "manifest.json").read_bytes()
    with pytest.raises(RunRefused) as refused:
        bloom(run, capacity=50, error_rate=0.01)
    said = str(refused.value)
    assert said.startswith("d: after 300 of 303 documents the filter holds ")
    assert "was made for 50: of new documents " in said
    assert said.endswith("nothing is marked at more than 10 %, unless you say --allow-overfull")
    assert (run / "manifest.json").read_bytes() == before
    assert not (run / "filters").exists()
    assert check(run) == []
    advised = int(said.split("--capacity ")[1].split(";")[0])
    assert 280 <= advised <= 320
    found = bloom(run, "advised", capacity=advised, error_rate=0.01)
    assert found["filter"]["real_error_rate"] < 0.012
    going_on = bloom(run, capacity=50, error_rate=0.01, overfull=True)
    assert going_on["filter"]["real_error_rate"] > 0.3
    assert going_on["duplicates"] > 60
    (warning,) = filter_warnings(run)
    assert warning.startswith("d: the filter holds ")


def test_a_filter_somewhat_too_full_warns(tmp_path: Path):
    run = run_of(MANY, tmp_path)
    found = bloom(run, capacity=220, error_rate=0.01)
    (warning,) = filter_warnings(run)
    assert "was made for 220: of new documents " in warning
    assert 0.01 < found["filter"]["real_error_rate"] < 0.1
    assert bloom(run, "enough", capacity=1000)["warnings"] == []


def test_a_filter_that_is_overfull_already(tmp_path: Path):
    run = run_of(MANY, tmp_path)
    bloom(run, "first", capacity=50, error_rate=0.01, overfull=True)
    with pytest.raises(RunRefused, match=r"first\.bloom holds 2\d\d keys at least, was made for 50: of new documents"):
        bloom(run, "second", saved=run / "filters/first.bloom")
    assert bloom(run, "second", saved=run / "filters/first.bloom", overfull=True)["duplicates"] == 303


def test_null_digests_and_texts_of_nothing(tmp_path: Path):
    key = Key("2023-14", 0, "en", "head")
    texts = ["", "a", "a", "", "\n", "a"]
    digests = ["sha1:X", None, "X", None, "Xsha1:", ""]
    columns = {"doc_id": [key.document_id(n) for n in range(6)], "raw_content": texts, "digest": digests}
    path = tmp_path / f"documents/{key.path}.parquet"
    path.parent.mkdir(parents=True)
    write_table(path, batch_of(DOCUMENTS, columns, 6))
    made = BloomParameters(100, 1e-9)
    with Attempt(tmp_path) as attempt:
        tables = Tables(tmp_path, attempt, "d", "d_duplicate", key)
        marked = tables.by_digest(BloomFilter(made, "digest"))
        assert marked.flags.tolist() == [False, False, True, False, True, False]  # an empty digest is one
        assert marked.not_compared == 2
        marked = tables.by_content(BloomFilter(made, "paragraph"), "paragraph")
        assert marked.flags.tolist() == [False, False, True, False, False, True]
        assert (marked.not_compared, marked.spans, marked.repeated, marked.total) == (2, 2, 2, 4)


def test_batches_change_nothing(run: Path, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    other = Path(shutil.copytree(made, tmp_path / "other"))
    options = [("digest", {}), ("document", {}), ("paragraph", {"capacity": 50}), ("ngram", {"capacity": 50})]
    for over, more in options:
        bloom(run, over, over, **more)
    monkeypatch.setattr("corpusmill.pipeline.dedupe.bloom.tables.BATCH_ROWS", 2)
    monkeypatch.setattr("corpusmill.pipeline.dedupe.bloom.tables.BATCH_BYTES", 40)
    for over, more in options:
        bloom(other, over, over, **more)
    assert (run / "manifest.json").read_bytes() == (other / "manifest.json").read_bytes()
    assert (run / "ledger.jsonl").stat().st_size > 0


def test_a_run_without_documents(tmp_path: Path):
    run = run_of({"2023-14/0000/en_tail": [("A", P)]}, tmp_path)
    with pytest.raises(RunRefused, match="has no documents to compare"):
        bloom(run)
    assert bloom(run, over="document")["documents"] == 1
    assert np.array_equal(scores(run, "d_duplicate")["2023-14/0000/en_tail"], [0.0])
