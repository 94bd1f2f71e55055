"""RedPajama-V2's signals of repetition (§6.3, §6.4): characters in duplicate 5..10-grams and in the top 2..4-gram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.signals.columns import ratio_or_zero
from corpusmill.signals.registry import signal

TOP = (2, 4)  # least and greatest n
DUPLICATE = (5, 10)
UNIT = "fraction of word chars"


@dataclass(frozen=True)
class Repetition:
    """Per document; see kernels/words/ngrams.py."""

    distinct_words: npt.NDArray[np.int64]
    word_chars: npt.NDArray[np.int64]  # characters of all words, without spaces
    entropies: npt.NDArray[np.float64]
    top_chars: npt.NDArray[np.int64]  # [n, 3]
    top_counts: npt.NDArray[np.int64]  # [n, 3]
    duplicate_chars: npt.NDArray[np.int64]  # [n, 6]


def repetition(batch: TextBatch) -> Repetition:
    """The measurements that the signals below share: call it through `batch.once`."""
    from corpusmill.kernels.words.ngrams import measure_repetition

    words, rows = batch.words, len(batch)
    top = [np.empty((rows, TOP[1] - TOP[0] + 1), np.int64) for _ in range(2)]
    found = Repetition(
        np.empty(rows, np.int64),
        np.empty(rows, np.int64),
        np.empty(rows, np.float64),
        top[0],
        top[1],
        np.empty((rows, DUPLICATE[1] - DUPLICATE[0] + 1), np.int64),
    )
    measure_repetition(
        words.hashes,
        words.lengths,
        words.offsets,
        TOP,
        DUPLICATE,
        False,
        found.distinct_words,
        found.word_chars,
        found.entropies,
        found.top_chars,
        found.top_counts,
        found.duplicate_chars,
    )
    return found


def _duplicate(batch: TextBatch, n: int) -> pa.Array:
    found = batch.once(repetition)
    return ratio_or_zero(found.duplicate_chars[:, n - DUPLICATE[0]], found.word_chars)


def _top(batch: TextBatch, n: int) -> pa.Array:
    found = batch.once(repetition)
    return ratio_or_zero(found.top_chars[:, n - TOP[0]] * found.top_counts[:, n - TOP[0]], found.word_chars)


@signal("rps_doc_frac_chars_dupe_5grams", dtype=pa.float64(), unit=UNIT, source="RedPajama-V2 §6.3", version=1)
def rps_doc_frac_chars_dupe_5grams(batch: TextBatch) -> pa.Array:
    """Characters of the words that lie in a run of five words occurring twice or more, over those of all words.

    A word counts once; the first occurrence counts too; 0.0 under five words.
    """
    return _duplicate(batch, 5)


@signal("rps_doc_frac_chars_dupe_6grams", dtype=pa.float64(), unit=UNIT, source="RedPajama-V2 §6.3", version=1)
def rps_doc_frac_chars_dupe_6grams(batch: TextBatch) -> pa.Array:
    """Characters of the words that lie in a run of six words occurring twice or more, over those of all words.

    A word counts once; the first occurrence counts too; 0.0 under six words.
    """
    return _duplicate(batch, 6)


@signal("rps_doc_frac_chars_dupe_7grams", dtype=pa.float64(), unit=UNIT, source="RedPajama-V2 §6.3", version=1)
def rps_doc_frac_chars_dupe_7grams(batch: TextBatch) -> pa.Array:
    """Characters of the words that lie in a run of seven words occurring twice or more, over those of all words.

    A word counts once; the first occurrence counts too; 0.0 under seven words.
    """
    return _duplicate(batch, 7)


@signal("rps_doc_frac_chars_dupe_8grams", dtype=pa.float64(), unit=UNIT, source="RedPajama-V2 §6.3", version=1)
def rps_doc_frac_chars_dupe_8grams(batch: TextBatch) -> pa.Array:
    """Characters of the words that lie in a run of eight words occurring twice or more, over those of all words.

    A word counts once; the first occurrence counts too; 0.0 under eight words.
    """
    return _duplicate(batch, 8)


@signal("rps_doc_frac_chars_dupe_9grams", dtype=pa.float64(), unit=UNIT, source="RedPajama-V2 §6.3", version=1)
def rps_doc_frac_chars_dupe_9grams(batch: TextBatch) -> pa.Array:
    """Characters of the words that lie in a run of nine words occurring twice or more, over those of all words.

    A word counts once; the first occurrence counts too; 0.0 under nine words.
    """
    return _duplicate(batch, 9)


@signal("rps_doc_frac_chars_dupe_10grams", dtype=pa.float64(), unit=UNIT, source="RedPajama-V2 §6.3", version=1)
def rps_doc_frac_chars_dupe_10grams(batch: TextBatch) -> pa.Array:
    """Characters of the words that lie in a run of ten words occurring twice or more, over those of all words.

    A word counts once; the first occurrence counts too; 0.0 under ten words.
    """
    return _duplicate(batch, 10)


@signal("rps_doc_frac_chars_top_2gram", dtype=pa.float64(), unit=UNIT, source="RedPajama-V2 §6.4", version=1)
def rps_doc_frac_chars_top_2gram(batch: TextBatch) -> pa.Array:
    """Characters of the most frequent run of two words times its occurrences, over those of all words.

    Of equals the first counts; occurrences may overlap, so the value can exceed 1; 0.0 where none occurs twice.
    """
    return _top(batch, 2)


@signal("rps_doc_frac_chars_top_3gram", dtype=pa.float64(), unit=UNIT, source="RedPajama-V2 §6.4", version=1)
def rps_doc_frac_chars_top_3gram(batch: TextBatch) -> pa.Array:
    """Characters of the most frequent run of three words times its occurrences, over those of all words.

    Of equals the first counts; occurrences may overlap, so the value can exceed 1; 0.0 where none occurs twice.
    """
    return _top(batch, 3)


@signal("rps_doc_frac_chars_top_4gram", dtype=pa.float64(), unit=UNIT, source="RedPajama-V2 §6.4", version=1)
def rps_doc_frac_chars_top_4gram(batch: TextBatch) -> pa.Array:
    """Characters of the most frequent run of four words times its occurrences, over those of all words.

    Of equals the first counts; occurrences may overlap, so the value can exceed 1; 0.0 where none occurs twice.
    """
    return _top(batch, 4)
