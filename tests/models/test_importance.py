"""Training of importance tables: what is counted, the card, refusals; RedPajama-V2's signals read what was trained."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.artifacts import Artifacts
from corpusmill.batch import TextBatch
from corpusmill.cli.main import main
from corpusmill.errors import InputRefused, ModelRefused, RecipeError
from corpusmill.kernels.hashes.reference_hashing import bucket_counts
from corpusmill.kernels.hashes.siphash import hash_key
from corpusmill.models.importance.tables import BUCKETS, load_tables
from corpusmill.models.importance.train import count, train_importance
from corpusmill.signals.registry import SIGNALS

CRAWL = ["buy cheap pills now", "cookies: accept all", ""]
WIKIPEDIA = ["The city lies on the river.", "The river is 40 km long; the city is old."]


def expected(texts: Sequence[str]) -> np.ndarray:
    key = [int(k) for k in hash_key(42)]
    words = [re.findall(r"\w+|[^\w\s]+", text) for text in texts]
    return sum((bucket_counts(found, BUCKETS, *key) for found in words), np.zeros(BUCKETS, np.int64))


def train(out: Path, **corpora: Sequence[str]) -> Path:
    train_importance("en", {name: [pa.array(texts)] for name, texts in corpora.items()}, {}, out / "dsir" / "en")
    return out


@settings(derandomize=True, max_examples=50, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=8), st.integers(1, 5))
def test_counts_are_the_oracle_s_however_the_texts_are_cut_into_batches(texts: list[str], size: int):
    batches = [pa.array(texts[i : i + size], pa.large_string()) for i in range(0, len(texts), size)]
    found, counts = count(batches)
    np.testing.assert_array_equal(counts, expected(texts))
    words = [re.findall(r"\w+|[^\w\s]+", text) for text in texts]
    assert (found.documents, found.words) == (sum(map(bool, words)), sum(map(len, words)))


def test_files_are_redpajama_s_and_its_signals_read_them(tmp_path: Path):
    train(tmp_path, ccnet=CRAWL, wikipedia=WIKIPEDIA)
    folder = tmp_path / "dsir" / "en"
    counts = np.load(folder / "wikipedia.en.10000.counts.npy")
    assert counts.dtype == np.int64
    np.testing.assert_array_equal(counts, expected(WIKIPEDIA))
    mean = np.load(folder / "ccnet.en.lambda.npy")
    assert mean.shape == () and float(mean) == (4 + 4) / 2  # the empty text has no word, and no part in the mean
    batch = TextBatch(pa.array([WIKIPEDIA[0], CRAWL[0]]), "en", Artifacts(tmp_path))
    like, unlike = SIGNALS["rps_doc_wikipedia_importance"].function(batch).to_pylist()
    assert like > 0 > unlike
    assert "books" in batch.artifacts.warnings[0]


def test_trained_twice_from_other_batches_gives_the_same_bytes(tmp_path: Path):
    one, two = train(tmp_path / "1", ccnet=CRAWL, books=WIKIPEDIA), tmp_path / "2" / "dsir" / "en"
    pieces = [pa.array([text]) for text in reversed(CRAWL)]
    train_importance("en", {"ccnet": pieces, "books": [pa.array(WIKIPEDIA)]}, {}, two)
    names = sorted(path.name for path in two.iterdir())
    assert len(names) == 5
    for name in names:
        assert (one / "dsir" / "en" / name).read_bytes() == (two / name).read_bytes()


@pytest.mark.parametrize("header", [b"(" * 5000 + b"\n", b"-" * 60_000 + b"\n", b"{'descr': '<i8'\n"])
def test_tables_without_a_card_whose_header_is_no_python_are_refused(tmp_path: Path, header: bytes):
    folder = train(tmp_path, ccnet=CRAWL, wikipedia=WIKIPEDIA) / "dsir" / "en"
    (folder / "model.json").unlink()
    file = folder / "wikipedia.en.10000.counts.npy"
    file.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(ModelRefused, match=re.escape(file.name)):
        load_tables(folder, "en", ["wikipedia"])


@pytest.mark.parametrize("change", ["swap", "cut", "remove", "pickle"])
def test_files_that_the_card_does_not_record_are_refused(tmp_path: Path, change: str):
    folder = train(tmp_path, ccnet=CRAWL, wikipedia=WIKIPEDIA) / "dsir" / "en"
    file, other = folder / "wikipedia.en.10000.counts.npy", folder / "ccnet.en.10000.counts.npy"
    match change:
        case "swap":
            shutil.copy(other, file)
        case "cut":
            file.write_bytes(file.read_bytes()[:-8])
        case "remove":
            file.unlink()
        case "pickle":
            np.save(file, np.array([{}], object), allow_pickle=True)
    with pytest.raises(ModelRefused, match=re.escape(file.name)):
        load_tables(folder, "en", ["wikipedia"])


def test_what_cannot_be_trained_is_refused_and_leaves_the_old_tables(tmp_path: Path):
    folder = train(tmp_path, ccnet=CRAWL, wikipedia=WIKIPEDIA) / "dsir" / "en"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(InputRefused, match="books: its texts hold no word"):
        train(tmp_path, ccnet=CRAWL, books=["", " "])
    with pytest.raises(RecipeError, match="wanted the crawl"):
        train(tmp_path, books=WIKIPEDIA)
    with pytest.raises(RecipeError, match="target 'Books'"):
        train(tmp_path, ccnet=CRAWL, Books=WIKIPEDIA)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "crawl.txt").write_text("\n".join(CRAWL))
    (tmp_path / "wiki.txt").write_text("\n".join(WIKIPEDIA))
    arguments = ["train", "importance", "--language", "en", "--out", str(tmp_path / "artifacts"), "--crawl"]
    arguments += [str(tmp_path / "crawl.txt"), "--target", "wikipedia"]
    assert main([*arguments, str(tmp_path / "wiki.txt")]) == 0
    assert "wikipedia  2 documents, 19 words" in capsys.readouterr().out
    tables = load_tables(tmp_path / "artifacts" / "dsir" / "en", "en", ["wikipedia", "books"])
    assert tables.targets == ("wikipedia",)
    assert main(arguments) == 2
    assert "--target wikipedia: wanted a name and its documents" in capsys.readouterr().err
    assert main([*arguments, str(tmp_path / "none.txt")]) == 2
    assert "none.txt" in capsys.readouterr().err
