"""Models by KenLM's `lmplz` and scores by its Python module: `conformance/lm`."""

from __future__ import annotations

import gzip
import json
import lzma
from pathlib import Path

import numpy as np
import pytest

from corpusmill.cli.main import main
from corpusmill.models.ngram.files import load

MODELS = [("en_5gram", "5", ()), ("fr_3gram_pruned", "3", ("--prune", "0", "0", "1"))]

pytestmark = pytest.mark.shared


def unpacked(path: Path, folder: Path) -> Path:
    target = folder / path.name.removesuffix(".xz")
    target.write_bytes(lzma.decompress(path.read_bytes()))
    return target


def run(*arguments: object) -> None:
    assert main([str(argument) for argument in arguments]) == 0


@pytest.mark.parametrize(("name", "order", "prune"), MODELS)
def test_estimates_are_those_of_lmplz(shared: Path, tmp_path: Path, name: str, order: str, prune: tuple[str, ...]):
    vectors = shared / "conformance/lm" / name
    pieces = unpacked(vectors / "train.pieces.xz", tmp_path)
    arpa = tmp_path / "ours.arpa"
    run("train", "lm", "--pieces", pieces, "--order", order, *prune, "--out", tmp_path / "model", "--arpa", arpa)
    expected = load(unpacked(vectors / "model.arpa.xz", tmp_path))
    for found in (load(arpa), load(tmp_path / "model")):
        assert found.words.equals(expected.words)
        for ours, theirs in zip(found.grams, expected.grams, strict=True):
            assert np.array_equal(ours.parent, theirs.parent)
            assert np.array_equal(ours.first_word, theirs.first_word)
            assert np.allclose(ours.log10_probability, theirs.log10_probability, rtol=0, atol=1e-6)
            assert np.allclose(ours.log10_backoff, theirs.log10_backoff, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("name", "order", "prune"), MODELS)
def test_scores_are_those_of_kenlm(shared: Path, tmp_path: Path, name: str, order: str, prune: tuple[str, ...]):
    vectors = shared / "conformance/lm" / name
    expected = [json.loads(line) for line in gzip.decompress((vectors / "scores.jsonl.gz").read_bytes()).splitlines()]
    (tmp_path / "text").write_text("".join(row["pieces"] + "\n" for row in expected))
    arpa = unpacked(vectors / "model.arpa.xz", tmp_path)
    run("score-lm", "--model", arpa, "--pieces", tmp_path / "text", "--out", tmp_path / "scores.jsonl")
    found = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_bytes().splitlines()]
    for row, wanted in zip(found, expected, strict=True):
        assert row["ngram_used"] == wanted["ngram_used"]
        assert row["oov"] == wanted["oov"]
        assert row["log10"] == pytest.approx(wanted["log10"], rel=1e-7)
        assert row["token_log10"] == pytest.approx(wanted["token_log10"], abs=1e-6)
