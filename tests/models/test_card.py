"""Folders of models: an interrupted training is made good by the same command, and nothing else is written over."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from corpusmill.errors import ModelRefused, RunRefused
from corpusmill.models.card import Card, begin, finish, read_card
from corpusmill.models.importance.train import train_importance

CARD = Card("test", 1, {}, {}, {"a": ""})


def test_what_was_interrupted_is_no_model_and_may_be_made_again(tmp_path: Path):
    model = tmp_path / "m"
    begin(model)
    (model / "a").write_bytes(b"half")
    with pytest.raises(ModelRefused, match=r"it has no model\.json"):
        read_card(model, "test")
    begin(model)
    (model / "a").write_bytes(b"whole")
    finish(model, CARD)
    assert read_card(model, "test").files.keys() == {"a"}
    assert sorted(path.name for path in model.iterdir()) == ["a", "model.json"]


def test_a_folder_of_something_else_is_not_written_into(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"mine")
    with pytest.raises(RunRefused, match="exists and is no model"):
        begin(tmp_path)


def test_the_same_command_goes_on_after_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def train() -> None:
        corpora = {"ccnet": [pa.array(["one two"])], "books": [pa.array(["three four"])]}
        train_importance("en", corpora, {}, tmp_path / "en")

    def full(path: Path, array: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr("corpusmill.models.importance.train.write_npy", full)
        train()
    train()
    assert read_card(tmp_path / "en", "dsir-importance").files
