"""How much of a known main text an extractor gives, by the rules that the collections were published with.

- The article benchmark (scrapinghub/article-extraction-benchmark): 4-grams of words counted with their multiplicity,
  each page normalised to sum 1; precision and recall are means over pages, F1 is that of the two means.
- WCXB (Murrough-Foley/web-content-extraction-benchmark): lower-case words counted with their multiplicity; F1 is the
  mean over pages. Here used for dragnet and CleanEval as well.
- trafilatura's own evaluation: snippets that must and must not be in the text; one precision, recall and F1 over all
  snippets. White space counts as one space on both sides, since it is no matter of extraction.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"\s+")
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_CHARACTER_OR_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


def shingle_counts(truth: str, text: str, size: int = 4) -> tuple[float, float, float]:
    """Shares of n-grams that are in both, in `text` alone, in `truth` alone; 0, 0, 0 where neither has a word.

    A text of fewer words than `size` is one n-gram.

    >>> shingle_counts("a b c d e", "a b c d")
    (0.5, 0.0, 0.5)
    """
    wanted, found = shingles_of(truth, size), shingles_of(text, size)
    both = (wanted & found).total()
    counts = (both, found.total() - both, wanted.total() - both)
    total = sum(counts)
    return (counts[0] / total, counts[1] / total, counts[2] / total) if total else (0.0, 0.0, 0.0)


def words_of(text: str, characters: bool = False) -> list[str]:
    """Runs of letters, digits and underscores.

    `characters`: letters of the scripts written without spaces (Chinese, Japanese, Thai, Lao, Burmese, Khmer) are a
    word each, since a run of them would have to be found whole.
    """
    return (_CHARACTER_OR_WORD if characters else _WORD).findall(text)


def shingles_of(text: str, size: int = 4, characters: bool = False) -> Counter[tuple[str, ...]]:
    """The n-grams of the words of `text` with their number; all words as one n-gram where they are fewer."""
    words = words_of(text, characters)
    if not words:
        return Counter()
    return Counter(tuple(words[at : at + size]) for at in range(max(1, len(words) - size + 1)))


def shingle_score(counts: Floats, weights: Floats | None = None) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and F1 of pages' shingle counts [n, 3], each page as often as a row of `weights` [k, n] says.

    Pages without any n-gram of the text (of the truth) are no part of the precision (the recall).
    """
    rows = np.ones((1, len(counts))) if weights is None else weights
    both, extra, missing = counts.T
    precision = _mean_of_shares(both, both + extra, rows)
    recall = _mean_of_shares(both, both + missing, rows)
    return precision, recall, _f1(precision, recall)


def word_scores(truth: str, text: str, characters: bool = False) -> tuple[float, float, float]:
    """Precision, recall and F1 of the words of one page; 1, 1, 1 where both have none.

    `characters` as for `words_of`.

    >>> word_scores("One two, two three", "two TWO four")
    (0.6666666666666666, 0.5, 0.5714285714285715)
    """
    wanted, found = (Counter(words_of(side.lower(), characters)) for side in (truth, text))
    if not wanted or not found:
        return (0.0, 0.0, 0.0) if wanted or found else (1.0, 1.0, 1.0)
    both = (wanted & found).total()
    precision, recall = both / found.total(), both / wanted.total()
    return precision, recall, 2 * precision * recall / (precision + recall) if both else 0.0


def snippet_counts(wanted: Sequence[str], unwanted: Sequence[str], text: str) -> tuple[int, int, int]:
    """How many snippets are rightly there, wrongly there, wrongly missing.

    >>> snippet_counts(["one two", "four"], ["three"], "one\\ntwo three")
    (1, 1, 1)
    """
    spaced = _SPACE.sub(" ", text)
    there, wrongly = (sum(_SPACE.sub(" ", s).strip() in spaced for s in side) for side in (wanted, unwanted))
    return there, wrongly, len(wanted) - there


def snippet_score(counts: Floats, weights: Floats | None = None) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and F1 over all snippets; arguments as of `shingle_score`."""
    rows = np.ones((1, len(counts))) if weights is None else weights
    there, wrongly, missing = rows @ counts[:, 0], rows @ counts[:, 1], rows @ counts[:, 2]
    precision, recall = _ratio(there, there + wrongly), _ratio(there, there + missing)
    return precision, recall, _f1(precision, recall)


def word_score(scores: Floats, weights: Floats | None = None) -> tuple[Floats, Floats, Floats]:
    """Means over pages of `word_scores` [n, 3]; arguments as of `shingle_score`."""
    rows = np.ones((1, len(scores))) if weights is None else weights
    precision, recall, f1 = (rows @ column / rows.sum(axis=1) for column in scores.T)
    return precision, recall, f1


def _mean_of_shares(part: Floats, whole: Floats, rows: Floats) -> Floats:
    counted = whole > 0
    shares = np.where(counted, part / np.where(counted, whole, 1), 0)
    return _ratio(rows @ shares, rows @ counted.astype(np.float64))


def _ratio(part: Floats, whole: Floats) -> Floats:
    ratio: Floats = np.where(whole > 0, part / np.where(whole > 0, whole, 1), 0.0)
    return ratio


def _f1(precision: Floats, recall: Floats) -> Floats:
    return _ratio(2 * precision * recall, precision + recall)
