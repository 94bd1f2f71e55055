"""Our predictions are, bit for bit, those of fastText."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import fasttext
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpusmill.batch import TextBatch
from corpusmill.errors import ModelRefused
from corpusmill.language.identify import LanguageParameters
from corpusmill.models.fasttext.model import FasttextModel
from tests.models.fasttext.files import HIERARCHICAL, NEGATIVE, ONE_VS_ALL, SOFTMAX, Recipe, model
from tests.rpv2_vectors import VENDORED

MANY = {b"__label__%d" % i: 1 + (i * i * 7919) % 1000 for i in range(60)}
SOME = [(bucket * 37 % 1000, row) for row, bucket in enumerate(range(300))]

RECIPES = {
    "words only": Recipe(),
    "no end of line": Recipe(words=(b"the", b"cat")),
    "no words": Recipe(words=(), buckets=50, shortest=1, longest=2),
    "nothing known": Recipe(words=(b"rare",)),
    "characters": Recipe(buckets=997, shortest=2, longest=5),
    "one character": Recipe(buckets=997, shortest=1, longest=1),
    "any shortest": Recipe(buckets=997, shortest=0, longest=3),
    "long n-grams": Recipe(buckets=1 << 12, shortest=3, longest=24),
    "one bucket": Recipe(buckets=1, shortest=2, longest=3, word_ngrams=2),
    "word pairs": Recipe(buckets=997, word_ngrams=2),
    "word n-grams and characters": Recipe(buckets=3001, word_ngrams=5, shortest=3, longest=6),
    "100 dimensions": Recipe(dimensions=100, buckets=997, shortest=2, longest=4),
    "64 dimensions": Recipe(dimensions=64, buckets=97, shortest=2, longest=4),
    "one dimension": Recipe(dimensions=1, buckets=97, shortest=2, longest=4),
    "tree": Recipe(loss=HIERARCHICAL, labels=MANY, buckets=997, shortest=2, longest=4),
    "tree, large weights": Recipe(loss=HIERARCHICAL, labels=MANY, buckets=97, shortest=2, longest=4, scale=30),
    "tree, equal counts": Recipe(loss=HIERARCHICAL, labels=dict.fromkeys(MANY, 5)),
    "tree, leaves equal to inner nodes": Recipe(
        loss=HIERARCHICAL, labels={b"__label__%d" % i: 1 << max(8 - i, 0) for i in range(10)}
    ),
    "tree, one label": Recipe(loss=HIERARCHICAL, labels={b"__label__only": 3}),
    "tree, two labels": Recipe(loss=HIERARCHICAL, labels={b"__label__x": 3, b"__label__y": 3}),
    "negative sampling": Recipe(loss=NEGATIVE, buckets=97, shortest=2, longest=4),
    "one versus all": Recipe(loss=ONE_VS_ALL, labels=MANY, buckets=97, shortest=2, longest=4),
    "saturated": Recipe(loss=ONE_VS_ALL, labels=MANY, scale=40),
    "equal probabilities": Recipe(labels=MANY, scale=0),
    "version 11 has no n-grams of characters": Recipe(version=11, buckets=97, shortest=2, longest=4),
    "repeated words": Recipe(words=(b"the", b"cat", b"the", b"</s>", b"cat", b"</s>"), dimensions=3),
    "odd entries": Recipe(words=(b"</s>", b"__label__word", b"\xff\x80", b"a b"), labels={b"x": 2, b"the": 1}),
    "end of line as label": Recipe(words=(b"the",), labels={b"</s>": 2, b"__label__b": 1}),
    "quantised": Recipe(quantised=2, buckets=97, shortest=2, longest=4),
    "quantised, norms": Recipe(quantised=2, norms=True, buckets=97, shortest=2, longest=4),
    "pruned": Recipe(
        quantised=2, norms=True, pruned=SOME, buckets=1000, shortest=2, longest=4, loss=HIERARCHICAL, labels=MANY
    ),
    "pruned, word n-grams": Recipe(quantised=5, pruned=SOME, buckets=1000, shortest=2, longest=4, word_ngrams=3),
    "pruned away": Recipe(quantised=1, pruned=(), buckets=1000, shortest=2, longest=4, word_ngrams=2),
    "pruned, odd pairs": Recipe(
        quantised=16, pruned=[(5, 1), (5, 0), (-1, 2), (7, 2), (1 << 30, 3)], buckets=8, shortest=1, longest=3
    ),
    "quantised output": Recipe(quantised=4, quantised_output=7, dimensions=30, buckets=97, longest=3),
    "quantised output, norms": Recipe(
        quantised=3,
        quantised_output=2,
        norms=True,
        dimensions=100,
        buckets=97,
        longest=3,
        loss=HIERARCHICAL,
        labels=MANY,
    ),
}
FILES = {
    "lid.176.ftz": LanguageParameters().model_path(),
    **{f"{path.parent.name}/{path.name}": path for path in sorted(VENDORED.glob("artifacts/classifiers/*/*.bin"))},
}

PIECES = ["the", "cat", "Haus", "кот", "猫", "</s>", "</s", "__label__a", "__label__x", "__label__", "__label_", "x"]
PIECES += [
    "sevenes",
    "eight888",
    "nine99999",
    "fourteen444444",
    "fifteen55555555",
    "sixteen666666666",
    "a\x01b",
    "\x1f\x7f",
]
PIECES += [" ", "  ", "\n", "\r\n", "\t", "\0", "\v\f", "\x1c", "\x85", "\u2028", "\u3000", "\xa0", "é", "\U0001f600"]
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=30).map("".join)
ODD = [
    "",
    " ",
    "\n",
    "\0",
    "\u3000\n\u3000",
    "</s>",
    "the </s> cat",
    "</s>\ncat",
    "__label__a",
    "__label__a the",
    "<",
    ">",
]
ODD += [
    "</s\n>",
    "a\nb",
    "the\u2028cat\x85sat\x1d",
    "\x1fthe\x1f",
    "a" * 240_000,
    "猫" * 50_000,
    "the cat " * 5000,
    " ".join(f"{size * 'w'} {size * 'w'} {size * 'ж'} {size * 'ж'}" for size in range(1, 40)),
    " ".join(f"w{number % 700}" for number in range(20_000)),
    "é",
]


def of_file(path: Path, text: str, join: bool) -> tuple[str, float] | None:
    """fastText's prediction."""
    if str(path) not in LOADED:
        LOADED[str(path)] = fasttext.load_model(str(path)).f.predict
    line = " ".join(text.splitlines()).strip() if join else text.replace("\n", "")
    found = LOADED[str(path)](line + "\n", 1, 0.0, "strict")
    return (found[0][1], found[0][0]) if found else None


