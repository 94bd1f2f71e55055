"""A run with the learned extractor: the same bytes whatever the workers, new columns, nothing lost of older runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import corpusmill
from corpusmill.errors import RecipeError
from corpusmill.files import sha256_of
from corpusmill.pipeline.recipe import load
from corpusmill.schema import DOCUMENTS
from corpusmill.store import layout

LEARNED = ("extract.extractor=learned",)
NEW = ["author", "published", "html_language"]


def outputs(root: Path) -> dict[str, str]:
    """Every file of the data set with its hash."""
    found: dict[str, str] = json.loads((root / layout.MANIFEST).read_text())["outputs"]
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, demo_crawl: Path) -> Path:
    root = tmp_path_factory.mktemp("learned") / "run"
    corpusmill.run("keep-all", [demo_crawl], root, workers=1, settings=LEARNED)
    return root


def test_workers_order_and_batches_change_nothing(run, demo_crawl, tmp_path):
    archives = sorted(demo_crawl.glob("*.warc*"), reverse=True)
    assert len(archives) > 1
    settings = [*LEARNED, "read.batch_pages=7", "extract.profile=article", "extract.markup=text"]
    corpusmill.run("keep-all", archives, tmp_path / "run", workers=2, settings=settings)
    ours = {path: sha256 for path, sha256 in outputs(tmp_path / "run").items() if path.startswith("documents/")}
    assert ours == {path: sha256 for path, sha256 in outputs(run).items() if path.startswith("documents/")}
    assert len(ours) > 3


def test_every_record_is_accounted_for(run):
    manifest = json.loads((run / layout.MANIFEST).read_text())
    stage = next(stage for stage in manifest["stages"] if stage["stage"] == "extract")
    assert stage["in"] == stage["kept"] + sum(stage["dropped"].values()) + sum(stage["quarantined"].values()) > 50
    assert set(stage["dropped"]) <= {"empty_text", "binary_text"}
    assert set(stage["quarantined"]) <= {"html_unclosed"}


def test_what_pages_say_of_themselves_stands_in_the_documents(run):
    (found,) = corpusmill.open(run).sql("select count(html_language), count(title), count(*) from documents").fetchall()
    assert 0 < found[0] <= found[2]
    assert found[1] > 0.8 * found[2]
    days = corpusmill.open(run).sql("select published from documents where published is not null").fetchall()
    assert all(day[:4].isdigit() for (day,) in days)


def test_whole_corpora_have_the_same_texts(run, demo_crawl, tmp_path):
    recipe = tmp_path / "paragraphs.toml"
    recipe.write_text('name = "paragraphs"\n[extract]\nextractor = "learned"\n[paragraphs]\nmin_chars = 0\n')
    corpusmill.run(str(recipe), [demo_crawl], tmp_path / "run", workers=1)
    query = "select record_id, author, published, html_language, original_length from documents order by record_id"
    ours = corpusmill.open(tmp_path / "run").sql(query).fetchall()
    assert set(ours) <= set(corpusmill.open(run).sql(query).fetchall())
    assert len(ours) > 20


def test_a_run_from_before_the_columns_still_opens_and_selects(run, tmp_path):
    """As it was written: documents without the three columns."""
    old = tmp_path / "old"
    shutil.copytree(run, old)
    text = {name: (old / name).read_text() for name in (layout.MANIFEST, layout.LEDGER)}
    for name, sha256 in outputs(run).items():
        if name.startswith("documents/"):
            path = old / name
            pq.write_table(pq.read_table(path).drop_columns(NEW), path)
            text = {file: content.replace(sha256, sha256_of(path)) for file, content in text.items()}
    for name, content in text.items():
        (old / name).write_text(content)
    count = corpusmill.open(old).sql("select count(*) from documents where length > 0").fetchall()
    assert count == corpusmill.open(run).sql("select count(*) from documents where length > 0").fetchall()
    assert next(iter(corpusmill.load(old)))["raw_content"]


@pytest.mark.parametrize(
    ("settings", "messages"),
    [
        (["extract.extractor=learnt"], ["'learnt' is unknown", 'Did you mean "learned"?']),
        (
            ["extract.extractor=learned", "extract.profile=whole", "extract.markup=md", "extract.max_tags=0"],
            ['Did you mean "whole-page"?', "extract.markup 'md' is unknown", "extract.max_tags: found 0"],
        ),
        (
            ["extract.extractor=resiliparse", "extract.profile=article"],
            ["extract.profile is for the extractor 'learned'"],
        ),
        (["extract.extractor=trafilatura", "extract.model=x"], ["extract.model is for the extractor 'learned'"]),
        (["extract.marcup=text"], ['Did you mean "markup"?']),
    ],
)
def test_mistakes_in_a_recipe_come_at_once(settings, messages):
    with pytest.raises(RecipeError) as refused:
        load("keep-all", settings)
    assert all(message in str(refused.value) for message in messages), str(refused.value)
    assert len(refused.value.mistakes) == len(messages) - (len(settings) == 1 and len(messages) == 2)


def test_columns_of_documents_are_nullable_text():
    assert all(DOCUMENTS.field(name).nullable and DOCUMENTS.field(name).type == pa.string() for name in NEW)
