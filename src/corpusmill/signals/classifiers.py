"""Scores of fastText classifiers "like the target corpus, not like the crawl" (RedPajama-V2 §9).

The models are `classifiers/<lang>/<name>.model.bin` of the artifacts folder. A missing one gives nulls and a warning;
a damaged one is refused before fastText reads it.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.errors import ModelRefused
from corpusmill.signals.registry import signal

CRAWL_LABEL = "__label__cc"
LANGUAGES = {"palm": ("en",), "wikiref": ("en",), "wikipedia": ("de", "es", "fr", "it")}

_loading = threading.Lock()


@signal("rps_doc_ml_palm_score", dtype=pa.float64(), unit="probability", source="RedPajama-V2 §9", version=1)
def rps_doc_ml_palm_score(batch: TextBatch) -> pa.Array:
    """Likeness to Wikipedia, books and OpenWebText; English only. Null for an empty text or without a model."""
    return _scores(batch, "palm")


@signal("rps_doc_ml_wikiref_score", dtype=pa.float64(), unit="probability", source="RedPajama-V2 §9", version=1)
def rps_doc_ml_wikiref_score(batch: TextBatch) -> pa.Array:
    """Likeness to pages that Wikipedia cites; English only. Null for an empty text or without a model."""
    return _scores(batch, "wikiref")


@signal("rps_doc_ml_wikipedia_score", dtype=pa.float64(), unit="probability", source="RedPajama-V2 §9", version=1)
def rps_doc_ml_wikipedia_score(batch: TextBatch) -> pa.Array:
    """Likeness to Wikipedia; German, Spanish, French, Italian only. Null for an empty text or without a model."""
    return _scores(batch, "wikipedia")


def _scores(batch: TextBatch, name: str) -> pa.Array:
    if batch.language not in LANGUAGES[name]:
        return pa.nulls(len(batch), pa.float64())
    parts = ("classifiers", batch.language, f"{name}.model.bin")
    path = batch.artifacts.path(*parts)
    if path is None:
        batch.artifacts.missing(f"{'/'.join(parts)} is missing: rps_doc_ml_{name}_score is null for {batch.language}")
        return pa.nulls(len(batch), pa.float64())
    model = load_classifier(path)
    return pa.array([_score(model, text.as_py()) for text in batch.texts], pa.float64())


def _score(model: Any, text: str) -> float | None:
    """Probability that `text` is not crawl. fastText adds 1e-5 to each, so scores leave [0, 1] by that: not clipped."""
    if not text:
        return None
    labels, probabilities = model.predict(one_line(text))
    if not labels:  # no known word, not even the end of the line
        return None
    probability = float(probabilities[0])
    return round(1.0 - probability if labels[0] == CRAWL_LABEL else probability, 8)


def one_line(text: str) -> str:
    r"""What a classifier reads of `text`.

    >>> one_line(" two\r\nlines\u2028and more\n")
    'two lines and more'
    """
    return " ".join(text.splitlines()).strip()


def load_classifier(path: Path) -> Any:
    """The fastText model at `path`, loaded once; ModelRefused if it is damaged or has no label `__label__cc`.

    Prediction only reads the model, so threads may share it.
    """
    status = path.stat()
    with _loading:
        return _load(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=16)
def _load(path: Path, modified_ns: int, size_bytes: int) -> Any:
    import fasttext

    from corpusmill.language.fasttext_file import check_fasttext

    found = check_fasttext(path)
    if CRAWL_LABEL not in found.labels:
        raise ModelRefused(f"{path}: labels {', '.join(found.labels[:5])}; wanted one of them to be {CRAWL_LABEL}")
    try:
        return fasttext.load_model(str(path))
    except (ValueError, RuntimeError, MemoryError) as error:
        raise ModelRefused(f"{path}: fastText cannot load it: {error}") from error
