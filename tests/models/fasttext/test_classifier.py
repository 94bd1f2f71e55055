"""Loading classifiers: only what was recorded, and never a pickle."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pytest

from corpusmill.errors import ModelRefused, RunRefused
from corpusmill.models.fasttext.classifier import load_classifier, score
from tests.models.fasttext.test_train import train


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("classifier") / "m"
    train(folder, dim=4, epoch=1)
    return folder


@pytest.fixture
def model(trained: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    copy = tmp_path / "m"
    copy.mkdir()
    for name in ("model.bin", "model.json"):
        (copy / name).write_bytes((trained / name).read_bytes())
    return copy


class Boom:
    def __reduce__(self):
        return os.mkdir, (os.environ["BOOM"],)


def test_folder_and_bare_file_are_the_same(model: Path):
    texts = pa.array(["the sea", "", "buy now"], pa.large_string())
    for path in (model, model / "model.bin"):
        scores, known = score(load_classifier(path), texts)
        assert known.tolist() == [True, False, True]
        assert scores[0] > scores[2]


def test_every_truncation_is_refused(model: Path):
    whole = (model / "model.bin").read_bytes()
    bare = model.parent / "bare.bin"
    for length in range(len(whole)):
        bare.write_bytes(whole[:length])
        with pytest.raises(ModelRefused):
            load_classifier(bare)
    (model / "model.bin").write_bytes(whole[:-1])
    with pytest.raises(ModelRefused, match="sha256 differs"):
        load_classifier(model)


def test_one_changed_bit_is_refused_in_a_folder(model: Path):
    content = bytearray((model / "model.bin").read_bytes())
    content[-1] ^= 1
    (model / "model.bin").write_bytes(content)
    with pytest.raises(ModelRefused, match="sha256 differs"):
        load_classifier(model)


def test_what_is_missing_is_named(model: Path, tmp_path: Path):
    with pytest.raises(ModelRefused, match="does not exist; wanted a folder"):
        load_classifier(tmp_path / "none")
    (model / "model.bin").unlink()
    with pytest.raises(ModelRefused, match=r"model\.bin is missing"):
        load_classifier(model)
    (model / "model.json").unlink()
    with pytest.raises(ModelRefused, match=r"no model\.json"):
        load_classifier(model)


@pytest.mark.parametrize(
    "change",
    [{"files": {}}, {"files": []}, {"files": {"../model.bin": "0"}}, {"kind": "ngram-lm"}, {"format": 2}, {"more": 1}],
    ids=str,
)
def test_cards_of_something_else_are_refused(model: Path, change):
    card = orjson.loads((model / "model.json").read_bytes())
    (model / "model.json").write_bytes(orjson.dumps({**card, **change}))
    with pytest.raises(ModelRefused):
        load_classifier(model)


@pytest.mark.parametrize("card", [b"", b"[]", b"{", b'{"kind": 1}', b"null"])
def test_damaged_cards_are_refused(model: Path, card):
    (model / "model.json").write_bytes(card)
    with pytest.raises(ModelRefused, match="damaged"):
        load_classifier(model)


def test_pickles_are_refused_and_run_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BOOM", str(tmp_path / "boom"))
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(Boom()))
    (tmp_path / "b.bin").write_bytes(pickle.dumps(Boom(), protocol=0))
    np.save(tmp_path / "c.npy", np.array([Boom()], object), allow_pickle=True)
    np.savez(tmp_path / "d.npz", np.array([Boom()], object))
    for name, message in (("a.pkl", "a pickle"), ("b.bin", "magic"), ("c.npy", "NumPy array"), ("d.npz", "zip")):
        with pytest.raises(ModelRefused, match=message):
            load_classifier(tmp_path / name)
    assert not (tmp_path / "boom").exists()


def test_folders_of_something_else_are_not_overwritten(tmp_path: Path):
    (tmp_path / "precious.txt").write_text("x")
    with pytest.raises(RunRefused, match="is no model"):
        train(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["precious.txt"]
