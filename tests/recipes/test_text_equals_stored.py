"""A recipe on texts says of every document of a crawl what the same recipe says from stored signals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import corpusmill
from corpusmill.artifacts import Artifacts
from corpusmill.keys import Key
from corpusmill.pipeline.judge import Judge
from corpusmill.pipeline.recipe import load
from corpusmill.pipeline.tokens import kept_texts
from corpusmill.schema import SELECTION
from corpusmill.store import layout

pytestmark = [pytest.mark.shared, pytest.mark.usefixtures("tasks_here")]

RECIPES = ["gopher-fast", "fineweb", "c4-fast", "redpajama2-gopher", "dclm-heuristics"]
TWO = ["crawl-bench-00008.warc.gz", "crawl-bench-00009.warc.gz"]


@pytest.fixture(scope="module")
def two(shared: Path, tmp_path_factory: pytest.TempPathFactory, tasks_here: None) -> Path:
    return measured([shared / "data" / "crawl-bench" / name for name in TWO], tmp_path_factory.mktemp("two"))


@pytest.fixture(scope="module")
def ten(shared: Path, tmp_path_factory: pytest.TempPathFactory, tasks_here: None) -> Path:
    archives = sorted((shared / "data" / "crawl-bench").glob("*.warc.gz"))
    assert len(archives) == 10
    return measured(archives, tmp_path_factory.mktemp("ten"))


def measured(archives: list[Path], folder: Path) -> Path:
    corpusmill.run("keep-all", archives, folder / "run", workers=1, settings=["signals.minhash=false"])
    return folder / "run"


def keys(run: Path) -> Iterator[Key]:
    found = (layout.key_of_documents(path) for path in corpusmill.open(run).manifest["outputs"])
    return (key for key in found if key is not None)


def compare(run: Path, name: str) -> dict[str, int]:
    """Raises where a verdict, a value, a threshold, an edit or an edited text differs; returns documents by fate."""
    corpusmill.open(run).select(name, workers=1)
    judge = Judge(load(name), Artifacts(None))
    seen = {"kept": 0, "dropped": 0, "edited": 0}
    for key in keys(run):
        stored = pq.ParquetFile(run / layout.selection(name, key)).read()
        documents = pq.ParquetFile(run / layout.documents(key)).read().combine_chunks().to_batches()
        judged = [judge(batch, key.language) for batch in documents]
        verdicts = pa.Table.from_batches([each.verdicts for each in judged], SELECTION)
        for column in SELECTION.names:
            assert stored[column].to_pylist() == verdicts[column].to_pylist(), (key.path, column)
        texts = [text for each in judged for text in each.texts.filter(each.verdicts["keep"]).to_pylist()]
        assert [text for batch in kept_texts(run, name, key) for text in batch.to_pylist()] == texts
        keep = stored["keep"].to_pylist()
        seen["kept"] += sum(keep)
        seen["dropped"] += len(keep) - sum(keep)
        seen["edited"] += sum(bool(each) for each in stored["replacements"].to_pylist())
    return seen


@pytest.mark.parametrize("name", RECIPES)
def test_two_archives(name: str, two: Path):
    check(compare(two, name), name)


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_ten_archives(name: str, ten: Path):
    check(compare(ten, name), name)


def check(seen: dict[str, int], name: str) -> None:
    assert min(seen["kept"], seen["dropped"]) > 50
    assert (seen["edited"] > 100) == bool(load(name).edit)
