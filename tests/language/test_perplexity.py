"""Language models from documents, perplexity by CCNet's formula, buckets."""

from __future__ import annotations

import lzma
from pathlib import Path

import orjson
import pyarrow as pa
import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.cli.main import main
from corpusmill.errors import ModelRefused
from corpusmill.language.buckets import Cutoffs, bucket, ccnet_cutoffs, percentile_cutoffs
from corpusmill.language.ccnet_text import document_form
from corpusmill.language.perplexity import Perplexity, available
from corpusmill.models.ngram.files import load
from tests.models.ngram.test_files import files

TEXTS = [f"The {a} {b} {c} the {d}." for a in ("old", "red", "tall") for b in ("house", "man", "Tree")
         for c in ("sees", "hears") for d in ("river", "lake", "Été")]  # fmt: skip


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    text = folder / "text.txt.xz"
    text.write_bytes(lzma.compress("\n".join([*TEXTS, "", "  "]).encode()))
    command = ["train", "lm", "--language", "en", "--text", text, "--out", folder / "en", "--vocabulary-size", "100"]
    assert main([str(part) for part in command]) == 0
    return folder


def test_the_formula(models: Path):
    texts = ["The old man sees the lake.", "zzz qqq", "", "The red\nTree hears the Été"]
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(models / "en" / "pieces.model"))
    model = load(models / "en")
    expected = []
    for text in texts:
        line = " ".join(pieces.encode(document_form(text), out_type=str))
        scores = model.score([line])
        expected.append(round(10.0 ** (-float(scores.log10[0]) / len(scores.token_log10)), 1))
    found = Perplexity(models, "en").measure(pa.array([*texts[:2], None, *texts[2:]]))
    assert found.to_pylist() == [*expected[:2], None, *expected[2:]]
    assert found[0].as_py() < 20 < found[1].as_py()
    assert available(models) == ["en"]


def test_blank_lines_are_no_sentences_and_the_card_says_what_it_was_made_of(models: Path):
    card = orjson.loads((models / "en" / "model.json").read_bytes())
    assert card["parameters"]["sentences"] == len(TEXTS)
    assert card["parameters"]["language"] == "en"
    assert list(card["training_text"]) == ["text.txt.xz"]


def test_training_again_from_json_lines_gives_the_same_tables(models: Path, tmp_path: Path):
    (tmp_path / "t.jsonl").write_bytes(b"".join(orjson.dumps({"text": text}) + b"\n" for text in TEXTS))
    command = ["train", "lm", "--language", "en", "--text", tmp_path / "t.jsonl", "--out", tmp_path / "en"]
    assert main([str(part) for part in [*command, "--vocabulary-size", "100"]]) == 0
    ours, again = files(models / "en"), files(tmp_path / "en")
    del ours["model.json"], again["model.json"]
    assert ours == again


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--text", "absent.txt"], "absent.txt"),
        (["--text", "empty.txt"], "no text"),
        (["--text", "cut.txt.gz"], "cut.txt.gz"),
        (["--text", "latin.txt"], "line 2 is not UTF-8"),
        (["--text", "bad.jsonl"], "bad.jsonl: line 1"),
        (["--text", "table.parquet"], "table.parquet"),
    ],
)
def test_text_that_cannot_be_read_whole_is_refused(tmp_path: Path, capsys, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    Path("empty.txt").write_text(" \n\n")
    Path("cut.txt.gz").write_bytes(bytes.fromhex("1f8b08000000000000034b4c"))
    Path("latin.txt").write_bytes(b"a\n\xe9\n")
    Path("bad.jsonl").write_text("{\n")
    Path("table.parquet").write_bytes(b"PAR1")
    assert main(["train", "lm", "--language", "en", "--out", "model", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not Path("model/model.json").exists()


def test_models_that_are_not_whole_are_refused(models: Path, tmp_path: Path):
    with pytest.raises(ModelRefused, match="xx is no model"):
        Perplexity(models, "xx")
    (tmp_path / "en").mkdir()
    for name, content in files(models / "en").items():
        (tmp_path / "en" / name).write_bytes(content)
    (tmp_path / "en" / "pieces.model").write_bytes(b"gASV")
    with pytest.raises(ModelRefused, match=r"pieces\.model is not the file"):
        Perplexity(tmp_path, "en")
    (tmp_path / "de.arpa.bin").write_bytes(b"")
    with pytest.raises(ModelRefused, match=r"de\.arpa\.bin"):
        Perplexity(tmp_path, "de")


def test_ccnet_s_cutoffs():
    cutoffs = ccnet_cutoffs()
    assert len(cutoffs) == 48
    assert cutoffs["en"] == Cutoffs(340, 520)
    assert [bucket(value, cutoffs["en"]) for value in (339.9, 340.0, 519.9, 520.0, None, -1.0)] == [
        "head", "middle", "middle", "tail", "all", "all",
    ]  # fmt: skip


@settings(max_examples=200, derandomize=True)
@given(
    values=st.lists(st.integers(0, 50), min_size=1, max_size=200),
    percents=st.tuples(st.integers(0, 100), st.integers(0, 100)).map(sorted),
)
def test_percentiles_leave_at_most_their_share_below(values: list[int], percents: list[int]):
    counts = {float(value): values.count(value) for value in values}
    cutoffs = percentile_cutoffs(counts, *percents)
    for percent, cutoff in zip(percents, (cutoffs.head_below, cutoffs.middle_below), strict=True):
        assert sum(value < cutoff for value in values) <= len(values) * percent / 100
        if cutoff < max(values):  # and no lower cut-off would do
            assert sum(value <= cutoff for value in values) > len(values) * percent / 100 - 1
