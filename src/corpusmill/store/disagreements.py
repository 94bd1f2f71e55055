"""How far two identifications of language agree: counted by key in the ledger, added up for the manifest."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from corpusmill.store.ledger import Entry

PERCENTILES = (5, 10, 25)  # of line_agreement: how bad the worst documents are
PAIRS_SHOWN = 10

Counts = dict[str, Any]


@dataclass
class Disagreements:
    """Counts over the documents of one key, as JSON in the ledger."""

    languages: dict[str, Counts] = field(default_factory=dict)  # by the language that documents had before
    pairs: dict[str, dict[str, list[Any]]] = field(default_factory=dict)  # had → found → documents, first doc_id

    def add(
        self,
        doc_ids: Sequence[str],
        languages: Sequence[str],
        found: Sequence[str],
        same: Sequence[bool],
        undetermined: Sequence[bool],
        percent: Sequence[int],
    ) -> None:
        """One item of each for each document; `percent`: of line_agreement, rounded down, or -1."""
        rows = zip(doc_ids, languages, found, same, undetermined, percent, strict=True)
        for doc_id, language, name, is_same, is_undetermined, agreement in rows:
            total = self.languages.setdefault(language, {"same": 0, "another": 0, "und": 0, "percent": {}})
            total["same" if is_same else "und" if is_undetermined else "another"] += 1
            if agreement >= 0:
                total["percent"][str(agreement)] = total["percent"].get(str(agreement), 0) + 1
            if not is_same and not is_undetermined:
                self.pairs.setdefault(language, {}).setdefault(name, [0, doc_id])[0] += 1


def added_up(entries: Iterable[Entry]) -> Counts:
    """The manifest's `languages_by`: of each name the model, its parameters, counts by language, the frequent pairs.

    line_agreement: mean and percentiles of the documents that have one, each in whole hundredths, rounded down.
    """
    groups: dict[str, list[Counts]] = {}
    for entry in entries:
        groups.setdefault(entry.counts["name"], []).append(entry.counts)
    return {name: _of_one_name(groups[name]) for name in sorted(groups)}


def _of_one_name(counts: list[Counts]) -> Counts:
    languages: dict[str, Counter[str]] = {}
    percents: dict[str, Counter[int]] = {}
    pairs: dict[tuple[str, str], list[Any]] = {}
    for one in counts:
        for language, found in one["languages"].items():
            languages.setdefault(language, Counter()).update({n: found[n] for n in ("same", "another", "und")})
            percents.setdefault(language, Counter()).update({int(p): n for p, n in found["percent"].items()})
        for language, others in one["pairs"].items():
            for name, (documents, example) in others.items():
                pairs.setdefault((language, name), [0, example])[0] += documents
    frequent = sorted(pairs.items(), key=lambda item: (-item[1][0], item[0]))[:PAIRS_SHOWN]
    return {
        **{name: counts[0][name] for name in ("model_sha256", "min_line_chars", "threshold")},
        "documents": sum(one["documents"] for one in counts),
        "languages": {
            language: {"documents": total.total(), **total, **_agreement(percents[language])}
            for language, total in sorted(languages.items())
        },
        "pairs": [
            {"language": language, "found": name, "documents": documents, "example": example}
            for (language, name), (documents, example) in frequent
        ],
    }


def _agreement(percents: Counter[int]) -> Counts:
    """
    >>> _agreement(Counter({100: 9, 30: 1}))["line_agreement"]
    {'documents': 10, 'mean': 0.93, 'percentiles': {'5': 0.3, '10': 0.3, '25': 1.0}}
    """
    documents = percents.total()
    if not documents:
        return {"line_agreement": None}
    mean = sum(percent * count for percent, count in percents.items()) / (100 * documents)
    found = {}
    for percentile in PERCENTILES:
        rank, seen = max(1, math.ceil(documents * percentile / 100)), 0  # the nearest rank
        for percent in sorted(percents):
            seen += percents[percent]
            if seen >= rank:
                found[str(percentile)] = percent / 100
                break
    return {"line_agreement": {"documents": documents, "mean": round(mean, 6), "percentiles": found}}
