"""Tokenizers made ready: what is kept of them, and when it is made anew."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from corpusmill.tokenize import ranks, tokenizers
from corpusmill.tokenize.byte_pairs import BytePairEngine
from corpusmill.tokenize.prepared import Facts, Prepared, _files, keep, place_of, recall
from corpusmill.tokenize.ranks import RanksTokenizer
from corpusmill.tokenize.special import SpecialIds
from corpusmill.tokenize.tokenizers import JsonTokenizer
from tests.tokenize.test_fast_json import MODELS

TEXTS = ["", "It's 1234 words,  <|endoftext|>", "a  <mask> b<|x|>y", "e\u0301 \u0530 \U0003ffff ſ", "数学\n\n x"]

RANKS = {bytes([byte]): byte for byte in range(256)} | {b"  ": 256, b"ab": 257, b" wo": 300, b"wo": 299, b"12": 301}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CORPUSMILL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def made_ready(model: str) -> JsonTokenizer:
    tokenizer = JsonTokenizer("x", model.encode())
    tokenizer.prepare()
    return tokenizer


@pytest.mark.parametrize("name", MODELS)
def test_what_was_made_ready_gives_the_same_ids_without_the_package(cache, monkeypatch, name):
    model = MODELS[name]()
    first = made_ready(model)
    expected = [row.tolist() for row in first.encode_batch(TEXTS)]
    (kept,) = cache.rglob("*.npz")
    again = made_ready(model)
    assert (again.vocabulary_size, again.special) == (first.vocabulary_size, first.special)
    assert "_tokenizer" not in vars(again)
    assert [row.tolist() for row in again.encode_batch(TEXTS)] == expected
    assert again.by_reference(TEXTS) == expected
    monkeypatch.setattr(tokenizers, "place_of", lambda *names: None)
    assert [row.tolist() for row in made_ready(model).encode_batch(TEXTS)] == expected
    assert [*cache.rglob("*")][-1] == kept


@pytest.mark.parametrize("pattern", ["gpt2", "cl100k", "o200k"])
def test_files_of_ranks_are_kept_too(cache, monkeypatch, pattern):
    content = b"".join(base64.b64encode(token) + b" %d\n" % rank for token, rank in RANKS.items())
    texts = [*TEXTS, " " * 300_000, "x" * 250_000]
    first = RanksTokenizer("x", content, pattern)
    first.prepare()
    expected = [row.tolist() for row in first.encode_batch(texts)]
    assert len([*cache.rglob("*.npz")]) == 1
    again = RanksTokenizer("x", content, pattern)
    again.prepare()
    assert (again.vocabulary_size, again.special) == (first.vocabulary_size, first.special)
    assert not {"_ranks", "_encoding"} & {*vars(again)}
    assert [row.tolist() for row in again.encode_batch(texts)] == expected
    monkeypatch.setattr(ranks, "place_of", lambda *names: None)
    assert [row.tolist() for row in RanksTokenizer("x", content, pattern).encode_batch(texts)] == expected


def test_a_file_of_ranks_is_kept_for_each_pattern(cache):
    content = b"".join(base64.b64encode(token) + b" %d\n" % rank for token, rank in RANKS.items())
    for number, pattern in enumerate(("gpt2", "cl100k"), 1):
        tokenizer = RanksTokenizer("x", content, pattern)
        tokenizer.prepare()
        assert len([*cache.rglob("*.npz")]) == number
        (found,), (expected,) = tokenizer.encode_batch(["12345  a"]), tokenizer.by_reference(["12345  a"])
        assert found.tolist() == expected.tolist()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no archive", None])
def test_what_cannot_be_read_is_made_anew(cache, content):
    model = MODELS["ByteLevel"]()
    expected = made_ready(model).encode_batch(TEXTS)
    (kept,) = cache.rglob("*.npz")
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert recall(kept) is None
    again = made_ready(model)
    assert [row.tolist() for row in again.encode_batch(TEXTS)] == [row.tolist() for row in expected]
    assert recall(kept) is not None


def test_a_folder_that_nobody_can_write_to_is_no_fault(tmp_path, monkeypatch):
    monkeypatch.setenv("CORPUSMILL_CACHE", str(tmp_path / "file"))
    (tmp_path / "file").write_text("in the way")
    assert made_ready(MODELS["ByteLevel"]()).encode_batch(["abc"])
    monkeypatch.setenv("CORPUSMILL_CACHE", "")
    assert place_of("x", "tokenizers") is None


def test_few_are_kept(tmp_path):
    prepared = Prepared(Facts(7, SpecialIds()), [], [], {})
    for number in range(20):
        keep(tmp_path / f"{number}.npz", prepared)
        os.utime(tmp_path / f"{number}.npz", (number, number))
    keep(tmp_path / "last.npz", prepared)
    assert {path.stem for path in tmp_path.iterdir()} == {"last", *map(str, range(5, 20))}


def test_other_files_and_packages_have_other_places(cache):
    places = {place_of("x", "tokenizers"), place_of("y", "tokenizers"), place_of("x", "tiktoken")}
    assert len(places) == 3
    assert place_of("x", "no-such-package") is None


def test_what_is_kept_comes_back(tmp_path):
    prepared = Prepared(Facts(7, SpecialIds(None, 3, None)), ["ſ"], ["\u0530"], {"ids": np.array([5, -1])})
    keep(tmp_path / "x.npz", prepared)
    found = recall(tmp_path / "x.npz")
    assert found is not None and found[:3] == prepared[:3]
    assert {name: array.tolist() for name, array in found.file.items()} == {
        name: array.tolist() for name, array in prepared.file.items()
    }


def test_unassigned_characters_of_broken_texts_need_no_reference():
    tokenizer = JsonTokenizer("x", MODELS["ByteLevel"]().encode())
    engine = tokenizer.fast()
    assert isinstance(engine, BytePairEngine)
    assert "\u0530" in engine.sure and not engine.leaves("\u0530")
    texts = [f"a{character}b {character}1{character}" for character in engine.sure]
    assert engine.rows(texts) == tokenizer.by_reference(texts)
    assert engine.leaves("\U0003ffff")


def test_all_that_the_kernels_are_made_of_is_in_the_name():
    code = "import sys, corpusmill.kernels.byte_pairs.encoder, corpusmill.kernels.sentence_pieces.encoder\n"
    code += "print(*(m.__file__ for name, m in sys.modules.items() if name.startswith('corpusmill.kernels.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    used = {Path(path) for path in done.stdout.split() if Path(path).name != "__init__.py"}
    assert len(used) > 15
    assert used <= set(_files())
