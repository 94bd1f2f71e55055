"""Extractors side by side on pages with a known text: one F1 each, and ours minus the best of trafilatura's settings.

Which metric decides in which collection, and which of our profiles runs there, was fixed before our figures were seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from baselines import TRAFILATURA
from intervals import Difference, Floats, Score, difference
from metrics import shingle_counts, shingle_score, snippet_counts, snippet_score, word_score, word_scores

OURS = "learned"
LEAST_PAGES = 10  # fewer say nothing of a kind of page or a language
LEAST_SITES = 5  # fewer give no interval

Row = Mapping[str, Any]
Texts = Mapping[str, Mapping[str, str]]  # extractor → id of a page → text


@dataclass(frozen=True)
class Metric:
    """Three numbers a page, and precision, recall and F1 over pages."""

    name: str
    values: Callable[[Row, str], tuple[float, float, float]]
    score: Score


FOUR_GRAMS = Metric("4-gram F1", lambda row, text: shingle_counts(row["truth"], text), shingle_score)
WORDS = Metric("word F1", lambda row, text: word_scores(row["truth"], text), word_score)
CHARACTERS = Metric("word F1", lambda row, text: word_scores(row["truth"], text, characters=True), word_score)
SNIPPETS = Metric("snippet F1", lambda row, text: snippet_counts(row["with"], row["without"], text), snippet_score)

DECIDES = {
    "article": FOUR_GRAMS,
    "wcxb": WORDS,
    "dragnet": WORDS,
    "cleaneval": WORDS,
    "trafilatura": SNIPPETS,
}
# dragnet's people marked comments as content, and CleanEval's all but navigation; the others took the article alone.
PROFILES = {
    "article": "article",
    "wcxb": "article",
    "dragnet": "whole-page",
    "cleaneval": "whole-page",
    "trafilatura": "article",
}


@dataclass(frozen=True)
class Compared:
    """Extractors on the same pages: F1 of each, which of trafilatura's settings did best, and ours minus that one."""

    pages: int
    sites: int
    f1: dict[str, float]
    best: str  # "" without trafilatura
    difference: Difference | None  # None without one of the two


class Values:
    """Values of every page and extractor by one metric, computed once; parts of the pages are compared from them."""

    def __init__(self, rows: Sequence[Row], texts: Texts, metric: Metric) -> None:
        self.rows = [row for row in rows if metric is SNIPPETS or row["truth"]]
        self.metric = metric
        self._values: dict[str, Floats] = {
            name: np.array([metric.values(row, by_id.get(row["id"]) or "") for row in self.rows], np.float64)
            for name, by_id in texts.items()
        }

    def by_page(self) -> list[dict[str, Any]]:
        """A row for each page and extractor: its three numbers, in the order of the metric."""
        return [
            {
                "id": row["id"],
                "collection": row["collection"],
                "url": row["url"],
                "metric": self.metric.name,
                "extractor": name,
                "values": table[number].tolist(),
            }
            for name, table in self._values.items()
            for number, row in enumerate(self.rows)
        ]

    def compared(self, chosen: Callable[[Row], bool] = lambda row: True) -> Compared:
        """The extractors on the pages that are `chosen`; at least one must be."""
        numbers = [number for number, row in enumerate(self.rows) if chosen(row)]
        values = {name: table[numbers] for name, table in self._values.items()}
        f1 = {name: float(self.metric.score(table, None)[2][0]) for name, table in values.items()}
        best = max((name for name in TRAFILATURA if name in f1), key=f1.__getitem__, default="")
        sites = [self.rows[number]["group"] for number in numbers]
        between = None
        if OURS in values and best:
            between = difference(self.metric.score, values[OURS], values[best], sites)
        return Compared(len(numbers), len(set(sites)), f1, best, between)


def by(values: Values, column: str, least: int = LEAST_PAGES) -> dict[str, Compared]:
    """The extractors on the pages of each value of `column` that has `least` pages, the most pages first."""
    counts: dict[str, int] = {}
    for row in values.rows:
        counts[row[column]] = counts.get(row[column], 0) + 1
    names = sorted((name for name, count in counts.items() if count >= least), key=lambda name: (-counts[name], name))
    return {name: values.compared(lambda row, name=name: row[column] == name) for name in names}  # type: ignore[misc]


def markdown(head: str, compared: Mapping[str, Compared]) -> str:
    """A table of `compared`, a line for each."""
    extractors = list(next(iter(compared.values())).f1)
    lines = [
        f"| {head} | pages | sites | {' | '.join(extractors)} | {OURS} − best of trafilatura (95 %) |",
        "|" + "---|" * (len(extractors) + 4),
    ]
    for name, row in compared.items():
        best = max(row.f1.values())
        cells = [f"**{f1:.3f}**" if f1 == best else f"{f1:.3f}" for f1 in row.f1.values()]
        lines.append(f"| {name} | {row.pages} | {row.sites} | {' | '.join(cells)} | {_interval(row)} |")
    return "\n".join(lines)


def _interval(row: Compared) -> str:
    if row.difference is None:
        return "–"
    drawn = f" ({row.difference.low:+.3f} … {row.difference.high:+.3f})" if row.sites >= LEAST_SITES else ""
    return f"{row.difference.mean:+.3f}{drawn}"
