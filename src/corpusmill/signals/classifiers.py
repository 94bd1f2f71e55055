"""Scores of fastText classifiers "like the target corpus, not like the crawl" (RedPajama-V2 §9).

The models are `classifiers/<lang>/<name>.model.bin` of the artifacts folder, as RedPajama-V2's, or folders
`classifiers/<lang>/<name>/` that `corpusmill train classifier` made. A missing one gives nulls and a warning;
a damaged one is refused.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.models.card import CARD, read_card
from corpusmill.models.fasttext.parameters import MODEL
from corpusmill.signals.registry import signal

if TYPE_CHECKING:
    from corpusmill.models.fasttext.model import FasttextModel

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
    path = batch.artifacts.path(*parts) or batch.artifacts.path(*parts[:2], name, MODEL)
    if path is None:
        batch.artifacts.missing(f"{'/'.join(parts)} is missing: rps_doc_ml_{name}_score is null for {batch.language}")
        return pa.nulls(len(batch), pa.float64())
    return _measure(load_classifier(path), batch)


def _measure(model: FasttextModel, batch: TextBatch) -> pa.Array:
    """Probability that each text is not crawl; see `score`."""
    from corpusmill.kernels.rounding import round_decimals
    from corpusmill.models.fasttext.classifier import score

    scores, known = score(model, batch.texts)
    return pa.array(round_decimals(scores), mask=~known)


def load_classifier(path: Path) -> FasttextModel:
    """The fastText model at `path`, loaded once; ModelRefused if it is damaged or has no label `__label__cc`.

    Prediction only reads the model, so threads may share it.
    """
    status = path.stat()
    with _loading:
        return _load(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=16)
def _load(path: Path, modified_ns: int, size_bytes: int) -> FasttextModel:
    from corpusmill.models.fasttext.classifier import KIND, with_crawl_label
    from corpusmill.models.fasttext.model import FasttextModel

    if (path.parent / CARD).is_file():
        read_card(path.parent, KIND)
    return with_crawl_label(path, FasttextModel(path))
