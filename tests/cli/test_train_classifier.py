"""`corpusmill train classifier`, end to end."""

from __future__ import annotations

import gzip
import lzma
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from corpusmill.cli.main import main

GOOD = [f"the calm river runs to sea number {i}" for i in range(60)]
BAD = [f"buy cheap shoes now number {i}" for i in range(60)]
SMALL = ["--dim", "8", "--bucket", "1000"]


def lines(texts: list[str], name: str) -> bytes:
    return b"".join(orjson.dumps({name: text}) + b"\n" for text in texts)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "good.txt").write_text("\n".join(GOOD))
    (tmp_path / "bad.txt").write_text("\n".join(BAD) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def train(*arguments: str | Path) -> int:
    return main(["train", "classifier", *map(str, arguments), *SMALL])


def test_trains_measures_and_says_so(folder: Path, capsys: pytest.CaptureFixture[str]):
    options = ["--held-out", "0.2", "--label", "calm", "--lr", "1", "--epoch", "10"]
    assert train("--positive", "good.txt", "--negative", "bad.txt", "--out", "m", *options) == 0
    out, err = capsys.readouterr()
    assert "accuracy  1.000000\nauc  1.000000\n" in out
    assert "__label__calm" in out and err == ""
    card = orjson.loads((folder / "m" / "model.json").read_bytes())
    assert (card["kind"], card["parameters"]["held_out"]["accuracy"]) == ("fasttext-classifier", 1.0)
    assert sorted(card["training_text"]) == ["negative/bad.txt", "positive/good.txt"]


def test_every_kind_of_file_is_the_same_text(folder: Path):
    (folder / "a.jsonl").write_bytes(lines(GOOD, "text"))
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(lines(GOOD, "raw_content")))
    (folder / "c.jsonl.zst").write_bytes(zstandard.compress(lines(GOOD, "text")))
    (folder / "d.jsonl.xz").write_bytes(lzma.compress(lines(GOOD, "raw_content")))
    pq.write_table(pa.table({"text": [*GOOD, None, ""]}), folder / "e.parquet")
    (folder / "run" / "documents").mkdir(parents=True)
    pq.write_table(pa.table({"raw_content": GOOD}), folder / "run" / "documents" / "en_all.parquet")
    (folder / "many").mkdir()
    for number, text in enumerate(GOOD):
        (folder / "many" / f"{number}.txt").write_text(text.replace(" river ", "\nriver\n"))
    assert train("--positive", "good.txt", "--negative", "bad.txt", "--out", "m") == 0
    wanted = (folder / "m" / "model.bin").read_bytes()
    for name in ("a.jsonl", "b.jsonl.gz", "c.jsonl.zst", "d.jsonl.xz", "e.parquet", "run"):
        assert train("--positive", name, "--negative", "bad.txt", "--out", name + ".m") == 0, name
        assert (folder / (name + ".m") / "model.bin").read_bytes() == wanted, name
    assert train("--positive", "many", "--negative", "bad.txt", "--whole-file", "--out", "many.m") == 0
    card = orjson.loads((folder / "many.m" / "model.json").read_bytes())
    assert card["parameters"]["texts"] == {"__label__cc": 1, "__label__target": 60}


def test_presets_differ(folder: Path):
    assert train("--positive", "good.txt", "--negative", "bad.txt", "--out", "m", "--preset", "dclm") == 0
    card = orjson.loads((folder / "m" / "model.json").read_bytes())
    assert (card["parameters"]["preparation"], card["parameters"]["word_ngrams"]) == ("dclm", 2)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--positive", "none.txt", "--negative", "bad.txt"], "none.txt"),
        (["--positive", "good.txt", "--negative", "blank.txt"], "nothing to tell apart"),
        (["--positive", "good.txt", "--negative", "latin.txt"], "not UTF-8"),
        (["--positive", "good.txt", "--negative", "broken.jsonl"], "line 2"),
        (["--positive", "good.txt", "--negative", "broken.jsonl.xz"], "line 2"),
        (["--positive", "good.txt", "--negative", "cut.jsonl.xz"], "cut.jsonl.xz"),
        (["--positive", "good.txt", "--negative", "numbers.parquet"], "numbers.parquet"),
        (["--positive", "good.txt", "--negative", "bad.txt", "--preset", "pile"], "preset 'pile' is unknown"),
        (["--positive", "good.txt", "--negative", "bad.txt", "--lr", "-1"], "lr -1.0"),
        (["--positive", "good.txt", "--negative", "bad.txt", "--label", "cc"], "label 'cc'"),
    ],
)
def test_what_cannot_be_trained_on_is_refused(
    folder: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
):
    (folder / "blank.txt").write_text("\n \n")
    (folder / "latin.txt").write_bytes(b"good\nbl\xf6d\n")
    (folder / "broken.jsonl").write_bytes(lines(BAD[:1], "text") + b'{"text": 3}\n')
    (folder / "broken.jsonl.xz").write_bytes(lzma.compress(lines(BAD[:1], "text") + b'{"text": 3}\n'))
    (folder / "cut.jsonl.xz").write_bytes(lzma.compress(lines(BAD, "text"))[:-20])
    pq.write_table(pa.table({"numbers": [1]}), folder / "numbers.parquet")
    assert train(*arguments, "--out", "m") == 2
    out, err = capsys.readouterr()
    assert message in err and out == ""
    assert not (folder / "m").exists()


def test_another_folder_is_refused_before_the_work(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert train("--positive", "good.txt", "--negative", "bad.txt", "--out", ".") == 2
    assert "is no model" in capsys.readouterr().err
    assert sorted(path.name for path in folder.iterdir()) == ["bad.txt", "good.txt"]
