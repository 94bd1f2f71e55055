"""Components by two sweeps over ranges equal those of the union–find in memory."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.dedupe.components import components
from corpusmill.dedupe.partitions import Partitions
from corpusmill.dedupe.shuffle import ShuffleFile
from corpusmill.dedupe.sweeps import pair_writer, sweep
from corpusmill.kernels.duplicates import reference_clusters

Pairs = list[tuple[int, int]]


def array(pairs: Pairs) -> np.ndarray:
    return np.array(pairs, np.uint64).reshape(-1, 2)


def swept(files: list[np.ndarray], documents: int, ranges: int, buffer_bytes: int = 64) -> dict[int, int]:
    partitions = Partitions(documents, 1, 1, ranges, buffer_bytes)
    found: dict[int, int] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, pairs in enumerate(files):
            with pair_writer(folder / f"given-{number}", partitions) as writer:
                writer.append(pairs)
        given_files = [ShuffleFile(folder / f"given-{number}") for number in range(len(files))]
        for piece in sweep(given_files, partitions, folder):
            found.update(zip(piece.documents.tolist(), piece.clusters.tolist(), strict=True))
    assert list(found) == sorted(found)
    return found


def in_memory(files: list[np.ndarray], documents: int) -> dict[int, int]:
    pieces = components(files, documents)
    return {d: c for piece in pieces for d, c in zip(piece.documents.tolist(), piece.clusters.tolist(), strict=True)}


pair = st.tuples(st.integers(0, 24), st.integers(0, 24)).filter(lambda p: p[0] != p[1])
lists_of_pairs = st.lists(st.lists(pair.map(lambda p: (max(p), min(p)))), min_size=1, max_size=3)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(lists_of_pairs, st.integers(2, 12) | st.just(30))
def test_any_number_of_ranges(files: list[Pairs], ranges: int):
    plain = reference_clusters.components([pair for pairs in files for pair in pairs])
    arrays = [array(pairs) for pairs in files]
    assert in_memory(arrays, 25) == plain
    assert swept(arrays, 25, ranges) == plain


@pytest.mark.parametrize("ranges", [2, 5, 16])
def test_components_that_wind_through_all_ranges(ranges: int):
    """A chain that jumps to and fro between ranges, a star, and a comb whose teeth meet in the last range."""
    random, documents = np.random.RandomState(1), 3_000
    path = random.permutation(documents)[:1_000]
    chain = np.stack([path[1:], path[:-1]], axis=1)
    star = np.stack([np.arange(1, documents, 7), np.full(len(np.arange(1, documents, 7)), 2_999)], axis=1)
    for pairs in (chain, star, np.concatenate([chain, star])):
        pairs = pairs[pairs[:, 0] != pairs[:, 1]]
        sorted_pairs = np.sort(pairs, axis=1)[:, ::-1].astype(np.uint64)
        expected = in_memory([sorted_pairs], documents)
        assert len(expected) > 400
        assert swept([np.ascontiguousarray(sorted_pairs)], documents, ranges, 4096) == expected


def test_pairs_handed_down_never_outgrow_those_read(tmp_path: Path):
    random, documents = np.random.RandomState(4), 2_000
    pairs = np.sort(random.randint(0, documents, (5_000, 2)), axis=1)[:, ::-1]
    pairs = np.ascontiguousarray(pairs[pairs[:, 0] != pairs[:, 1]].astype(np.uint64))
    partitions = Partitions(documents, 1, 1, 8, 4096)
    with pair_writer(tmp_path / "given", partitions) as writer:
        writer.append(pairs)
    found = sum(len(piece.documents) for piece in sweep([ShuffleFile(tmp_path / "given")], partitions, tmp_path))
    assert found > 1_900
    read = np.zeros(8, np.int64)
    for path in [tmp_path / "given", *sorted(tmp_path.glob("pairs-*"))]:
        read += [ShuffleFile(path).rows(number) for number in range(8)]
    for number in range(8):
        below = ShuffleFile(tmp_path / f"pairs-{number}")
        assert sum(below.rows(n) for n in range(8)) <= read[number]
        assert not any(below.rows(n) for n in range(number, 8))
