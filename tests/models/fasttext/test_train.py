"""Training against the plain oracle, and what no input may do to it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.errors import InputRefused, RecipeError
from corpusmill.models.fasttext.classifier import area_under_curve, load_classifier, score, train_classifier
from corpusmill.models.fasttext.corpus import Corpus, keys_of, scrambled
from corpusmill.models.fasttext.parameters import PRESETS, ClassifierParameters, preset
from corpusmill.models.fasttext.train import learn
from corpusmill.read.texts import batches_of
from tests.models.fasttext import plain

LABELS = ["__label__target", "__label__cc"]
POSITIVE = ["the river runs to the sea", "sea and river\nmeet", "Flüsse fließen ins Meer", "猫 the sea", "the the the"]
NEGATIVE = ["buy now cheap shoes", "click here to buy", "cheap cheap click", "buy the shoes", "log in now", "now"]
SMALL = {"bucket": 500, "dim": 10}


def corpus_of(positive=POSITIVE, negative=NEGATIVE) -> Corpus:
    corpus = Corpus()
    for number, texts in enumerate((positive, negative)):
        array = pa.array(texts, pa.large_string())
        corpus.add(array, keys_of(array), number)
    return corpus


def train(out: Path, positive=POSITIVE, negative=NEGATIVE, held_out=0.0, label="target", **parameters):
    settings = ClassifierParameters(**{**SMALL, **parameters})
    return train_classifier(batches_of(positive), batches_of(negative), label, settings, out, {}, held_out)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"epoch": 3, "lr": 1.0},
        {"word_ngrams": 2},
        {"word_ngrams": 3, "min_count": 2},
        {"minn": 2, "maxn": 4, "dim": 7},
        {"minn": 0, "maxn": 2, "word_ngrams": 2, "min_count": 3, "epoch": 2},
        {"lr_update_rate": 1, "dim": 130},
    ],
    ids=str,
)
def test_learns_what_the_plain_oracle_learns(parameters):
    settings = ClassifierParameters(**{"bucket": 50, "dim": 10, "epoch": 1, **parameters})
    corpus = corpus_of()
    learned = learn(corpus, LABELS, settings)
    words = [word[:-1].decode() for word in learned.model.words.to_pylist()]
    tokens = [plain.words_of(text) for text in POSITIVE + NEGATIVE]
    counts = {word: sum(t.count(word) for t in tokens) for t in tokens for word in t}
    kept = [word for word, count in counts.items() if count >= settings.min_count]
    assert words == sorted(kept, key=lambda word: (-counts[word], word.encode()))
    assert learned.model.word_counts.tolist() == [counts[word] for word in words]
    assert list(learned.model.labels) == ["__label__cc", "__label__target"]

    rows = len(words) + settings.buckets
    start = np.zeros(rows * settings.dim, np.float32)
    from corpusmill.kernels.fasttext.training import fill_uniform

    fill_uniform(start, 1 / settings.dim, settings.seed)
    order = np.lexsort((corpus.labels, scrambled(corpus.keys, settings.seed)))
    n = settings.word_ngrams, settings.buckets, settings.minn, settings.maxn
    texts = [(plain.rows_of(tokens[i], words, *n), len(tokens[i]) + 1) for i in order]
    labels = [1 if i < len(POSITIVE) else 0 for i in order]
    inner, outer = plain.descend(
        texts, labels, 2, start.reshape(rows, -1), settings.epoch, settings.lr, settings.lr_update_rate
    )
    np.testing.assert_allclose(learned.model.input, inner, atol=1e-5)
    np.testing.assert_allclose(learned.model.output, outer, atol=1e-5)
    assert abs(outer).max() > 1e-4


def test_learns_what_fasttext_learns_bit_for_bit(monkeypatch: pytest.MonkeyPatch):
    """fastText 0.9.2 on one thread, from the same first weights (tools/make_fasttext_training.py)."""
    from corpusmill.kernels.fasttext import training as kernels

    wanted = orjson.loads((Path(__file__).parents[2] / "data" / "fasttext_training.json").read_bytes())
    settings = ClassifierParameters(**wanted["parameters"])
    lines = wanted["lines"]
    corpus = corpus_of(*([text for number, text in lines if number == side] for side in (0, 1)))
    sides = [number for side in (0, 1) for number, _ in lines if number == side]
    place = {text: n for n, text in enumerate(text for side in (0, 1) for number, text in lines if number == side)}
    order = np.array([place[text] for _, text in lines])
    assert len(place) == len(sides) == len(lines)

    whole = kernels.Schedule
    # fastText counts the words of the vectors that it begins with as tokens
    more = settings.epoch * len(corpus.words)
    monkeypatch.setattr(kernels, "Schedule", lambda tokens, **others: whole(tokens=tokens + more, **others))
    monkeypatch.setattr(np, "lexsort", lambda keys: order)  # the order of the lines, not that of their hashes
    words = [word[:-1].decode() for word in corpus.words.texts.to_pylist()]
    counts = np.bincount(corpus.tokens).tolist()
    ordered = sorted(words, key=lambda word: (-counts[words.index(word)], word.encode()))
    first = np.array([wanted["first"][word] for word in ordered], np.float32)
    learned = learn(corpus, LABELS, settings, first_input=first)
    assert [word[:-1].decode() for word in learned.model.words.to_pylist()] == ordered
    assert list(learned.model.labels) == wanted["labels"]
    np.testing.assert_array_equal(learned.model.input, np.array([wanted["input"][word] for word in ordered]))
    np.testing.assert_array_equal(learned.model.output, np.array(wanted["output"]))


def test_first_weights_are_even_and_of_the_seed():
    from corpusmill.kernels.fasttext.training import fill_uniform

    a, b = np.zeros(100_000, np.float32), np.zeros(100_000, np.float32)
    fill_uniform(a, 0.01, 0)
    fill_uniform(b, 0.01, 1)
    assert a.min() >= -0.01 and a.max() < 0.01 and len(np.unique(a)) > 99_000
    assert abs(a.mean()) < 1e-4 and abs(np.abs(a).mean() - 0.005) < 1e-4
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.02


def test_a_separable_set_is_learned(tmp_path: Path):
    positive = [f"calm river number {i}" for i in range(100)]
    negative = [f"cheap shoes number {i}" for i in range(100)]
    trained = train(tmp_path / "m", positive, negative, held_out=0.2, lr=0.5, epoch=10)
    assert trained.held_out is not None and trained.held_out.texts > 20
    assert (trained.held_out.accuracy, trained.held_out.auc) == (1.0, 1.0)
    assert sum(trained.texts.values()) + trained.held_out.texts == 200


@pytest.mark.parametrize("parameters", [{}, {"word_ngrams": 2}, {"minn": 2, "maxn": 3}], ids=str)
def test_predicts_as_fasttext_does(tmp_path: Path, parameters):
    import fasttext

    train(tmp_path / "m", lr=1.0, epoch=20, **parameters)
    texts = [*POSITIVE, *NEGATIVE, "unknown words only", "the shoes, the sea", "猫", "</s>"]
    ours, known = score(load_classifier(tmp_path / "m"), pa.array(texts, pa.large_string()))
    theirs = fasttext.load_model(str(tmp_path / "m" / "model.bin"))
    for text, probability, is_known in zip(texts, ours.tolist(), known.tolist(), strict=True):
        (label,), (found,) = theirs.predict(" ".join(text.splitlines()).strip())
        assert is_known
        assert np.float32(probability if label == LABELS[0] else 1 - probability) == pytest.approx(found, abs=1e-7)


SCRIPT = """
import sys
from pathlib import Path
from tests.models.fasttext.test_train import POSITIVE, NEGATIVE, train
order = slice(None, None, -1 if sys.argv[2] == "backwards" else 1)
train(Path(sys.argv[1]), POSITIVE[order], NEGATIVE[order], 0.1, word_ngrams=2, minn=1, maxn=2)
"""


def test_the_same_bytes_in_every_process_and_order(tmp_path: Path):
    for seed, order in (("0", "forwards"), ("17", "backwards")):
        subprocess.run(
            [sys.executable, "-c", SCRIPT, str(tmp_path / order), order],
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[3],
        )
    for name in ("model.bin", "model.json"):
        assert (tmp_path / "forwards" / name).read_bytes() == (tmp_path / "backwards" / name).read_bytes()
    assert sorted(p.name for p in (tmp_path / "forwards").iterdir()) == ["model.bin", "model.json"]


def test_another_seed_is_another_model(tmp_path: Path):
    train(tmp_path / "a", seed=1)
    train(tmp_path / "b", seed=2)
    assert (tmp_path / "a" / "model.bin").read_bytes() != (tmp_path / "b" / "model.bin").read_bytes()


def test_held_out_texts_are_those_of_all_seeds_and_sides(tmp_path: Path):
    texts = [f"text {i}" for i in range(400)]
    for seed in (0, 1):
        trained = train(tmp_path / "m", texts, texts, held_out=0.25, seed=seed)
        assert trained.held_out is not None
        assert trained.texts["__label__target"] == trained.texts["__label__cc"]  # a text is never on both sides
        assert trained.held_out.texts == 2 * (400 - trained.texts["__label__cc"])
        assert 60 <= trained.held_out.texts / 2 <= 140


@pytest.mark.parametrize(
    "empty", ["", " \n\t ", "\0\0", "\u2028", "__label__cc", "</s> hidden", "__label__x __label__y"]
)
def test_texts_without_a_word_are_left_out_and_counted(tmp_path: Path, empty):
    trained = train(tmp_path / "a", [*POSITIVE, empty], NEGATIVE)
    train(tmp_path / "b")
    assert trained.empty == 1
    assert trained.texts["__label__target"] == len(POSITIVE)
    assert (tmp_path / "a" / "model.bin").read_bytes() == (tmp_path / "b" / "model.bin").read_bytes()


@pytest.mark.parametrize("positive, negative", [([], NEGATIVE), (POSITIVE, []), ([], []), ([" ", "\0"], NEGATIVE)])
def test_one_class_alone_is_refused_and_nothing_written(tmp_path: Path, positive, negative):
    with pytest.raises(InputRefused, match=r"nothing to tell apart.*wanted two labels"):
        train(tmp_path / "m", positive, negative)
    assert not (tmp_path / "m").exists()


def test_labels_in_texts_define_nothing(tmp_path: Path):
    train(tmp_path / "m", [*POSITIVE, "__label__evil and more"], NEGATIVE)
    assert set(load_classifier(tmp_path / "m").labels) == {"__label__target", "__label__cc"}


def test_a_huge_line_and_a_huge_word(tmp_path: Path):
    huge = ["word " * 400_000 + "end", "x" * 3_000_000, "a\0b " * 1000]
    trained = train(tmp_path / "m", [*POSITIVE, *huge], NEGATIVE, word_ngrams=2, maxn=2)
    assert trained.texts["__label__target"] == len(POSITIVE) + 3
    assert load_classifier(tmp_path / "m").labels == ("__label__target", "__label__cc")


def test_many_words_make_the_table_grow():
    texts = [" ".join(f"w{i}x{j}" for j in range(50)) for i in range(400)]
    corpus = corpus_of(texts, NEGATIVE)
    assert len(corpus.words) == 1 + 20_000 + len({w for t in NEGATIVE for w in t.split()})
    assert len(np.unique(corpus.tokens)) == len(corpus.words)


@pytest.mark.parametrize("fault, message", [({"lr": 1e30}, "overflowed"), ({"min_count": 1000}, "no word occurs 1000")])
def test_parameters_that_fit_no_text(tmp_path: Path, fault, message):
    with pytest.raises((RecipeError, InputRefused), match=message):
        train(tmp_path / "m", epoch=50, **fault)
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    "parameters",
    [
        {"preparation": "pile"},
        {"lr": 0.0},
        {"lr": float("nan")},
        {"dim": 0},
        {"epoch": 0},
        {"word_ngrams": 0},
        {"minn": 3, "maxn": 2},
        {"bucket": 0},
        {"seed": -1},
    ],
    ids=str,
)
def test_impossible_parameters_are_named(tmp_path: Path, parameters):
    (mistake,) = ClassifierParameters(**parameters).mistakes()
    assert next(iter(parameters)) in mistake
    with pytest.raises(RecipeError, match=next(iter(parameters))):
        train(tmp_path / "m", **parameters)


def test_presets():
    assert not [p.mistakes() for p in PRESETS.values() if p.mistakes()]
    assert preset("rpv2").buckets == 0
    assert (preset("dclm").word_ngrams, preset("dclm").buckets) == (2, 2_000_000)
    with pytest.raises(RecipeError, match=r"'pile' is unknown; wanted one of rpv2, dclm"):
        preset("pile")


@pytest.mark.parametrize("label", ["", "a b", "cc", "a\nb", "x" * 65])
def test_labels_are_names(tmp_path: Path, label):
    with pytest.raises(RecipeError, match="label"):
        train(tmp_path / "m", label=label)


@pytest.mark.parametrize("part", [-0.1, 1.0, float("nan")])
def test_held_out_is_a_part(tmp_path: Path, part):
    with pytest.raises(RecipeError, match="held_out"):
        train(tmp_path / "m", held_out=part)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30))
@settings(derandomize=True, deadline=None)
def test_area_under_curve_counts_pairs(rows):
    scores, positive = np.array([s for s, _ in rows], float), np.array([p for _, p in rows])
    pairs = [(a > b) + (a == b) / 2 for a in scores[positive] for b in scores[~positive]]
    found = area_under_curve(scores, positive)
    assert found == pytest.approx(sum(pairs) / len(pairs)) if pairs else found is None


@given(st.lists(st.text(max_size=30), min_size=1, max_size=8))
@settings(derandomize=True, deadline=None, max_examples=200)
def test_any_text_is_numbered_as_the_plain_oracle_reads_it(texts):
    corpus = corpus_of(texts, [])
    names = [word[:-1].decode() for word in corpus.words.texts.to_pylist()]
    expected = [words for words in map(plain.words_of, texts) if len(words) > 1]
    assert [names[n] for n in corpus.tokens] == [word for words in expected for word in words]
    assert corpus.lengths.tolist() == [len(words) for words in expected]
