"""The ledger: lines of finished tasks, however they came into it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import orjson
import pytest

from corpusmill.store import ledger
from corpusmill.store.commit import Output
from corpusmill.store.ledger import Entry

ENTRIES = [
    Entry(
        "b",
        "annotate",
        "2024-22/0000",
        {"z": Output("00", 3), "a": Output("11", 0)},
        {"read": 5, "kept": {"é": 1}},
        0.5,
    ),
    Entry("a", "select", "name", {}, {"names": ("x", "y"), "none": None}),
]


def test_lines_are_those_of_the_whole_entry_with_sorted_keys(tmp_path: Path):
    path = tmp_path / "ledger.jsonl"
    ledger.write(path, ENTRIES)
    whole = [orjson.dumps(dataclasses.asdict(entry), option=orjson.OPT_SORT_KEYS) for entry in ENTRIES]
    assert path.read_bytes().splitlines() == whole


def test_appended_or_written_at_once_it_is_the_same(tmp_path: Path):
    once, singly = tmp_path / "once", tmp_path / "singly"
    ledger.write(once, ENTRIES)
    for entry in ENTRIES:
        ledger.append(singly, entry)
    assert once.read_bytes() == singly.read_bytes()
    assert [entry.outputs for entry in ledger.read(once)] == [entry.outputs for entry in ENTRIES]


def test_a_new_ledger_takes_the_place_of_what_was_there(tmp_path: Path):
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(b"left by a kill")
    ledger.write(path, ENTRIES[:1])
    assert [entry.task for entry in ledger.read(path)] == ["b"]
    ledger.write(path, [])
    assert ledger.read(path) == [] and path.read_bytes() == b""


@pytest.mark.parametrize("torn", [b'{"task":"c"', b"\xff"])
def test_a_torn_line_spoils_nothing_but_itself(tmp_path: Path, torn: bytes):
    path = tmp_path / "ledger.jsonl"
    ledger.append(path, ENTRIES[0])
    with path.open("ab") as file:
        file.write(torn)
    ledger.append(path, ENTRIES[1])
    assert [entry.task for entry in ledger.read(path)] == ["b", "a"]
