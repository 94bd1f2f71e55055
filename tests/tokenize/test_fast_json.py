"""The faster engines of tokenizer.json, ours and fastokens: the ids of `tokenizers`, or they are not used."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.tokenize.byte_pair_file import CUTS, of_json
from corpusmill.tokenize.byte_pairs import BytePairEngine, byte_pair_engine
from corpusmill.tokenize.fast_json import FastEngine, fast_engine
from corpusmill.tokenize.tokenizers import JsonTokenizer, _loaded
from corpusmill.tokenize.trial import Encoders

tokenizers = pytest.importorskip("tokenizers")

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


NO_CUT_OF_OURS = r"\p{Lu}?\p{Ll}+|[^\p{Ll}]"


def changed(written: str, **entries: Any) -> str:
    return json.dumps(json.loads(written) | entries)


def of_fast_engine(model: str) -> JsonTokenizer:
    """Encodes by it from the first text on."""
    tokenizer = JsonTokenizer("readme", model.encode())
    tokenizer._encode._left_bytes = -1
    return tokenizer


def array(texts: Sequence[str]) -> pa.Array:
    return pa.array(texts, pa.large_string())


ADDED = [
    {"content": "<|x|>", "special": True},
    {"content": "<|x|>y", "special": True},
    {"content": "  ", "normalized": True},
    {"content": "    ", "normalized": True},
    {"content": "<mask>", "lstrip": True},
]


def with_added(model: str) -> str:
    """`<mask>` takes the blanks before it, which only the reference knows to do."""
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    tokens = [plain | token | {"id": 5_000 + place} for place, token in enumerate(ADDED)]
    return changed(model, added_tokens=[*json.loads(model)["added_tokens"], *tokens])


def whole_pieces_first(model: str) -> str:
    vocabulary = json.loads(model)["model"]
    return changed(model, model=vocabulary | {"ignore_merges": True})


MODELS = {
    "ByteLevel": byte_level,
    **{f"cut {place}": (lambda pattern=pattern: byte_level(pattern)) for place, pattern in enumerate(CUTS)},
    "NFC and added tokens": lambda: with_added(changed(byte_level(), normalizer={"type": "NFC"})),
    "whole pieces first": lambda: whole_pieces_first(byte_level([*CUTS][2])),
}


@pytest.fixture(scope="module", params=MODELS)
def tokenizer(request: pytest.FixtureRequest) -> JsonTokenizer:
    return of_fast_engine(MODELS[request.param]())


def test_ours_is_used_for_byte_level_bpe(tokenizer: JsonTokenizer):
    assert isinstance(tokenizer.fast(), BytePairEngine)


TEXT_OF = st.one_of(
    st.text(max_size=80),
    st.text("aAsStTdD '\n\r\t19./!éſ\u0300\u0301e가ᄀ\u1161數²\xa0", max_size=50),
    st.lists(st.sampled_from([*(token["content"] for token in ADDED), "<|endoftext|>", " ", "ab", "\u0338", "e"])).map(
        "".join
    ),
)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(texts=st.lists(TEXT_OF, max_size=6))
def test_any_text_has_the_ids_of_tokenizers(tokenizer: JsonTokenizer, texts: list[str]):
    assert [ids.tolist() for ids in tokenizer.encode_batch(texts)] == tokenizer.by_reference(texts)


def test_special_tokens_in_a_text_are_those_of_tokenizers(tokenizer: JsonTokenizer):
    texts = ["<|endoftext|>", "a<|endoftext|>b <|endoftext|> c", "<|endoftext", "é<|endoftext|>\u0301", "a  <mask> b"]
    assert [ids.tolist() for ids in tokenizer.encode_batch(texts)] == tokenizer.by_reference(texts)


def test_a_page_of_text_and_of_code_has_them(tokenizer: JsonTokenizer):
    texts = [TEXT.read_text("utf-8"), Path(__file__).read_text("utf-8"), "a" * 5_000, "12345 " * 900]
    assert [ids.tolist() for ids in tokenizer.encode_batch(texts)] == tokenizer.by_reference(texts)


@pytest.mark.parametrize(
    ("texts", "left"),
    [
        (["e\u0301", "\u212b", "\u1100\u1161"], []),  # composed here
        (["<|endoftext|>\u0338", "a\u0301<|x|>"], ["<|endoftext|>\u0338", "a\u0301<|x|>"]),
        (["é  <|x|>", "a<mask>", "\u0378"], ["a<mask>", "\u0378"]),
    ],
)
def test_texts_that_are_left_to_tokenizers(texts: list[str], left: list[str]):
    tokenizer = of_fast_engine(MODELS["NFC and added tokens"]())
    fast = tokenizer.fast()
    assert isinstance(fast, BytePairEngine)
    asked: list[str] = []
    fast._reference = lambda texts: asked.extend(texts) or tokenizer.by_reference(texts)
    assert fast.rows(texts) == tokenizer.by_reference(texts)
    assert asked == left


@pytest.mark.parametrize(
    "entries",
    [
        {"normalizer": {"type": "Lowercase"}},
        {"normalizer": {"type": "NFKC"}},
        {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}},
        {"pre_tokenizer": {"type": "Whitespace"}},
        {"pre_tokenizer": None},
    ],
    ids=str,
)
def test_what_is_done_to_texts_otherwise_is_not_ours(entries: dict[str, Any]):
    assert of_json(json.loads(changed(byte_level(), **entries)), {}) is None


@pytest.mark.parametrize(
    "entries",
    [
        {"type": "Unigram"}, {"dropout": 0.1}, {"byte_fallback": True}, {"continuing_subword_prefix": "##"},
        {"end_of_word_suffix": "</w>"}, {"vocab": {"a": 0}}, {"merges": [["a", "数"]]}, {"merges": ["a b c"]},
    ],
    ids=str,
)  # fmt: skip
def test_models_that_are_not_ours(entries: dict[str, Any]):
    described = json.loads(byte_level())
    assert of_json(described, {}) is not None
    assert of_json(described | {"model": described["model"] | entries}, {}) is None


def references(tokenizer: JsonTokenizer, model: str) -> tuple[Encoders, str]:
    showing = tokenizer._showing(json.loads(model))
    shown = _loaded(showing)
    return Encoders(tokenizer.by_reference, lambda texts: tokenizer._ids_of(shown, texts)), showing


def test_a_reference_of_other_ids_or_cuts_is_not_ours():
    tokenizer = JsonTokenizer("readme", byte_level().encode())
    file = of_json(json.loads(byte_level()), {})
    assert file is not None
    reference, _ = references(tokenizer, byte_level())
    elsewhere, _ = references(tokenizer, byte_level(r"\p{L}+|[^\p{L}]+"))
    other_ids = Encoders(lambda texts: [[*ids, 0] for ids in reference.own(texts)], reference.showing)
    assert byte_pair_engine(file, reference, tokenizer._dtype) is not None
    assert byte_pair_engine(file, other_ids, tokenizer._dtype) is None
    assert byte_pair_engine(file, Encoders(reference.own, elsewhere.showing), tokenizer._dtype) is None


def test_a_few_characters_that_are_cut_otherwise_are_left_to_the_reference():
    tokenizer = JsonTokenizer("readme", byte_level().encode())
    file = of_json(json.loads(byte_level()), {})
    assert file is not None
    reference, _ = references(tokenizer, byte_level())

    def showing(texts: Sequence[str]) -> list[list[int]]:
        rows = zip(texts, reference.showing(texts), strict=True)
        return [[*row, 0] if "\u180e" in text else row for text, row in rows]

    fast = byte_pair_engine(file, Encoders(reference.own, showing), tokenizer._dtype)
    assert fast is not None
    fast._reference = lambda texts: [[7] for _ in texts]
    assert fast.rows(["a", "b\u180e"]) == [*tokenizer.by_reference(["a"]), [7]]


def test_what_is_not_ours_is_encoded_by_fastokens():
    pytest.importorskip("fastokens")
    tokenizer = of_fast_engine(byte_level(NO_CUT_OF_OURS))
    assert isinstance(tokenizer.fast(), FastEngine)
    texts = ["a\u180ea \u180e!", "plain Text", "", "It's here\n\n  now"]
    assert [row.tolist() for row in tokenizer.encode_batch(texts)] == tokenizer.by_reference(texts)


def test_fastokens_of_other_ids_or_cuts_is_not_used():
    pytest.importorskip("fastokens")
    model = byte_level(NO_CUT_OF_OURS)
    tokenizer = JsonTokenizer("readme", model.encode())
    reference, showing = references(tokenizer, model)
    elsewhere, _ = references(tokenizer, byte_level())
    assert fast_engine(model, showing, reference) is not None
    other_ids = Encoders(lambda texts: [[*ids, 0] for ids in reference.own(texts)], reference.showing)
    assert fast_engine(model, showing, other_ids) is None
    assert fast_engine(model, showing, Encoders(reference.own, elsewhere.showing)) is None


def test_characters_that_fastokens_cuts_differently_are_left_to_the_reference():
    """U+180E is a blank to PCRE2, by which it cuts when it is given an expression."""
    pytest.importorskip("fastokens")
    model = byte_level(r" ?\p{L}+|[^\s\p{L}]+|\s+(?!\S)|\s+")
    tokenizer = JsonTokenizer("readme", model.encode())
    fast = tokenizer.fast()
    assert isinstance(fast, FastEngine)
    asked: list[str] = []
    fast._reference = lambda texts: asked.extend(texts) or tokenizer.by_reference(texts)
    texts = ["a\u180ea \u180e!", "plain", "\u180e", "It's here\n\n  now"]
    assert [row.tolist() for row in fast(array(texts)).rows()] == tokenizer.by_reference(texts)
    assert set(asked) <= {texts[0], texts[2]}
    assert ("\u180e" in fast._unsure) == bool(asked)


def test_a_repeat_that_only_one_engine_takes_for_possessive_is_found_out():
    """`{1,3}+` is greedy again to the expressions of `tokenizers`."""
    tokenizer = of_fast_engine(byte_level(r"\p{N}{1,3}+|\P{N}+"))
    texts = ["12345678", "a 1234 b", "x"]
    assert [row.tolist() for row in tokenizer.encode_batch(texts)] == tokenizer.by_reference(texts)


def test_a_kind_that_none_reads_is_left_to_tokenizers():
    model = json.loads(byte_level())
    model["model"] = {"type": "WordLevel", "vocab": {"[UNK]": 0, "a": 1}, "unk_token": "[UNK]"}
    model["pre_tokenizer"] = {"type": "Whitespace"}
    model["added_tokens"] = []
    words = JsonTokenizer("words", json.dumps(model).encode())
    assert words.fast() is None
    assert [ids.tolist() for ids in words.encode_batch(["a b a", ""])] == [[1, 0, 1], []]


def test_without_the_package_ours_is_left(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "fastokens", None)
    assert isinstance(JsonTokenizer("readme", byte_level().encode()).fast(), BytePairEngine)
    slow = JsonTokenizer("readme", byte_level(NO_CUT_OF_OURS).encode())
    assert slow.fast() is None
    assert [ids.tolist() for ids in slow.encode_batch(["Hello", ""])] == slow.by_reference(["Hello", ""])
