"""What `score` can measure: a classifier's probability, a language model's perplexity, importance by count tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.errors import ModelRefused
from corpusmill.files import sha256_of
from corpusmill.language.perplexity import Perplexity, model_sha256
from corpusmill.models.card import CARD, read_card
from corpusmill.models.fasttext.classifier import classifier_file, load_classifier, score, with_crawl_label
from corpusmill.models.importance.tables import KIND as IMPORTANCE
from corpusmill.models.importance.tables import load_tables, scores
from corpusmill.models.ngram.files import KIND as NGRAM

Known = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float64]
Measure = Callable[[pa.Array], tuple[Scores, Known]]  # texts → numbers, and which of them are some


@dataclass(frozen=True)
class Scorer:
    """A model by its path, and how it measures; `method` is "classifier", "lm" or "importance"."""

    method: str
    path: str
    target: str | None = None  # of importance

    def sha256(self) -> str:
        """What decides the scores; ModelRefused where the model is not whole."""
        path = Path(self.path)
        match self.method:
            case "classifier":
                with_crawl_label(path, load_classifier(path))
                return sha256_of(classifier_file(path))
            case "lm":
                return model_sha256(path.parent, path.name)
            case _:
                self._tables()
                return sha256_of(path / CARD)

    def language(self) -> str | None:
        """Documents of other languages have no score; None: all have one."""
        if self.method == "classifier":
            return None
        card = read_card(Path(self.path), NGRAM if self.method == "lm" else IMPORTANCE)
        return str(card.parameters["language"])

    def load(self) -> Measure:
        """The function that measures, its model loaded."""
        path = Path(self.path)
        match self.method:
            case "classifier":
                model = with_crawl_label(path, load_classifier(path))
                return lambda texts: score(model, texts)
            case "lm":
                return _measured(Perplexity(path.parent, path.name).measure)
            case _:
                tables = self._tables()

                def importance(texts: pa.Array) -> tuple[Scores, Known]:
                    batch = TextBatch(texts)
                    return scores(tables, batch)[:, 0], batch.chars > 0

                return importance

    def _tables(self) -> Any:
        card = read_card(Path(self.path), IMPORTANCE)
        tables = load_tables(Path(self.path), str(card.parameters["language"]), [str(self.target)])
        if not tables.targets:
            known = ", ".join(name for name in card.parameters["corpora"] if name != "ccnet")
            raise ModelRefused(f"{self.path} has no target {self.target!r}; it has {known}")
        return tables


def _measured(perplexities: Callable[[pa.Array], pa.Array]) -> Measure:
    def measure(texts: pa.Array) -> tuple[Scores, Known]:
        found = perplexities(texts)
        known = found.is_valid().to_numpy(zero_copy_only=False) & (np.array([len(t) for t in texts.to_pylist()]) > 0)
        return found.fill_null(0.0).to_numpy(zero_copy_only=False), known

    return measure
