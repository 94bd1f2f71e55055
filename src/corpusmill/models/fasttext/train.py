"""From labelled texts to a classifier, as `fasttext supervised` makes it on one thread; twice the same bytes.

Differences from fastText 0.9.2: words of equal count are ordered by their bytes; the first weights come from a hash of
the seed; labels inside a text are passed over and `</s>` ends it, as in prediction; texts without a word are left out;
the dictionary is not thinned at 22 million words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.errors import InputRefused, ModelRefused, RecipeError
from corpusmill.kernels.fasttext import training as kernels
from corpusmill.kernels.fasttext.sums import BEHIND
from corpusmill.kernels.fasttext.words import Ngrams, word_rows
from corpusmill.models.fasttext.corpus import Corpus, scrambled
from corpusmill.models.fasttext.parameters import ClassifierParameters
from corpusmill.models.fasttext.write import DenseModel

_TEXTS_AT_ONCE = 1000  # between two looks for an interrupt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Learned:
    """A model, and how it was learned."""

    model: DenseModel
    mean_loss: float  # over all texts of all passes


def learn(
    corpus: Corpus,
    labels: Sequence[str],
    parameters: ClassifierParameters,
    report: Callable[[float], None] = lambda done: None,
    first_input: Floats | None = None,
) -> Learned:
    """Learn the texts of `corpus`, whose labels are numbers into `labels`.

    `report` is called with the part that is done, from 0 to 1. `first_input`: the input matrix to begin with, words in
    the order of the model; None: uniform in [-1 / dim, 1 / dim), from the seed. Raises RecipeError for parameters that
    are none or make the weights overflow, InputRefused where texts have less than two labels, and ModelRefused where
    the model does not fit into the memory.
    """
    if mistakes := parameters.mistakes():
        raise RecipeError(mistakes)
    try:
        return _learn(corpus, labels, parameters, report, first_input)
    except MemoryError:
        size = (len(corpus.words) + parameters.buckets) * parameters.dim * 4 / (1 << 30)
        raise ModelRefused(
            f"the model, of {size:.1f} GiB, and its texts do not fit into the memory; wanted a smaller dim or bucket"
        ) from None


def _learn(
    corpus: Corpus,
    labels: Sequence[str],
    parameters: ClassifierParameters,
    report: Callable[[float], None],
    first_input: Floats | None,
) -> Learned:
    of_text, lengths = corpus.labels, corpus.lengths
    found = np.bincount(of_text, minlength=len(labels))
    kept_labels = [n for n in range(len(labels)) if found[n] >= max(parameters.min_count_label, 1)]
    if len(kept_labels) < 2:
        there = ", ".join(f"{count} of {label}" for label, count in zip(labels, found.tolist(), strict=True))
        raise InputRefused(f"there is nothing to tell apart: texts with a word: {there}; wanted two labels or more")
    kept_labels.sort(key=lambda n: (-found[n], labels[n]))
    number_of_label = np.full(len(labels), -1, np.int32)
    number_of_label[kept_labels] = np.arange(len(kept_labels))

    tokens = corpus.tokens
    counts = np.bincount(tokens, minlength=len(corpus.words)).astype(np.int64)
    texts = corpus.words.texts
    order = pc.sort_indices(
        pa.table({"count": counts, "word": texts}), sort_keys=[("count", "descending"), ("word", "ascending")]
    ).to_numpy()
    kept = int((counts >= parameters.min_count).sum())
    if kept == 0:
        raise InputRefused(f"no word occurs {parameters.min_count} times; wanted more text or a smaller min_count")
    number_of_word = np.empty(len(order), np.int32)
    number_of_word[order] = np.arange(len(order))
    for start in range(0, len(tokens), 1 << 24):  # in place: a second copy of the texts may be too much
        tokens[start : start + (1 << 24)] = number_of_word[tokens[start : start + (1 << 24)]]

    rows, ends = _rows_of_words(corpus, order.astype(np.int64), kept, parameters)
    total = int(lengths.sum()) + len(lengths)  # each text has one label
    schedule = kernels.Schedule(
        words=kept,
        word_ngrams=parameters.word_ngrams,
        buckets=max(parameters.buckets, 1),
        dimensions=parameters.dim,
        labels=len(kept_labels),
        tokens=parameters.epoch * total,
        rate=float(parameters.lr),
        rate_update=parameters.lr_update_rate,
    )
    data = kernels.Texts(
        tokens=tokens,
        ends=np.cumsum(lengths),
        labels=number_of_label[of_text],
        order=np.lexsort((of_text, scrambled(corpus.keys, parameters.seed))),
        hashes=corpus.words.hashes[order],
        word_rows=rows,
        word_ends=ends,
    )
    flat, shape = _first_weights(kept + parameters.buckets, parameters, first_input)
    output = np.zeros((len(kept_labels), parameters.dim), np.float32)
    mean_loss = _descend(data, schedule, flat, output, parameters, report)
    model = DenseModel(
        texts.take(pa.array(order[:kept])),
        counts[order[:kept]],
        [labels[n] for n in kept_labels],
        [int(found[n]) for n in kept_labels],
        total,
        flat[: shape[0] * shape[1]].reshape(shape),
        output,
    )
    return Learned(model, mean_loss)


def _descend(
    data: kernels.Texts,
    schedule: kernels.Schedule,
    flat: Floats,
    output: Floats,
    parameters: ClassifierParameters,
    report: Callable[[float], None],
) -> float:
    """Learn all texts; the mean loss."""
    progress = np.zeros(4, np.int64)
    rows = np.empty(kernels.most_rows(data, schedule), np.int64)
    losses = 0.0
    while progress[kernels.TOKENS] < schedule.tokens:
        losses += kernels.learn_texts(data, schedule, flat, output, rows, progress, _TEXTS_AT_ONCE)
        if progress[kernels.IS_NAN]:
            break
        report(min(1.0, float(progress[kernels.TOKENS]) / schedule.tokens))
    if progress[kernels.IS_NAN] or not (np.isfinite(output).all() and np.isfinite(flat).all()):
        raise RecipeError([f"lr {parameters.lr}: the weights overflowed; wanted a smaller lr"])
    return losses / max(int(progress[kernels.EXAMPLES]), 1)


def _first_weights(rows: int, parameters: ClassifierParameters, given: Floats | None) -> tuple[Floats, tuple[int, int]]:
    shape = rows, parameters.dim
    flat = np.zeros(rows * parameters.dim + BEHIND, np.float32)
    if given is None:
        kernels.fill_uniform(flat[: rows * parameters.dim], 1.0 / parameters.dim, parameters.seed)
    else:
        flat[: rows * parameters.dim] = given.reshape(shape).reshape(-1)
    return flat, shape


def _rows_of_words(
    corpus: Corpus, order: npt.NDArray[np.int64], kept: int, parameters: ClassifierParameters
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows of each word in `order` and where they end; nothing where each word has its own row alone."""
    if parameters.maxn == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    magic = np.uint64(-(-(1 << 64) // parameters.buckets) % (1 << 64))
    ngrams = Ngrams(parameters.minn, parameters.maxn, parameters.buckets, magic, kept)
    rows = np.empty(1 << 20, np.int64)
    ends = np.zeros(len(order), np.int64)
    done = 0
    while True:
        done = word_rows(corpus.words.addresses, order, ngrams, rows, ends, done)
        if done == len(order):
            return rows[: ends[-1]].copy(), ends
        longest = int(corpus.words.lengths[order[done]]) + 2
        rows = np.concatenate([rows, np.empty(max(len(rows), longest * parameters.maxn + 1), np.int64)])
