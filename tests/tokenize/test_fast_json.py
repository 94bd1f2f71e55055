"""The faster engine of tokenizer.json: the ids of `tokenizers`, or it is not used."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.tokenize.cuts import differing
from corpusmill.tokenize.fast_json import Engines, _engine_of, _rows, fast_engine
from corpusmill.tokenize.tokenizers import JsonTokenizer

tokenizers = pytest.importorskip("tokenizers")
pytest.importorskip("fastokens")

TEXT = Path(__file__).parents[2] / "README.md"


def byte_level(pattern: str | None = None) -> str:
    """A byte-level BPE trained on the README, cut as GPT-2's or by `pattern`."""
    made = tokenizers.Tokenizer(tokenizers.models.BPE())
    cut = tokenizers.pre_tokenizers
    made.pre_tokenizer = (
        cut.ByteLevel(add_prefix_space=False)
        if pattern is None
        else cut.Sequence(
            [
                cut.Split(tokenizers.Regex(pattern), behavior="isolated"),
                cut.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
    )
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=1_200,
        initial_alphabet=cut.ByteLevel.alphabet(),
        special_tokens=["<|endoftext|>"],
        show_progress=False,
    )
    made.train_from_iterator(TEXT.read_text("utf-8").splitlines(), trainer)
    return made.to_str()


CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def of_fast_engine(model: str) -> JsonTokenizer:
    """Encodes by it from the first text on."""
    tokenizer = JsonTokenizer("readme", model.encode())
    tokenizer._encode._left_chars = -1
    return tokenizer


@pytest.fixture(scope="module", params=[None, CL100K], ids=["gpt2", "cl100k"])
def tokenizer(request: pytest.FixtureRequest) -> JsonTokenizer:
    return of_fast_engine(byte_level(request.param))


def test_it_is_used_for_byte_level_bpe(tokenizer: JsonTokenizer):
    assert tokenizer.fast() is not None


@settings(max_examples=300, derandomize=True, deadline=None)
@given(texts=st.lists(st.text(max_size=80), max_size=6))
def test_any_text_has_the_ids_of_tokenizers(tokenizer: JsonTokenizer, texts: list[str]):
    assert [ids.tolist() for ids in tokenizer.encode_batch(texts)] == tokenizer.by_reference(texts)


def test_special_tokens_in_a_text_are_those_of_tokenizers(tokenizer: JsonTokenizer):
    texts = ["<|endoftext|>", "a<|endoftext|>b <|endoftext|> c", "<|endoftext", "é<|endoftext|>\u0301"]
    assert [ids.tolist() for ids in tokenizer.encode_batch(texts)] == tokenizer.by_reference(texts)


def by_engine(pattern: str) -> Callable[[Sequence[str]], list[list[int]]]:
    """fastokens under the vocabulary that shows the cuts."""
    shown = _engine_of(JsonTokenizer("x", byte_level().encode())._showing(byte_level(pattern)).model)
    return lambda texts: _rows(shown, texts)


def engines(tokenizer: JsonTokenizer, model: str) -> tuple[Engines, Engines]:
    return Engines(model, tokenizer.by_reference), tokenizer._showing(model)


def test_an_engine_of_other_ids_is_not_used():
    tokenizer = JsonTokenizer("readme", byte_level().encode())
    own, showing = engines(tokenizer, byte_level())
    assert fast_engine(own, showing) is not None
    assert fast_engine(Engines(own.model, lambda texts: [[*ids, 0] for ids in own.reference(texts)]), showing) is None


def test_an_engine_that_cuts_elsewhere_is_not_used():
    tokenizer = JsonTokenizer("readme", byte_level().encode())
    own, _ = engines(tokenizer, byte_level())
    assert fast_engine(own, engines(tokenizer, byte_level(r"\p{Lu}?\p{Ll}+|[^\p{Ll}]"))[1]) is not None
    cut_otherwise = tokenizer._showing(byte_level(r"\p{L}+|[^\p{L}]+")).reference
    assert fast_engine(own, Engines(tokenizer._showing(byte_level()).model, cut_otherwise)) is None


def test_characters_that_it_cuts_differently_are_left_to_the_reference():
    """U+180E is a blank to PCRE2, by which the engine cuts when it is given an expression."""
    expression = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    tokenizer = JsonTokenizer("readme", byte_level(expression).encode())
    fast = tokenizer.fast()
    assert fast is not None
    texts = ["a\u180ea \u180e!", "plain", "\u180e", "It's here\n\n  now"]
    asked: list[str] = []

    def noted(texts: Sequence[str]) -> list[list[int]]:
        asked.extend(texts)
        return tokenizer.by_reference(texts)

    fast._reference = noted
    assert [row.tolist() for row in fast(texts).rows()] == tokenizer.by_reference(texts)
    assert set(asked) <= {texts[0], texts[2]}
    assert ("\u180e" in differing(tokenizer._showing(byte_level(expression)).reference, by_engine(expression))) == bool(
        asked
    )


def test_a_repeat_that_only_one_engine_takes_for_possessive_is_found_out():
    """`{1,3}+` is greedy again to the expressions of `tokenizers`."""
    tokenizer = of_fast_engine(byte_level(r"\p{N}{1,3}+|\P{N}+"))
    texts = ["12345678", "a 1234 b", "x"]
    assert [row.tolist() for row in tokenizer.encode_batch(texts)] == tokenizer.by_reference(texts)


def test_a_kind_that_it_does_not_read_is_left_to_tokenizers():
    model = json.loads(byte_level())
    model["model"] = {"type": "WordLevel", "vocab": {"[UNK]": 0, "a": 1}, "unk_token": "[UNK]"}
    model["pre_tokenizer"] = {"type": "Whitespace"}
    model["added_tokens"] = []
    words = JsonTokenizer("words", json.dumps(model).encode())
    assert words.fast() is None
    assert [ids.tolist() for ids in words.encode_batch(["a b a", ""])] == [[1, 0, 1], []]


def test_without_the_package_there_is_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "fastokens", None)
    slow = JsonTokenizer("readme", byte_level().encode())
    assert slow.fast() is None
    assert [ids.tolist() for ids in slow.encode_batch(["Hello", ""])] == slow.by_reference(["Hello", ""])
