"""Files of labelled lines: what is read, what is refused, which documents belong together."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from corpusmill.errors import InputRefused
from corpusmill.models.lines.labels import LabelledDocument, groups_of, labels_of, languages_of, read_labels


def test_documents_as_they_are_read(tmp_path: Path):
    rows = [
        {"lines": [" One\ttwo ", "", "\u2028", "three"], "labels": ["1", "0", 1, 0], "lang": "de", "split": "dev"},
        {"lines": ["Only"], "labels": [1]},
        {"lines": ["One two", "three"], "labels": [0, 0], "language": "fr"},  # the first again
        {"lines": [" "], "labels": [1]},
    ]
    path = tmp_path / "labels.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    found = read_labels([path])
    assert found == [
        LabelledDocument(("One two", "three"), (True, False), "de"),
        LabelledDocument(("Only",), (True,), "und"),
    ]
    assert labels_of(found).tolist() == [True, False, True]
    assert languages_of(found).tolist() == ["de", "de", "und"]


@pytest.mark.parametrize(
    "row",
    [
        "{",
        "[]",
        '"text"',
        '{"lines": ["a"]}',
        '{"lines": ["a"], "labels": [1, 0]}',
        '{"lines": "a", "labels": "1"}',
        '{"lines": [1], "labels": [1]}',
        '{"lines": ["a"], "labels": [2]}',
        '{"lines": ["a"], "labels": [null]}',
        '{"lines": ["a"], "labels": [1], "lang": null}',
    ],
)
def test_other_rows_are_refused_by_their_number(row: str, tmp_path: Path):
    path = tmp_path / "labels.jsonl"
    path.write_text('{"lines": ["a"], "labels": [1]}\n' + row + "\n")
    with pytest.raises(InputRefused, match="document 2: "):
        read_labels([path])


def test_groups_reach_through_others():
    chain = [("a" * 15,), ("b" * 15,), ("c" * 15,), ("b" * 15, "a" * 15), ("d" * 14,), ("d" * 14,)]
    documents = [LabelledDocument(lines, (True,) * len(lines)) for lines in chain]
    assert groups_of(documents).tolist() == [0, 0, 2, 0, 4, 5]
