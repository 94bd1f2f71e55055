"""What `score` can measure: a classifier's probability, a language model's perplexity, importance by count tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.batch import TextBatch
from corpusmill.errors import ModelRefused
from corpusmill.files import sha256_of
from corpusmill.language.perplexity import Perplexity, model_sha256
from corpusmill.models.card import CARD, read_card
from corpusmill.models.fasttext.parameters import classifier_file
from corpusmill.models.importance.tables import KIND as IMPORTANCE
from corpusmill.models.importance.tables import Tables, load_tables, scores
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

    def check(self) -> str | None:
        """The model's language: documents of others have no score; None: all have one.

        ModelRefused where the model is not whole.
        """
        path = Path(self.path)
        match self.method:
            case "classifier":
                _classifier(path)
                return None
            case "lm":
                return str(read_card(path, NGRAM).parameters["language"])
            case _:
                return self._tables()[1]

    def sha256(self) -> str:
        """What decides the scores; ModelRefused where a language model is not whole."""
        path = Path(self.path)
        match self.method:
            case "classifier":
                return sha256_of(classifier_file(path))
            case "lm":
                return model_sha256(path.parent, path.name)
            case _:
                return sha256_of(path / CARD)

    def load(self) -> Measure:
        """The function that measures, its model loaded."""
        path = Path(self.path)
        match self.method:
            case "classifier":
                return _classifier(path)
            case "lm":
                return _measured(Perplexity(path.parent, path.name).measure)
            case _:
                tables, _ = self._tables()

                def importance(texts: pa.Array) -> tuple[Scores, Known]:
                    batch = TextBatch(texts)
                    return scores(tables, batch)[:, 0], batch.chars > 0

                return importance

    def _tables(self) -> tuple[Tables, str]:
        """The tables of the target, and their language."""
        card = read_card(Path(self.path), IMPORTANCE)
        language = str(card.parameters["language"])
        tables = load_tables(Path(self.path), language, [str(self.target)])
        if not tables.targets:
            known = ", ".join(name for name in card.parameters["corpora"] if name != "ccnet")
            raise ModelRefused(f"{self.path} has no target {self.target!r}; it has {known}")
        return tables, language


def _classifier(path: Path) -> Measure:
    from corpusmill.models.fasttext.classifier import load_classifier, score, with_crawl_label  # loads kernels

    model = with_crawl_label(path, load_classifier(path))
    return lambda texts: score(model, texts)


def _measured(perplexities: Callable[[pa.Array], pa.Array]) -> Measure:
    def measure(texts: pa.Array) -> tuple[Scores, Known]:
        found = perplexities(texts)
        known = pc.and_(found.is_valid(), pc.not_equal(texts, ""))
        return found.fill_null(0.0).to_numpy(zero_copy_only=False), known.to_numpy(zero_copy_only=False)

    return measure
