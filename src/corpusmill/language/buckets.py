"""Head, middle and tail of a language, by perplexity: the best, the next and the rest (CCNet §6).

Cut-offs are CCNet's fixed ones, or percentiles of the corpus in hand. A document below the first is head, below the
second middle, else tail; both comparisons are strict. Without a perplexity, or without cut-offs, it is `all`.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Cutoffs:
    head_below: float
    middle_below: float


@functools.cache
def ccnet_cutoffs() -> dict[str, Cutoffs]:
    """CCNet's cut-offs of 48 languages: percentiles 30 and 60 of the crawl 2019-09 under its published models."""
    path = Path(__file__).parent / "data" / "ccnet_cutoffs.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["language"]: Cutoffs(float(row["head_below"]), float(row["middle_below"]))
            for row in csv.DictReader(file)
        }


def percentile_cutoffs(counts: Mapping[float, int], head: float, middle: float) -> Cutoffs:
    """Cut-offs of a corpus in which `counts[p]` documents have perplexity p.

    At most `head` percent lie strictly below the first; where perplexities are distinct, all but one document of them.

    >>> percentile_cutoffs({float(p): 1 for p in range(1, 11)}, 30, 60)
    Cutoffs(head_below=4.0, middle_below=7.0)
    """
    values = sorted(counts)
    below = np.cumsum([counts[value] for value in values])

    def at(percent: float) -> float:
        rank = int(below[-1] * percent / 100)  # so many documents are better
        return values[min(int(np.searchsorted(below, rank, side="right")), len(values) - 1)]

    return Cutoffs(at(head), at(middle))


def bucket(perplexity: float | None, cutoffs: Cutoffs | None) -> str:
    """The bucket of a document.

    >>> [bucket(value, Cutoffs(4.0, 7.0)) for value in (3.9, 4.0, 9.5, None, -1.0)]
    ['head', 'middle', 'tail', 'all', 'all']
    """
    if cutoffs is None or perplexity is None or perplexity < 0:
        return "all"
    if perplexity < cutoffs.head_below:
        return "head"
    return "middle" if perplexity < cutoffs.middle_below else "tail"
