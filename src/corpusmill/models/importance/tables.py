"""The count tables of one language, and the importance of texts by them (RedPajama-V2 §8).

A folder `<lang>/` holds of each corpus `<corpus>.<lang>.10000.counts.npy` and its mean number of words
`<corpus>.<lang>.lambda.npy`; with a card `model.json` beside them the files must be the ones it lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from corpusmill.batch import TextBatch
from corpusmill.errors import ModelRefused
from corpusmill.files import NO_NPY
from corpusmill.models.card import CARD, read_card

KIND = "dsir-importance"
BUCKETS = 10_000
HASH_SEED = 42
SMOOTHING = 1e-8
CRAWL = "ccnet"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tables:
    """Of one language: bucket weights of the targets whose counts are there, and mean lengths of all corpora found."""

    targets: tuple[str, ...]
    weights: Floats  # [BUCKETS, targets]
    mean_words: dict[str, float]
    missing: tuple[str, ...]  # names of files that would have been used


def counts_file(corpus: str, language: str) -> str:
    return f"{corpus}.{language}.{BUCKETS}.counts.npy"


def mean_words_file(corpus: str, language: str) -> str:
    return f"{corpus}.{language}.lambda.npy"


def load_tables(folder: Path | None, language: str, targets: Sequence[str]) -> Tables:
    """The tables of `targets` and the crawl in `folder`; what is not there is listed as missing.

    ModelRefused where a file is none of counts, or not the one that the card records.
    """
    if folder is not None and (folder / CARD).is_file():
        read_card(folder, KIND)
    missing: list[str] = []
    probabilities: dict[str, Floats] = {}
    mean_words: dict[str, float] = {}
    for corpus in (CRAWL, *targets):
        counts = _array(folder, counts_file(corpus, language), (BUCKETS,), missing)
        mean = _array(folder, mean_words_file(corpus, language), (), missing)
        if counts is not None:
            probabilities[corpus] = counts / counts.sum()
        if mean is not None:
            mean_words[corpus] = float(mean)
    found = tuple(target for target in targets if {target, CRAWL} <= probabilities.keys())
    weights = np.empty((BUCKETS, len(found)))
    for i, target in enumerate(found):
        weights[:, i] = np.log(probabilities[target] + SMOOTHING) - np.log(probabilities[CRAWL] + SMOOTHING)
    return Tables(found, weights, mean_words, tuple(missing))


def scores(tables: Tables, batch: TextBatch) -> Floats:
    """Importance [documents, targets] in nats, each word hashed once for all targets; not divided by the length."""
    from corpusmill.kernels.hashes.siphash import bucket_scores, hash_key

    words = batch.raw_words
    out = np.empty((len(batch), len(tables.targets)))
    spans = (words.starts, words.ends, words.hashes, words.offsets)
    bucket_scores(batch.data, *spans, *hash_key(HASH_SEED), tables.weights, out)
    return out


def _array(folder: Path | None, name: str, shape: tuple[int, ...], missing: list[str]) -> Floats | None:
    """The numbers in the file, None where it does not exist; ModelRefused if they are not what the name says."""
    path = None if folder is None else folder / name
    if path is None or not path.is_file():
        missing.append(name)
        return None
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, EOFError, *NO_NPY) as error:
        raise ModelRefused(f"{path}: no NumPy array without objects: {error}; build or fetch it again") from error
    problem = None
    if not isinstance(found, np.ndarray) or found.shape != shape or found.dtype.kind not in "iuf":
        problem = f"{getattr(found, 'dtype', type(found))} of shape {getattr(found, 'shape', None)}"
    elif not (np.isfinite(found).all() and (found >= 0).all() and found.sum() > 0):
        problem = "negative, infinite or only zero numbers"
    if problem is not None:
        raise ModelRefused(f"{path}: {problem}; wanted non-negative numbers of shape {shape}, not all zero")
    numbers: Floats = found.astype(np.float64)
    return numbers
