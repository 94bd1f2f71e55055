"""The tables that a run prints."""

from __future__ import annotations

import pytest

from corpusmill.report.yields import LANGUAGES_SHOWN, buckets_table


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"en_all": 3, "de_all": 4}, ["documents all", "de 4", "en 3"]),
        (
            {"en_tail": 1200, "en_head": 3, "de_middle": 2, "und_all": 1},
            ["documents head middle tail all", "en 3 0 1,200 0", "de 0 2 0 0", "und 0 0 0 1"],
        ),
        (
            {f"l{n:02}_all": 20 - n for n in range(10)},
            ["documents all", *(f"l{n:02} {20 - n}" for n in range(8)), "2 more 23"],
        ),
    ],
)
def test_documents_by_language_and_bucket(counts: dict[str, int], expected: list[str]):
    manifest = {"languages": {name: {"documents": n, "characters": 10 * n} for name, n in counts.items()}}
    assert [" ".join(line.split()) for line in buckets_table(manifest).splitlines()] == expected
    assert LANGUAGES_SHOWN == 8
