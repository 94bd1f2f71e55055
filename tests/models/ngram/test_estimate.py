"""Estimation and scoring against the oracle, on random sentences."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.errors import InputRefused, RecipeError
from corpusmill.models.ngram.files import load
from corpusmill.models.ngram.model import NgramModel
from corpusmill.models.ngram.train import NgramParameters, train_on_pieces
from tests.models.ngram.plain import estimated, log10

SENTENCES = st.lists(st.lists(st.sampled_from("abcdé"), max_size=8), min_size=1, max_size=30)


def zipfian(sentences: int, seed: int) -> list[list[str]]:
    choice = random.Random(seed)
    return [[f"w{int(choice.paretovariate(0.8)) % 300}" for _ in range(choice.randrange(12))] for _ in range(sentences)]


def trained(folder: Path, sentences: list[list[str]], order: int, prune: tuple[int, ...] = ()) -> NgramModel:
    text = folder / "text"
    text.write_text("".join(" ".join(words) + "\n" for words in sentences))
    train_on_pieces([text], NgramParameters(order, prune), folder / "model", folder / "model.arpa")
    return load(folder / "model")


def ngrams(model: NgramModel) -> dict[tuple[str, ...], tuple[float, float]]:
    words = model.words.to_pylist()
    found: dict[tuple[str, ...], tuple[float, float]] = {}
    above: list[tuple[str, ...]] = [()]
    for level in model.grams:
        grams = [(words[w], *above[p]) for w, p in zip(level.first_word, level.parent, strict=True)]
        found |= dict(zip(grams, zip(level.log10_probability, level.log10_backoff, strict=True), strict=True))
        above = grams
    return found


def assert_as_by_the_book(folder: Path, sentences: list[list[str]], order: int, prune: tuple[int, ...] = ()) -> None:
    model, plain = trained(folder, sentences, order, prune), estimated(sentences, order, prune)
    assert ngrams(load(folder / "model.arpa")).keys() == plain.keys()
    found = ngrams(model)
    assert found.keys() == plain.keys()
    for gram, expected in plain.items():
        assert np.allclose(found[gram], expected, atol=2e-6), gram
    others = [*zipfian(20, 3), *sentences[:20], [], ["unseen", "w1", "unseen"], ["a", "b", "a"]]
    scores = model.score([" ".join(words) for words in others])
    assert np.allclose(scores.log10, [log10(plain, order, words) for words in others], atol=1e-4)


@pytest.mark.parametrize(
    ("order", "prune"), [(1, ()), (2, ()), (3, ()), (5, ()), (3, (0, 0, 1)), (4, (0, 1, 1, 2)), (5, (0, 2))]
)
def test_the_book(tmp_path: Path, order: int, prune: tuple[int, ...]):
    assert_as_by_the_book(tmp_path, zipfian(400, order), order, prune)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(sentences=SENTENCES, order=st.integers(1, 4))
def test_small_texts(tmp_path_factory: pytest.TempPathFactory, sentences: list[list[str]], order: int):
    assert_as_by_the_book(tmp_path_factory.mktemp("lm"), sentences, order)


def test_probabilities_of_all_words_sum_to_one(tmp_path: Path):
    model = trained(tmp_path, zipfian(300, 9), 3, (0, 0, 1))
    words = [word for word in model.words.to_pylist() if word != "<s>"]
    for context in ("", "w1", "w2 w1", "unseen w3"):
        length = len(context.split())
        scores = model.score([f"{context} {word}".strip() for word in words if word != "</s>"] + [context])
        begins = np.concatenate(([0], scores.ends[:-1]))
        assert np.isclose(sum(10.0 ** scores.token_log10[begin + length] for begin in begins), 1, atol=1e-4), context


def test_length_used_and_unknown_words(tmp_path: Path):
    model = trained(tmp_path, [["a", "b"], ["a", "c"], []], 3)
    scores = model.score(["a b", "x", "", "a x b"])
    assert scores.ends.tolist() == [3, 5, 6, 10]
    assert scores.ngram_used.tolist() == [2, 3, 3, 1, 1, 2, 2, 1, 1, 2]
    assert scores.unknown.tolist() == [False] * 3 + [True, False] + [False] + [False, True, False, False]


def test_spaces_make_no_words(tmp_path: Path):
    model = trained(tmp_path, [["a", "b"], ["a", "c"]], 2)
    scores = model.score(["a b", " a  b ", " "])
    assert scores.ends.tolist() == [3, 6, 7]
    assert scores.token_log10[:3].tolist() == scores.token_log10[3:6].tolist()


def test_batches_change_no_score(tmp_path: Path):
    sentences = zipfian(200, 4)
    model, texts = trained(tmp_path, sentences, 4), [" ".join(words) for words in sentences]
    one_by_one = np.concatenate([model.score([text]).token_log10 for text in texts])
    assert (one_by_one == model.score(texts).token_log10).all()


@pytest.mark.parametrize(
    ("order", "prune", "message"),
    [(0, (), "order 0"), (11, (), "order 11"), (2, (1,), "words are not pruned"), (3, (0, 2, 1), "do not fall")],
)
def test_impossible_parameters_are_refused(tmp_path: Path, order: int, prune: tuple[int, ...], message: str):
    with pytest.raises(RecipeError, match=message):
        trained(tmp_path, [["a"]], order, prune)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "no sentence"), (b"a <s> b\n", "<s>"), (b"a\xff\n", "not UTF-8 at byte 1"), (None, "does not exist")],
)
def test_texts_that_cannot_be_learned_from_are_refused(tmp_path: Path, content: bytes | None, message: str):
    if content is not None:
        (tmp_path / "text").write_bytes(content)
    with pytest.raises(InputRefused, match=message):
        train_on_pieces([tmp_path / "text"], NgramParameters(), tmp_path / "model")
