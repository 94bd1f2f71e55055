"""The language of each document and of each of its lines, by any fastText model of languages.

The whole document goes by CCNet's conventions, as in `identify`. A line ends at U+000A; it is identified by itself,
without the white space and NULs at its ends, which do not count as its characters either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.batch import TextBatch
from corpusmill.errors import RecipeError
from corpusmill.language.codes import agree, common
from corpusmill.language.identify import LABEL, UNDETERMINED, determined
from corpusmill.schema import LANGUAGES

# Listed, as Arrow's own notion of white space is not CPython's.
_BLANK = "\0\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ByLineParameters:
    """Which lines are identified, and how sure the model must be: of lines as of documents."""

    min_line_chars: int = 20
    threshold: float = 0.5  # rounded scores below it give "und"

    def mistakes(self) -> list[str]:
        found = []
        if self.min_line_chars < 1:
            found.append(f"min_line_chars {self.min_line_chars}: wanted a whole number from 1")
        if not 0 <= self.threshold <= 1:
            found.append(f"threshold {self.threshold}: wanted a number from 0 to 1")
        return found


class Identified(NamedTuple):
    """Columns of schema.LANGUAGES, and what they say of the language that each document had before."""

    columns: dict[str, pa.Array]  # all but doc_id
    same: Mask  # the model calls the whole document the same
    undetermined: Mask  # or nothing; else it calls it another
    percent: Integers  # of line_agreement, rounded down; -1: null


class LanguagesByLine:
    """A loaded model. Raises ModelRefused where it is no whole fastText classifier, RecipeError for bad parameters.

    >>> from corpusmill.language.identify import LanguageParameters
    >>> by_line = LanguagesByLine(LanguageParameters().model_path(), ByLineParameters())
    >>> text = "Der Hund schläft heute im Garten.\\nThe dog is asleep in the garden today."
    >>> found = by_line.identify(pa.array([text]), pa.array(["de"])).columns
    >>> found["line_languages"][0].as_py()
    [{'language': 'en', 'chars': 38}, {'language': 'de', 'chars': 33}]
    >>> round(found["line_agreement"][0].as_py(), 3)
    0.465
    """

    def __init__(self, path: Path, parameters: ByLineParameters) -> None:
        if mistakes := parameters.mistakes():
            raise RecipeError(mistakes)
        self.parameters = parameters
        from corpusmill.models.fasttext.classifier import load_classifier  # loads kernels

        self._model = load_classifier(path)
        labels = [*(label.removeprefix(LABEL) for label in self._model.labels), UNDETERMINED]
        names, numbers = np.unique(np.array(labels, object), return_inverse=True)
        self.names: list[str] = names.tolist()  # in the order of their code points: smaller numbers go first in ties
        self._number_of_label = numbers.astype(np.int64)  # the last is that of label -1
        self._is_undetermined = np.array([common(name) == UNDETERMINED for name in self.names])
        self._agreeing: dict[str, Mask] = {}

    def identify(self, texts: pa.Array, languages: pa.Array) -> Identified:
        """Languages of `texts` and their lines, compared with `languages`, which the documents had before (or null).

        Without a line that is long enough there is no agreement; where a document had no language, or `und`, it is 0.
        """
        texts = pc.fill_null(texts, "")
        own = pc.fill_null(languages, UNDETERMINED).dictionary_encode()
        agreeing = self._agreement(own.dictionary.to_pylist())
        rows = own.indices.to_numpy()
        whole, scores = self._identify(texts)

        documents, chars, found = self._lines(texts)
        total = _sums(documents, chars, len(texts))
        agreed = _sums(documents, np.where(agreeing[rows[documents], found], chars, 0), len(texts))
        known = total > 0
        fraction = agreed / np.maximum(total, 1)
        groups, first = self._groups(documents, chars, found, len(texts))
        columns = {
            "language": self._named(whole),
            "language_score": pa.array(scores),
            "line_languages": groups,
            "line_language": self._named(first),
            "line_agreement": pa.array(fraction, mask=~known),
        }
        percent = np.where(known, 100 * agreed // np.maximum(total, 1), -1)
        return Identified(columns, agreeing[rows, whole], self._is_undetermined[whole], percent)

    def _identify(self, texts: pa.Array) -> tuple[Integers, npt.NDArray[np.float64]]:
        """Number of the name of each text, and its score."""
        batch = TextBatch(texts)
        labels, scores = determined(
            self._model.best(batch.data, batch.offsets, join_lines=False), self.parameters.threshold
        )
        return self._number_of_label[labels], scores

    def _lines(self, texts: pa.Array) -> tuple[Integers, Integers, Integers]:
        """Document, characters and name of each line that is long enough."""
        lists = pc.split_pattern(texts.cast(pa.large_string()), "\n")
        lines = pc.utf8_trim(pc.list_flatten(lists), characters=_BLANK)
        chars = pc.utf8_length(lines).to_numpy().astype(np.int64)
        is_long = chars >= self.parameters.min_line_chars
        found, _ = self._identify(lines.filter(pa.array(is_long)))
        return pc.list_parent_indices(lists).to_numpy()[is_long], chars[is_long], found

    def _groups(self, documents: Integers, chars: Integers, found: Integers, count: int) -> tuple[pa.Array, Integers]:
        """The names in each document with their characters, most first; and the first of them, -1 where none is."""
        keys, place = np.unique(documents * len(self.names) + found, return_inverse=True)
        sums = _sums(place, chars, len(keys))
        owners, names = np.divmod(keys, len(self.names))
        order = np.lexsort((names, -sums, owners))
        offsets = np.searchsorted(owners, np.arange(count + 1))  # the order within a document does not move them
        kind = LANGUAGES.field("line_languages").type
        items = pa.StructArray.from_arrays(
            [self._named(names[order]), pa.array(sums[order])], fields=list(kind.value_type)
        )
        first = np.full(count, -1, np.int64)
        some = offsets[:-1] < offsets[1:]
        first[some] = names[order][offsets[:-1][some]]
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), items, type=kind), first

    def _named(self, numbers: Integers) -> pa.Array:
        """Names by number; -1: null."""
        return pa.array(self.names, pa.string()).take(pa.array(numbers, mask=numbers < 0))

    def _agreement(self, languages: Sequence[str]) -> Mask:
        """[languages, names] whether they agree."""
        for language in languages:
            if language not in self._agreeing:
                self._agreeing[language] = np.array([agree(language, name) for name in self.names])
        rows = [self._agreeing[language] for language in languages]
        return np.stack(rows) if rows else np.zeros((0, len(self.names)), np.bool_)


def _sums(groups: Integers, values: Integers, count: int) -> Integers:
    """Sum of the values of each group; exact, as they are whole numbers below 2^53."""
    return np.bincount(groups, weights=values, minlength=count).astype(np.int64)
