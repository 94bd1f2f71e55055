"""Counts by key, added up."""

from __future__ import annotations

from dataclasses import asdict

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.store.disagreements import Disagreements, added_up
from corpusmill.store.ledger import Entry

MODEL = {"model_sha256": "ab", "min_line_chars": 20, "threshold": 0.5}


def entry(rows: list[tuple], name: str = "lid") -> Entry:
    """A task's ledger entry; rows: id, language, found, same, und, percent."""
    counts = Disagreements()
    counts.add(*(zip(*rows, strict=True) if rows else [[]] * 6))
    content = orjson.loads(orjson.dumps(asdict(counts)))  # as it comes back from the ledger
    return Entry("t", "languages", "n", {}, {"name": name, **MODEL, "documents": len(rows), **content})


def test_counts_by_language():
    first = [
        ("a", "en", "eng_Latn", True, False, 100),
        ("b", "en", "deu_Latn", False, False, 0),
        ("c", "en", "und", False, True, -1),
        ("d", "und", "eng_Latn", False, False, 0),
    ]
    second = [("e", "en", "deu_Latn", False, False, 49), ("f", "de", "deu_Latn", True, False, 7)]
    found = added_up([entry(first), entry(second), entry([], "other")])
    assert found["other"] == {**MODEL, "documents": 0, "languages": {}, "pairs": []}
    lid = found["lid"]
    assert lid["documents"] == 6
    assert list(lid["languages"]) == ["de", "en", "und"]
    assert lid["languages"]["en"] == {
        "documents": 4,
        "same": 1,
        "another": 2,
        "und": 1,
        "line_agreement": {"documents": 3, "mean": 0.496667, "percentiles": {"5": 0.0, "10": 0.0, "25": 0.0}},
    }
    assert lid["pairs"] == [
        {"language": "en", "found": "deu_Latn", "documents": 2, "example": "b"},
        {"language": "und", "found": "eng_Latn", "documents": 1, "example": "d"},
    ]


def test_languages_without_a_long_line_have_no_agreement():
    (lid,) = added_up([entry([("a", "en", "en", True, False, -1)])]).values()
    assert lid["languages"]["en"]["line_agreement"] is None


def test_ten_pairs_most_frequent_first():
    rows = [(f"{n}-{i}", "en", f"x{n:02d}", False, False, 0) for n in range(15) for i in range(n // 2 + 1)]
    (lid,) = added_up([entry(rows)]).values()
    assert [pair["found"] for pair in lid["pairs"]] == [f"x{n:02d}" for n in (14, 12, 13, 10, 11, 8, 9, 6, 7, 4)]
    assert [pair["documents"] for pair in lid["pairs"]] == [8, 7, 7, 6, 6, 5, 5, 4, 4, 3]
    assert lid["pairs"][0]["example"] == "14-0"


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(st.lists(st.integers(0, 100), min_size=1, max_size=60), st.integers(0, 60))
def test_percentiles_are_of_the_nearest_rank_however_documents_are_spread(percents, cut):
    rows = [(str(i), "en", "en", True, False, percent) for i, percent in enumerate(percents)]
    (lid,) = added_up([entry(rows[:cut]), entry(rows[cut:])]).values()
    agreement = lid["languages"]["en"]["line_agreement"]
    assert agreement["documents"] == len(percents)
    assert agreement["mean"] == pytest.approx(sum(percents) / len(percents) / 100, abs=1e-6)
    for percentile, value in agreement["percentiles"].items():
        at_most = sum(percent / 100 <= value for percent in percents)
        below = sum(percent / 100 < value for percent in percents)
        assert below < len(percents) * int(percentile) / 100 <= at_most