LOADED: dict = {}


def ours(loaded: FasttextModel, texts: pa.Array, join: bool) -> list[tuple[str, float] | None]:
    batch = TextBatch(texts)
    labels, probabilities, _ = loaded.best(batch.data, batch.offsets, join)
    return [
        (loaded.labels[label], float(probability)) if label >= 0 else None
        for label, probability in zip(labels, probabilities, strict=True)
    ]


def check(path: Path, loaded: FasttextModel, texts: list[str]) -> None:
    for join in (False, True):
        found = ours(loaded, pa.array(texts, pa.large_string()), join)
        assert found == [of_file(path, text, join) for text in texts]


@pytest.fixture(scope="module", params=[*RECIPES, *FILES])
def pair(request, tmp_path_factory) -> tuple[Path, FasttextModel]:
    """A model's file and ours of it."""
    if request.param in FILES:
        path = FILES[request.param]
    else:
        path = tmp_path_factory.mktemp("model") / "model.bin"
        path.write_bytes(model(RECIPES[request.param]))
    return path, FasttextModel(path)


def test_odd_texts(pair):
    check(*pair, ODD)


@settings(derandomize=True, max_examples=30, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=5))
@example(["the cat sat Haus 猫猫猫 кот", "the\ncat", "the cat sat on the Haus </s> кот"])
def test_any_text(pair, texts):
    check(*pair, texts)


def test_rows_are_summed_in_order_whatever_their_number(pair):
    """More rows than are collected at a time, at every phase; float32 sums differ with the order."""
    check(*pair, [" ".join(f"w{i * i % 1009}{'é' * (i % 3)}" for i in range(count)) for count in range(200, 3000, 237)])


