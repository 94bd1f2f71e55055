"""A small trained model and a small tokenizer.json, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpusmill.tokenize.train import train_sentencepiece

WORDS = [
    "harbour",
    "kitchen",
    "garden",
    "Straße",
    "café",
    "señor",
    "über",
    "naïve",
    "数学",
    "данные",
    "network",
    "signal",
]


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """300 short texts of two lines, fixed."""
    size = len(WORDS)
    return [" ".join(WORDS[(i * 7 + j * j) % size] for j in range(12)) + f"\nline {i}, done." for i in range(300)]


@pytest.fixture(scope="session")
def model(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_sentencepiece(texts, tmp_path_factory.mktemp("model") / "small.model", 420)


@pytest.fixture(scope="session")
def tokenizer_json(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A word-level tokenizer whose file asks for special tokens, truncation and padding, and whose ids have a gap."""
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({"<unk>": 0, "<s>": 1, "a": 2, "b": 3, "far": 40_000}, unk_token="<unk>")
    )
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    tokenizer.enable_truncation(2)
    tokenizer.enable_padding(length=2)
    path = tmp_path_factory.mktemp("json") / "tokenizer.json"
    tokenizer.save(str(path))
    return path
