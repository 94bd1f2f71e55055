"""DSIR importance: log-likelihood of a text's hashed words and bigrams in a target corpus against the crawl.

RedPajama-V2 §8. The counts of each corpus are `dsir/<lang>/<corpus>.<lang>.10000.counts.npy` of the artifacts folder,
its mean number of words `<corpus>.<lang>.lambda.npy`. What is missing gives nulls and a warning.
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.models.importance.tables import CRAWL, SMOOTHING, Tables, load_tables, scores
from corpusmill.signals.registry import signal

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
    found = batch.once(_scores)[:, tables.targets.index(target)]
    likely, unlikely = (_log_poisson(batch.chars, tables.mean_words[corpus]) for corpus in (target, CRAWL))
    return _rounded(found + likely - unlikely, batch)


def _rounded(values: Floats, batch: TextBatch) -> pa.Array:
    from corpusmill.kernels.rounding import round_decimals

    return pa.array(round_decimals(values), pa.float64(), mask=batch.chars == 0)


def _log_poisson(counts: npt.NDArray[np.int64], mean: float) -> Floats:
    """ln(Poisson(count; mean) + 1e-8)."""
    log_factorials = np.array([math.lgamma(count + 1) for count in counts.tolist()])
    smoothed: Floats = np.log(np.exp(counts * math.log(mean) - mean - log_factorials) + SMOOTHING)
    return smoothed


def _scores(batch: TextBatch) -> Floats:
    """Importance [documents, targets] of all targets, each word hashed once."""
    return scores(_tables(batch), batch)


def _tables(batch: TextBatch) -> Tables:
    tables = _load(batch.artifacts.folder, batch.language)
    for name in tables.missing:
        missing = f"dsir/{batch.language}/{name} is missing"
        batch.artifacts.missing(f"{missing}: importance signals that need it are null for {batch.language}")
    return tables


@lru_cache(maxsize=32)
def _load(folder: Path | None, language: str) -> Tables:
    """The tables of `language` below `folder`, read once per process."""
    return load_tables(None if folder is None else folder / "dsir" / language, language, targets_of(language))


def targets_of(language: str) -> tuple[str, ...]:
    """What RedPajama-V2 compares texts of a language with."""
    return ENGLISH_TARGETS if language == "en" else TARGETS