@pytest.fixture(scope="module")
def bundled() -> FasttextModel:
    return FasttextModel(FILES["lid.176.ftz"])


def test_batches_slices_and_kinds_change_nothing(bundled):
    texts = ["Guten Morgen", "", "good morning\n</s>", "おはよう", "доброе утро", "bonjour\0tout le monde"] * 4
    expected = ours(bundled, pa.array(texts), False)
    assert [ours(bundled, pa.array([text]), False)[0] for text in texts] == expected
    assert ours(bundled, pa.array(texts, pa.large_string()), False) == expected
    assert ours(bundled, pa.array(["x" * 1000, *texts, "y"])[1:-1], False) == expected
    assert ours(bundled, pa.chunked_array([texts[:5], texts[5:]]), False) == expected
    assert ours(bundled, pa.array([], pa.string()), False) == []


def test_tokens_are_counted(bundled):
    texts = ["", " \n\t\0", "one", " one two\nthree ", "__label__en </s> x", "a\u3000b"]
    batch = TextBatch(pa.array(texts))
    assert bundled.best(batch.data, batch.offsets, False).tokens.tolist() == [0, 0, 1, 2, 2, 1]
    assert bundled.best(batch.data, batch.offsets, True).tokens.tolist() == [0, 0, 1, 3, 2, 1]


@pytest.mark.parametrize("loss", [HIERARCHICAL, SOFTMAX, ONE_VS_ALL])
def test_overflow_gives_no_label(tmp_path, loss):
    path = tmp_path / "model.bin"
    path.write_bytes(model(Recipe(scale=2e37, loss=loss)))
    labels, probabilities, _ = FasttextModel(path).best(np.frombuffer(b"the cat", np.uint8), np.array([0, 7]), False)
    assert labels.tolist() == [-1]
    assert np.isnan(probabilities[0])


TOO_LARGE = Recipe(words=[b"%d" % i for i in range(1 << 15)], dimensions=1 << 12, quantised=1 << 12)


@pytest.mark.parametrize(
    ("recipe", "problem"),
    [
        (Recipe(scale=np.nan), "no numbers"),
        (Recipe(loss=HIERARCHICAL, labels={b"__label__a": 10**15, b"__label__b": 1}), "occurs 1000000000000000 times"),
        (Recipe(quantised=2, pruned=[(1, 0)], buckets=(1 << 28) + 1, longest=2), "268435457 hash buckets"),
        (TOO_LARGE, "too much for a file of"),
        (Recipe(longest=3), "no buckets"),
        (Recipe(word_ngrams=2), "no buckets"),
        (Recipe(buckets=9, longest=101), "n-grams of 1 words"),
        (Recipe(buckets=9, shortest=-1), "n-grams of 1 words"),
        (Recipe(buckets=9, word_ngrams=1 << 30), "n-grams of 1073741824 words"),
        (Recipe(buckets=9, pruned=[(1, 0)]), "dense input matrix"),
    ],
)
def test_models_that_cannot_be_right_are_refused(tmp_path, recipe, problem):
    path = tmp_path / "model.bin"
    path.write_bytes(model(recipe))
    with pytest.raises(ModelRefused, match=problem) as refused:
        FasttextModel(path)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize("name", ["pruned, word n-grams", "quantised output, norms", "tree"])
def test_changed_bytes_are_refused_or_harmless(tmp_path, name):
    """Wherever a byte of the head, the dictionary or a size is wrong, nothing is read out of place."""
    sound = model(replace(RECIPES[name], dimensions=4, quantised_output=0))
    path = tmp_path / "model.bin"
    batch = TextBatch(pa.array(["the cat sat Haus 猫猫猫 кот __label__a", ""]))
    refused = 0
    for position in [*range(300), *range(300, len(sound), 97)]:
        for value in (0, 1, 127, 255):
            path.write_bytes(sound[:position] + bytes([value]) + sound[position + 1 :])
            try:
                loaded = FasttextModel(path)
            except ModelRefused:
                refused += 1
                continue
            labels = loaded.best(batch.data, batch.offsets, False).labels
            assert all(-1 <= label < len(loaded.labels) for label in labels.tolist())
    assert refused > 300
