"""Shuffle files: every row comes back from its partition, and a file is whole or not there."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.dedupe.shuffle import Rows, ShuffleFile, ShuffleWriter, read_partition
from corpusmill.errors import EnvironmentFault

TOP = 2**64 - 1


def rows_of(values: list[tuple[int, int]]) -> Rows:
    return np.array(values, np.uint64).reshape(-1, 2)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 30), st.integers(0, TOP)), max_size=12), max_size=5),
    st.integers(1, 6),
    st.integers(1, 15),
    st.integers(1, 9),
    st.integers(1, 7),
)
def test_every_row_comes_back(
    appended: list[list[tuple[int, int]]], partitions: int, width: int, buffer_rows: int, chunk_rows: int
):
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("b", "a")]
        for path in paths:
            with ShuffleWriter(path, partitions, width, 2, buffer_rows) as writer:
                for rows in appended:
                    writer.append(rows_of(rows))
        files = [ShuffleFile(path) for path in paths]
        for partition in range(partitions):
            expected = [
                list(row) for rows in appended for row in rows if min(row[0] // width, partitions - 1) == partition
            ]
            chunks = [chunk.tolist() for chunk in read_partition(files, partition, chunk_rows)]
            assert [row for chunk in chunks for row in chunk] == expected * 2
            assert all(len(chunk) == chunk_rows for chunk in chunks[:-1])
            assert [file.rows(partition) for file in files] == [len(expected)] * 2
        assert sorted(path.name for path in Path(folder).iterdir()) == ["a", "b"]


def test_room_that_is_filled_in_place(tmp_path: Path):
    with ShuffleWriter(tmp_path / "rows", 2, 2**63, 1, 5) as writer:
        for value in (TOP, 1, 2, TOP - 1):
            room = writer.room(2)
            assert len(room) >= 2
            room[:2, 0] = value, 7
            writer.advance(2)
        with pytest.raises(ValueError, match="5 rows, wanted room for 6"):
            writer.room(6)
    read = [np.concatenate(list(read_partition([ShuffleFile(tmp_path / "rows")], p)))[:, 0].tolist() for p in (0, 1)]
    assert read == [[7, 1, 7, 2, 7, 7], [TOP, TOP - 1]]


def test_the_last_value_has_a_partition(tmp_path: Path):
    with ShuffleWriter(tmp_path / "rows", 1, 2**64, 1, 2) as writer:
        writer.append(np.array([[TOP], [0]], np.uint64))
    assert ShuffleFile(tmp_path / "rows").rows(0) == 2


def test_an_error_leaves_what_was_there(tmp_path: Path):
    path = tmp_path / "rows"
    for old in (None, b"old"):
        if old:
            path.write_bytes(old)
        with pytest.raises(KeyError), ShuffleWriter(path, 1, 1, 2, 1) as writer:
            writer.append(rows_of([(1, 2), (3, 4)]))
            raise KeyError
        assert [p.read_bytes() for p in tmp_path.iterdir()] == ([old] if old else [])


def test_the_same_rows_give_the_same_bytes(tmp_path: Path):
    rows = np.random.RandomState(1).randint(0, 100, (1000, 2)).astype(np.uint64)
    for name, pieces in (("a", 1), ("b", 7)):
        with ShuffleWriter(tmp_path / name, 5, 20, 2, 64) as writer:
            for piece in np.array_split(rows, pieces):
                writer.append(piece)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_damaged_files_are_found(tmp_path: Path):
    path = tmp_path / "rows"
    with ShuffleWriter(path, 2, 10, 2, 3) as writer:
        writer.append(rows_of([(1, 2), (11, 4), (3, 3), (5, 5)]))
    whole = path.read_bytes()
    for damaged in (b"", b"x", whole[:-1], whole[8:], whole[:-40], whole + b"\0" * 8, b"\0" * 16 + whole):
        path.write_bytes(damaged)
        with pytest.raises(EnvironmentFault, match="delete it and run again"):
            ShuffleFile(path)
    path.write_bytes(whole)
    file = ShuffleFile(path)
    path.write_bytes(whole[:30])
    with pytest.raises(EnvironmentFault, match="cut short"):
        list(read_partition([file], 0))


def test_partitions_that_are_not_there(tmp_path: Path):
    with ShuffleWriter(tmp_path / "rows", 2, 10, 2, 3):
        pass
    file = ShuffleFile(tmp_path / "rows")
    assert [file.rows(0), file.rows(1), list(read_partition([file], 0)), list(read_partition([], 0))] == [0, 0, [], []]
    for number in (-1, 2):
        with pytest.raises(IndexError, match="2 partitions"):
            file.rows(number)


@pytest.mark.parametrize("wrong", [(0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 0, 1), (1, 1, 1, 0)])
def test_counts_are_from_one(wrong: tuple[int, int, int, int]):
    with pytest.raises(ValueError, match="counts from 1"):
        ShuffleWriter(Path("never"), *wrong)
