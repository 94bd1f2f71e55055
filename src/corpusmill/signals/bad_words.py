r"""Bad words as C4 counts them, and toxic words of any list.

C4 (specification: Raffel and others 2020; tensorflow-datasets `c4_utils`): the whole text in lower case holds a word
of the list with `\W` or an end of the text on either side; in Japanese, Thai and Chinese anywhere. English by LDNOOBW
25e679f, all others by 5faf2ba. A page with such a word is dropped.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.signals.columns import counted, quotients
from corpusmill.signals.lists import bundled, read_lines
from corpusmill.signals.registry import signal

if TYPE_CHECKING:
    from corpusmill.kernels.matching.automaton import Automaton

SOURCE = "C4 (Raffel and others 2020), bad words"

_NAMES = "ar cs da de en eo es fa fi fil fr hi hu it ja kab ko nl no pl pt ru sv th tlh tr zh"
_LDNOOBW = frozenset(_NAMES.split())
_WITH_RPV2 = ("de", "es", "fr", "it")  # the same lists in either pipeline, bundled once
_OTHER_NAMES = {"tl": "fil", "nb": "no"}  # what lid.176 and others call the language of a list
_CANADIAN_FRENCH = "fr-CA-u-sd-caqc"
_UNSPACED = ("ja", "th", "zh")
# Common parts of words in languages without spaces, by which more than 10 % of their documents would be dropped.
_ALLOWED = frozenset({"sm", "グロ", "女の子", "性"})


def lowered(batch: TextBatch) -> TextBatch:
    """The texts in lower case, as `str.lower` makes them."""
    texts = pa.array([text.lower() for text in batch.texts.to_pylist()], pa.large_string())
    return TextBatch(texts, batch.language, batch.artifacts)


@signal("c4_bad_words", dtype=pa.int64(), unit="words", source=SOURCE, version=1, family="bad_words")
def c4_bad_words(batch: TextBatch) -> pa.Array:
    """Occurrences of words and phrases of the LDNOOBW list of the document's language, overlapping ones included.

    Canadian French counts as French. Null for languages without a list. `c4_bad_words/<language>.txt` in the artifacts
    folder replaces a list.
    """
    return _listed(batch, merged=True)


@signal("datatrove_bad_words", dtype=pa.int64(), unit="words", source="datatrove 0.10.1", version=1, family="bad_words")
def datatrove_bad_words(batch: TextBatch) -> pa.Array:
    """As c4_bad_words, but with French alone for French, as datatrove's C4BadWordsFilter."""
    return _listed(batch, merged=False)


@signal(
    "toxic_words_per_1000",
    dtype=pa.float64(),
    unit="occurrences per 1,000 words",
    source="this project",
    version=1,
    family="toxicity",
)
def toxic_words_per_1000(batch: TextBatch) -> pa.Array:
    """Occurrences of the list `toxicity/<language>.txt` of the artifacts folder, a thousandfold, over normalised words.

    Matched as c4_bad_words, list and text in lower case. Null without words, and with a warning without a list.
    """
    path = batch.artifacts.path("toxicity", f"{batch.language}.txt")
    if path is None:
        batch.artifacts.missing(f"no toxicity/{batch.language}.txt: toxic_words_per_1000 is null for this language")
        return pa.nulls(len(batch), pa.float64())
    found = _occurrences(batch, _automaton_of(path))
    words = batch.words.counts
    return pa.array(quotients(1000 * found, words), pa.float64(), mask=words == 0)


def _listed(batch: TextBatch, *, merged: bool) -> pa.Array:
    language = _OTHER_NAMES.get(batch.language, batch.language)
    path = batch.artifacts.path("c4_bad_words", f"{language}.txt")
    if path is None and language not in _LDNOOBW:
        return pa.nulls(len(batch), pa.int64())
    automaton = _automaton_of(path) if path is not None else _ldnoobw(language, merged)
    return pa.array(_occurrences(batch, automaton), pa.int64())


def _occurrences(batch: TextBatch, automaton: Automaton) -> npt.NDArray[np.int64]:
    from corpusmill.kernels.characters.tables import unicode_tables
    from corpusmill.kernels.matching.automaton import ANYWHERE, FLANKED, count_occurrences

    flanks = ANYWHERE if batch.language in _UNSPACED else FLANKED
    texts = batch.once(lowered)
    return counted(count_occurrences, len(batch), texts.data, texts.offsets, automaton, flanks, unicode_tables())


def ldnoobw(language: str, *, merged: bool) -> list[str]:
    """The words of C4's list for one of its languages; `merged`: French with that of Canada."""
    names = [language, _CANADIAN_FRENCH] if merged and language == "fr" else [language]
    folders = ["bad_words" if name in _WITH_RPV2 else "c4_bad_words" for name in names]
    found = [read_lines(bundled(folder, f"{name}.txt")) for folder, name in zip(folders, names, strict=True)]
    return sorted({word for words in found for word in words} - _ALLOWED)


@functools.cache
def _ldnoobw(language: str, merged: bool) -> Automaton:
    return _made(ldnoobw(language, merged=merged))


@functools.cache
def _automaton_of(path: Path) -> Automaton:
    return _made(word.lower() for word in read_lines(path))


def _made(words: Iterable[str]) -> Automaton:
    from corpusmill.kernels.matching.automaton import make_automaton

    return make_automaton(words)
