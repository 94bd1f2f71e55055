"""Model files: the same training gives the same bytes; whatever was changed is refused by name."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import orjson
import pytest

from corpusmill.cli.main import main
from corpusmill.errors import ModelRefused, RunRefused
from corpusmill.files import sha256_of
from corpusmill.models.ngram.files import load
from corpusmill.models.ngram.train import NgramParameters, train_on_pieces
from tests.models.ngram.test_estimate import zipfian


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lm")
    (folder / "text").write_text("".join(" ".join(words) + "\n" for words in zipfian(200, 1)))
    train_on_pieces([folder / "text"], NgramParameters(3), folder / "model", folder / "model.arpa")
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    for name, content in files(folder / "model").items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_another_process_with_another_hash_seed_makes_the_same_bytes(folder: Path, tmp_path: Path):
    command = [sys.executable, "-m", "corpusmill.cli.main", "train", "lm", "--pieces", str(folder / "text")]
    for seed in ("1", "2"):
        out = tmp_path / seed
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([*command, "--order", "3", "--out", out], check=True, env=environment, capture_output=True)
        assert files(out) == files(folder / "model")


def test_training_replaces_a_model_and_nothing_else(folder: Path, tmp_path: Path):
    train_on_pieces([folder / "text"], NgramParameters(2), tmp_path / "model")
    train_on_pieces([folder / "text"], NgramParameters(3), tmp_path / "model")
    assert load(tmp_path / "model").order == 3
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    with pytest.raises(RunRefused, match="is no model"):
        train_on_pieces([folder / "text"], NgramParameters(3), tmp_path / "other")


def test_every_cut_and_every_missing_file_is_refused_by_name(copied: Path):
    for name, content in files(copied).items():
        path = copied / name
        for end in {0, 1, len(content) // 2, len(content) - 1}:
            path.write_bytes(content[:end])
            with pytest.raises(ModelRefused, match=name):
                load(copied)
        path.unlink()
        with pytest.raises(ModelRefused, match=name):
            load(copied)
        path.write_bytes(content)
    load(copied)


def test_a_changed_byte_and_a_swapped_file_are_refused(copied: Path):
    content = bytearray((copied / "2-grams.arrow").read_bytes())
    content[len(content) // 2] ^= 1
    (copied / "2-grams.arrow").write_bytes(content)
    with pytest.raises(ModelRefused, match=r"2-grams\.arrow is not the file"):
        load(copied)
    (copied / "2-grams.arrow").write_bytes((copied / "3-grams.arrow").read_bytes())
    with pytest.raises(ModelRefused, match=r"2-grams\.arrow is not the file"):
        load(copied)


class Bomb:
    def __reduce__(self):
        return os.putenv, ("CORPUSMILL_PWNED", "1")


def test_words_that_lie_outside_of_their_file_are_refused_whatever_the_card_says(copied: Path):
    """Arrow believes the offsets in a file: reading such words ended in a crash."""
    data = (copied / "words.arrow").read_bytes()
    first = load(copied).words.buffers()[1].to_pybytes()[:64]
    place = data.index(first)
    (copied / "words.arrow").write_bytes(data[: place + 16] + b"\x7f" * 8 + data[place + 24 :])
    card = orjson.loads((copied / "model.json").read_bytes())
    card["files"]["words.arrow"] = sha256_of(copied / "words.arrow")
    (copied / "model.json").write_bytes(orjson.dumps(card))
    with pytest.raises(ModelRefused, match="is damaged"):
        load(copied)


def test_a_pickle_is_refused_and_nothing_in_it_runs(tmp_path: Path):
    for name, content in (("model.pkl", pickle.dumps(Bomb())), ("model.npy", b"")):
        (tmp_path / name).write_bytes(content)
        if name.endswith(".npy"):
            np.save(tmp_path / name, np.array([Bomb()], object), allow_pickle=True)
        with pytest.raises(ModelRefused, match="no ARPA file"):
            load(tmp_path / name)
    assert subprocess.run(["printenv", "CORPUSMILL_PWNED"], capture_output=True).stdout == b""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: "", "no ARPA file"),
        (lambda text: "x" + text, "no ARPA file"),
        (lambda text: text[: len(text) // 2], "grams"),
        (lambda text: text.replace("\\end\\\n", ""), "3-grams is missing or does not end"),
        (lambda text: text.replace("ngram 2=", "ngram 2=9"), "its head says"),
        (lambda text: text.replace("\\2-grams:\n-", "\\2-grams:\n-x"), "2-grams"),
        (lambda text: text.replace("<s>\t", "<S>\t"), "lacks <s> or </s>"),
        (lambda text: re.sub(r"w\d+ (?=w\d+ </s>\n)", "nowhere ", text), "3-grams holds words"),
        (lambda text: text.replace("\tw1\t", "\tw2\t"), "lists a word twice"),
    ],
)  # fmt: skip
def test_arpa_files_that_are_not_whole(folder: Path, tmp_path: Path, change, message: str, capsys):
    (tmp_path / "text").write_text("w1\n")
    (tmp_path / "model.arpa").write_text(change((folder / "model.arpa").read_text()))
    with pytest.raises(ModelRefused, match=message):
        load(tmp_path / "model.arpa")
    command = ["score-lm", "--model", tmp_path / "model.arpa", "--pieces", tmp_path / "text", "--out", "-"]
    assert main([str(part) for part in command]) == 2
    assert "model.arpa" in capsys.readouterr().err


def test_a_suffix_that_was_pruned_away_is_put_in_with_the_score_it_would_get(tmp_path: Path):
    (tmp_path / "model.arpa").write_text(
        "\\data\\\nngram 1=5\nngram 2=1\nngram 3=1\n\n\\1-grams:\n-2\t<unk>\n0\t<s>\t-0.5\n-1\t</s>\n-1\ta\t-0.25\n"
        "-1.5\tb\t-0.125\n\n\\2-grams:\n-0.5\ta b\t-0.0625\n\n\\3-grams:\n-0.25\ta b </s>\n\n\\end\\\n"
    )
    scores = load(tmp_path / "model.arpa").score(["a b", "b", "x"])
    # "b </s>" is not in the file: the back-off of b and the probability of </s>
    assert scores.token_log10.tolist() == [-1.5, -0.5, -0.25, -2.0, -1.125, -2.5, -1.0]
    assert scores.ngram_used.tolist() == [1, 2, 3, 1, 2, 1, 1]
