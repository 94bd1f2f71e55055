from __future__ import annotations

import pyarrow as pa
import pytest

from corpusmill.batch import TextBatch
from corpusmill.signals.registry import measure, of_family

ROBOTS = [
    "",
    None,
    "*:none",
    "*:noindex googlebot:noindex",
    "*:max-snippet:0 *:noai *:noimageai",
    "*:tdm-reservation:1",
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("robots_noindex", [0, None, 1, 2, 0, 0]),
        ("robots_nofollow", [0, None, 1, 0, 0, 0]),
        ("robots_noarchive", [0, None, 0, 0, 0, 0]),
        ("robots_nosnippet", [0, None, 0, 0, 1, 0]),
        ("robots_noai", [0, None, 0, 0, 1, 0]),
        ("robots_noimageai", [0, None, 0, 0, 1, 0]),
        ("robots_tdm_reserved", [0, None, 0, 0, 0, 1]),
    ],
)
def test_directives_are_counted(name: str, expected: list[int | None]) -> None:
    batch = TextBatch(pa.array([""] * len(ROBOTS)), columns={"robots": pa.array(ROBOTS, pa.string())})
    assert measure(batch, [name])[name].to_pylist() == expected


def test_inputs_without_the_column_know_nothing() -> None:
    names = of_family("robots")
    assert measure(TextBatch(pa.array(["a"])), names).to_pylist() == [dict.fromkeys(names)]
