"""What stays of candidate clusters: the same whatever files and partitions hold the members."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.dedupe.decide import Verification, decide
from corpusmill.dedupe.members import MEMBERS, MembersFiles, SetsWriter, read_members, write_members
from corpusmill.dedupe.shingles import distinct_shingles
from corpusmill.kernels.duplicates.reference_leaders import lead
from corpusmill.kernels.duplicates.reference_shingles import shingles

Row = tuple[int, int, float, str]  # document, candidate, rank, text


def write(folder: Path, name: str, rows: list[Row], partitions: int, verified: bool = True) -> MembersFiles:
    files = MembersFiles(folder / f"{name}.arrow", folder / f"{name}.sets")
    with SetsWriter(files.sets) as writer:
        digests, begins, sizes = writer.write(distinct_shingles(pa.array([row[3] for row in rows], pa.string()), 2))
    columns = [
        pa.array([row[0] for row in rows], pa.int64()),
        pa.array([row[1] for row in rows], pa.int64()),
        pa.array([row[2] for row in rows], pa.float64()),
        pa.array([f"d{row[0]}" for row in rows], pa.string()),
        pa.array(digests if verified else [bytes(16)] * len(rows), pa.binary(16)),
        pa.array(begins, pa.int64()),
        pa.array(sizes, pa.int64()),
    ]
    write_members(files.members, pa.Table.from_arrays(columns, schema=MEMBERS), partitions)
    return files


def decided(
    folder: Path, parts: list[list[Row]], verification: Verification | None, partitions: int = 1
) -> dict[int, tuple[int, float | None]]:
    """Document → survivor, similarity."""
    files = [write(folder, str(i), rows, partitions, verification is not None) for i, rows in enumerate(parts)]
    found = {}
    for partition in range(partitions):
        table = decide(read_members(files, partition), files, verification, None, folder / "scratch")
        assert table["document"].to_pylist() == sorted(table["document"].to_pylist())
        for row in table.to_pylist():
            assert row["survivor_id"] == f"d{row['survivor']}"
            found[row["document"]] = row["survivor"], row["similarity"]
    return found


A = "one two three four five six seven eight nine ten"
B = A + " eleven"  # 9 of 10 pairs of words
C = A + " eleven twelve thirteen"  # 10 of 12 with B, 9 of 12 with A


@pytest.mark.parametrize(
    ("ranks", "minimum", "expected"),
    [
        ([0, 0, 0], None, {0: 0, 1: 0, 2: 0}),
        ([0, 1, 2], None, {0: 2, 1: 2, 2: 2}),
        ([np.nan, -3, np.nan], None, {0: 1, 1: 1, 2: 1}),
        ([0, 0, 0], 0.8, {0: 0, 1: 0}),  # C is not similar enough to A, which stays
        ([0, 1, 0], 0.8, {0: 1, 1: 1, 2: 1}),
        ([0, 0, 1], 0.8, {0: 0, 1: 0}),  # C stays, A stays, B goes to the more similar
        ([0, 0, 0], 0.7, {0: 0, 1: 0, 2: 0}),
        ([0, 0, 0], 1.0, {}),
    ],
)
def test_who_stays(ranks: list[float], minimum: float | None, expected: dict[int, int], tmp_path: Path):
    rows = [(i, 0, rank, text) for i, (rank, text) in enumerate(zip(ranks, (A, B, C), strict=True))]
    verification = None if minimum is None else Verification(minimum)
    found = decided(tmp_path, [rows], verification)
    assert {document: survivor for document, (survivor, _) in found.items()} == expected
    if minimum is None:
        assert {similarity for _, similarity in found.values()} <= {None}
    else:
        sets = [shingles(text, 2) for text in (A, B, C)]
        for document, (survivor, similarity) in found.items():
            one, other = sets[document], sets[survivor]
            assert similarity == len(one & other) / len(one | other)


def test_an_excerpt_is_contained_in_what_stays(tmp_path: Path):
    rows = [(0, 0, 0.0, C), (1, 0, 0.0, "two three four"), (2, 0, 0.0, "two three hundred")]
    assert decided(tmp_path, [rows], Verification(0.8)) == {}
    found = decided(tmp_path, [rows], Verification(0.8, "containment"))
    assert found == {0: (0, 1.0), 1: (0, 1.0)}


TEXTS = st.lists(st.sampled_from("abcd"), min_size=2, max_size=6).map(" ".join)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    drawn=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), TEXTS), max_size=14), partitions=st.integers(1, 4)
)
def test_as_the_oracle_for_any_files_and_partitions(
    drawn: list[tuple[int, int, str]], partitions: int, tmp_path_factory: pytest.TempPathFactory
):
    rows = [(i, group, float(rank), text) for i, (group, rank, text) in enumerate(drawn)]
    expected = {}
    for group in {row[1] for row in rows}:
        own = sorted((row for row in rows if row[1] == group), key=lambda row: (-row[2], row[0]))
        distinct = list({frozenset(shingles(row[3], 2)): row for row in reversed(own)}.items())[::-1]
        distinct.sort(key=lambda item: own.index(item[1]))
        numbered = {element: i for i, element in enumerate({e for one, _ in distinct for e in one})}
        led = lead([frozenset(numbered[e] for e in one) for one, _ in distinct], 0.5)
        of_set = {
            one: (distinct[leader][1][0], similarity)
            for (one, _), (leader, similarity) in zip(distinct, led, strict=True)
        }
        for row in own:
            expected[row[0]] = of_set[frozenset(shingles(row[3], 2))]
    sizes = [survivor for survivor, _ in expected.values()]
    expected = {document: found for document, found in expected.items() if sizes.count(found[0]) > 1}
    cut = len(rows) // 2
    for parts in ([rows], [rows[:cut], rows[cut:]]):
        assert decided(tmp_path_factory.mktemp("members"), parts, Verification(0.5), partitions) == expected
