"""DSIR importance: log-likelihood of a text's hashed words and bigrams in a target corpus against the crawl.

RedPajama-V2 §8. The counts of each corpus are `dsir/<lang>/<corpus>.<lang>.10000.counts.npy` of the artifacts folder,
its mean number of words `<corpus>.<lang>.lambda.npy`. What is missing gives nulls and a warning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.errors import ModelRefused
from corpusmill.signals.registry import signal

BUCKETS = 10_000
HASH_SEED = 42
SMOOTHING = 1e-8
CRAWL = "ccnet"
ENGLISH_TARGETS = ("books", "openwebtext", "wikipedia")
TARGETS = ("wikipedia",)  # of the other languages

Floats = npt.NDArray[np.float64]


@signal("rps_doc_books_importance", dtype=pa.float64(), unit="nats", source="RedPajama-V2 §8", version=1)
def rps_doc_books_importance(batch: TextBatch) -> pa.Array:
    """Log-likelihood ratio of the text, books against crawl; English only. Null for an empty text or without tables."""
    return _importance(batch, "books")


@signal("rps_doc_openwebtext_importance", dtype=pa.float64(), unit="nats", source="RedPajama-V2 §8", version=1)
def rps_doc_openwebtext_importance(batch: TextBatch) -> pa.Array:
    """Log-likelihood ratio, OpenWebText against crawl; English only. Null for an empty text or without tables."""
    return _importance(batch, "openwebtext")


@signal("rps_doc_wikipedia_importance", dtype=pa.float64(), unit="nats", source="RedPajama-V2 §8", version=1)
def rps_doc_wikipedia_importance(batch: TextBatch) -> pa.Array:
    """Log-likelihood ratio of the text, Wikipedia against crawl. Null for an empty text or without tables."""
    return _importance(batch, "wikipedia")


@signal(
    "rps_doc_books_importance_length_correction", dtype=pa.float64(), unit="nats", source="RedPajama-V2 §8", version=1
)
def rps_doc_books_importance_length_correction(batch: TextBatch) -> pa.Array:
    """Importance plus the ratio of Poisson probabilities of the length, see `_length_correction`."""
    return _length_correction(batch, "books")


@signal(
    "rps_doc_openwebtext_importance_length_correction",
    dtype=pa.float64(),
    unit="nats",
    source="RedPajama-V2 §8",
    version=1,
)
def rps_doc_openwebtext_importance_length_correction(batch: TextBatch) -> pa.Array:
    """Importance plus the ratio of Poisson probabilities of the length, see `_length_correction`."""
    return _length_correction(batch, "openwebtext")


@signal(
    "rps_doc_wikipedia_importance_length_correction",
    dtype=pa.float64(),
    unit="nats",
    source="RedPajama-V2 §8",
    version=1,
)
def rps_doc_wikipedia_importance_length_correction(batch: TextBatch) -> pa.Array:
    """Importance plus the ratio of Poisson probabilities of the length, see `_length_correction`."""
    return _length_correction(batch, "wikipedia")


@dataclass(frozen=True)
class Tables:
    """Of one language: bucket weights of the targets whose counts are there, and mean lengths of all corpora found."""

    targets: tuple[str, ...]
    weights: Floats  # [BUCKETS, targets]
    mean_words: dict[str, float]
    missing: tuple[str, ...]  # file names that would have been used


def _importance(batch: TextBatch, target: str) -> pa.Array:
    tables = _tables(batch)
    if target not in tables.targets:
        return pa.nulls(len(batch), pa.float64())
    return _rounded(batch.once(_scores)[:, tables.targets.index(target)], batch)


def _length_correction(batch: TextBatch, target: str) -> pa.Array:
    """The mean lengths count words, but the reference evaluates them at the number of characters: kept (quirk Q3).

    Both probabilities underflow for most texts, and the correction is exactly 0.
    """
    tables = _tables(batch)
    if target not in tables.targets or not {target, CRAWL} <= tables.mean_words.keys():
        return pa.nulls(len(batch), pa.float64())
    scores = batch.once(_scores)[:, tables.targets.index(target)]
    likely, unlikely = (_log_poisson(batch.chars, tables.mean_words[corpus]) for corpus in (target, CRAWL))
    return _rounded(scores + likely - unlikely, batch)


def _rounded(scores: Floats, batch: TextBatch) -> pa.Array:
    from corpusmill.kernels.rounding import round_decimals

    return pa.array(round_decimals(scores), pa.float64(), mask=batch.chars == 0)


def _log_poisson(counts: npt.NDArray[np.int64], mean: float) -> Floats:
    """ln(Poisson(count; mean) + 1e-8)."""
    log_factorials = np.array([math.lgamma(count + 1) for count in counts.tolist()])
    smoothed: Floats = np.log(np.exp(counts * math.log(mean) - mean - log_factorials) + SMOOTHING)
    return smoothed


def _scores(batch: TextBatch) -> Floats:
    """Importance [documents, targets] of all targets, each word hashed once."""
    from corpusmill.kernels.siphash import bucket_scores, hash_key

    tables, words = _tables(batch), batch.raw_words
    out = np.empty((len(batch), len(tables.targets)))
    spans = (words.starts, words.ends, words.hashes, words.offsets)
    bucket_scores(batch.data, *spans, *hash_key(HASH_SEED), tables.weights, out)
    return out


def _tables(batch: TextBatch) -> Tables:
    tables = _load(batch.artifacts.folder, batch.language)
    for name in tables.missing:
        batch.artifacts.missing(f"{name} is missing: importance signals that need it are null for {batch.language}")
    return tables


@lru_cache(maxsize=32)
def _load(folder: Path | None, language: str) -> Tables:
    """The tables of `language` below `folder`, read once per process."""
    missing: list[str] = []
    targets = ENGLISH_TARGETS if language == "en" else TARGETS
    probabilities: dict[str, Floats] = {}
    mean_words: dict[str, float] = {}
    for corpus in (CRAWL, *targets):
        counts = _array(folder, f"dsir/{language}/{corpus}.{language}.{BUCKETS}.counts.npy", (BUCKETS,), missing)
        mean = _array(folder, f"dsir/{language}/{corpus}.{language}.lambda.npy", (), missing)
        if counts is not None:
            probabilities[corpus] = counts / counts.sum()
        if mean is not None:
            mean_words[corpus] = float(mean)
    found = tuple(target for target in targets if {target, CRAWL} <= probabilities.keys())
    weights = np.empty((BUCKETS, len(found)))
    for i, target in enumerate(found):
        weights[:, i] = np.log(probabilities[target] + SMOOTHING) - np.log(probabilities[CRAWL] + SMOOTHING)
    return Tables(found, weights, mean_words, tuple(missing))


def _array(
    folder: Path | None, name: str, shape: tuple[int, ...], missing: list[str]
) -> npt.NDArray[np.float64] | None:
    """The numbers in the file, None where it does not exist; ModelRefused if they are not what the name says."""
    path = None if folder is None else folder / name
    if path is None or not path.is_file():
        missing.append(name)
        return None
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
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
