"""Scores of fastText classifiers "like the target corpus, not like the crawl" (RedPajama-V2 §9).

The models are `classifiers/<lang>/<name>.model.bin` of the artifacts folder. A missing one gives nulls and a warning;
a damaged one is refused.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.errors import ModelRefused
from corpusmill.signals.registry import signal

if TYPE_CHECKING:
    from corpusmill.models.fasttext.model import FasttextModel

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
    return _measure(load_classifier(path), batch)


def _measure(model: FasttextModel, batch: TextBatch) -> pa.Array:
    """Probability that each text is not crawl. fastText adds 1e-5 to each, so scores leave [0, 1] by that: not clipped.

    The classifier is given `" ".join(text.splitlines()).strip()`.
    """
    from corpusmill.kernels.rounding import round_decimals

    best = model.best(batch.data, batch.offsets, join_lines=True)
    known = (np.diff(batch.offsets) > 0) & (best.labels >= 0)  # a model may know no word, nor the end of the line
    crawl = np.array([label == CRAWL_LABEL for label in model.labels])[best.labels]
    probabilities = best.probabilities.astype(np.float64)
    return pa.array(round_decimals(np.where(crawl, 1.0 - probabilities, probabilities)), mask=~known)


def load_classifier(path: Path) -> FasttextModel:
    """The fastText model at `path`, loaded once; ModelRefused if it is damaged or has no label `__label__cc`.

    Prediction only reads the model, so threads may share it.
    """
    status = path.stat()
    with _loading:
        return _load(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=16)
def _load(path: Path, modified_ns: int, size_bytes: int) -> FasttextModel:
    from corpusmill.models.fasttext.model import FasttextModel

    model = FasttextModel(path)
    if CRAWL_LABEL not in model.labels:
        raise ModelRefused(f"{path}: labels {', '.join(model.labels[:5])}; wanted one of them to be {CRAWL_LABEL}")
    return model
