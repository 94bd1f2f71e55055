"""Clusters from signatures against plain Python and against the reference's own."""

from __future__ import annotations

import tempfile
import tracemalloc
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.dedupe.components import Clusters
from corpusmill.dedupe.lsh import (
    Shard,
    clusters,
    clusters_of,
    clusters_of_pairs,
    key_writer,
    named_by_least_id,
    write_pairs,
    write_shards,
)
from corpusmill.dedupe.minhash import SIMILARITY_BANDS, Bands
from corpusmill.dedupe.partitions import Partitions, plan
from corpusmill.dedupe.shuffle import ShuffleFile
from corpusmill.dedupe.sweeps import pair_writer
from corpusmill.kernels.duplicates.reference_clusters import clusters as plain_clusters

Signature = list[int] | None


def together(pieces: Iterable[Clusters]) -> dict[int, int]:
    found: dict[int, int] = {}
    for piece in pieces:
        found.update(zip(piece.documents.tolist(), piece.clusters.tolist(), strict=True))
    assert list(found) == sorted(found)
    return found


def shard(signatures: list[Signature], batch: int, width: int) -> Shard:
    whole = pa.array(signatures, pa.list_(pa.int32(), width))
    return Shard(len(whole), [whole[at : at + batch] for at in range(0, len(whole), batch)])


signature = st.none() | st.lists(st.sampled_from([0, 1, -1, 2**31 - 1]), min_size=7, max_size=7)
cuts = st.sampled_from([Bands(1, 7), Bands(3, 2), Bands(7, 1), Bands(2, 3), Bands(1, 2)])


@settings(derandomize=True, max_examples=80, deadline=None)
@given(
    st.lists(st.lists(signature, max_size=12), min_size=1, max_size=4),
    cuts,
    st.integers(1, 5),
    st.integers(1, 9),
    st.integers(1, 6),
    st.sampled_from([1, 200, 5000]),
    st.randoms(use_true_random=False),
)
def test_clusters_are_those_of_the_oracle_however_the_work_is_cut(
    shards: list[list[Signature]], cut: Bands, batch: int, partitions: int, ranges: int, buffer_bytes: int, random
):
    everything = [row for rows in shards for row in rows]
    expected = plain_clusters(everything, *cut)
    cutting = Partitions(len(everything), cut.bands, partitions, ranges, buffer_bytes)
    firsts = np.cumsum([0, *map(len, shards)]).tolist()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = []
        for number, rows in enumerate(shards):  # a key file for each shard, read in any order
            with key_writer(folder / f"keys-{number}", cutting) as writer:
                end = write_shards(writer, [shard(rows, batch, 7)], cut, firsts[number])
            assert end == firsts[number + 1]
            files.append(ShuffleFile(folder / f"keys-{number}"))
        random.shuffle(files)
        assert together(clusters_of(files, cutting, folder)) == expected
        pairs = []
        for partition in range(partitions):  # as tasks of their own, in any order
            with pair_writer(folder / f"pairs-of-{partition}", cutting) as writer:
                write_pairs(writer, files, partition, cutting)
            pairs.append(ShuffleFile(folder / f"pairs-of-{partition}"))
        random.shuffle(pairs)
        assert together(clusters_of_pairs(pairs, cutting, folder)) == expected
    with tempfile.TemporaryDirectory() as name:
        assert together(clusters([shard(rows, batch, 7) for rows in shards], cut, Path(name))) == expected
        assert not list(Path(name).iterdir())


def test_nothing_to_cluster(tmp_path: Path):
    cut = Bands(2, 2)
    for shards in ([], [shard([], 1, 4)], [shard([None, None], 1, 4)], [shard([[1, 2, 3, 4]], 1, 4)]):
        assert together(clusters(shards, cut, tmp_path)) == {}
    cutting = Partitions(0, 2, 3, 2, 100)
    assert together(clusters_of([], cutting, tmp_path)) == {}


def test_equal_bands_at_different_places_join_nothing(tmp_path: Path):
    assert together(clusters([shard([[1, 2, 3, 4], [3, 4, 1, 2]], 2, 4)], Bands(2, 2), tmp_path)) == {}


def test_a_table_that_is_too_small_grows(tmp_path: Path):
    """Planned for no keys, given 5,000 different ones and a copy of each."""
    values = np.random.RandomState(1).randint(-(2**31), 2**31, (5_000, 2), np.int64).tolist()
    cutting = Partitions(10_000, 1, 2, 1, 1 << 16)
    small = replace(cutting, bands=0)  # slots for no rows at all
    with key_writer(tmp_path / "keys", cutting) as writer:
        write_shards(writer, [shard(values + values, 999, 2)], Bands(1, 2))
    found = together(clusters_of([ShuffleFile(tmp_path / "keys")], small, tmp_path))
    assert found == {d: d % 5_000 for d in range(10_000)}


@pytest.mark.parametrize("documents", [1, 3])
def test_a_shard_of_another_length_is_refused(documents: int, tmp_path: Path):
    wrong = Shard(documents, [pa.array([[1], [2]], pa.list_(pa.int32(), 1))])
    with pytest.raises(ValueError, match=f"said to have {documents} documents"):
        list(clusters([wrong], Bands(1, 1), tmp_path))
    assert not list(tmp_path.iterdir())


def one_page_many_times(documents: int, batch: int) -> Iterable[pa.Array]:
    page = np.arange(128, dtype=np.int32)
    for first in range(0, documents, batch):
        values = np.tile(page, min(batch, documents - first))
        yield pa.FixedSizeListArray.from_arrays(pa.array(values), 128)


@pytest.mark.parametrize("documents", [30_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_bucket_of_equal_documents_gives_a_pair_a_document(documents: int, tmp_path: Path):
    cut = SIMILARITY_BANDS[0.8]
    cutting = Partitions(documents, cut.bands, 4, 3, 1 << 20)
    with key_writer(tmp_path / "keys", cutting) as writer:
        write_shards(writer, [Shard(documents, one_page_many_times(documents, 10_000))], cut)
    members = 0
    for piece in clusters_of([ShuffleFile(tmp_path / "keys")], cutting, tmp_path):
        assert not piece.clusters.any()
        assert piece.documents.tolist() == list(range(members, members + len(piece.documents)))
        members += len(piece.documents)
    assert members == documents
    pairs = ShuffleFile(tmp_path / "pairs")
    assert sum(pairs.rows(number) for number in range(3)) == cut.bands * (documents - 1)


@pytest.mark.parametrize(("memory_bytes", "ranges"), [(16 << 20, 1), (16 << 20, 3)])
def test_memory_stays_within_the_plan(memory_bytes: int, ranges: int, tmp_path: Path):
    """What NumPy and Arrow hold at most, over 400,000 documents whose keys take twice the memory."""
    documents, batch, cut = 400_000, 2_000, Bands(4, 1)

    def batches() -> Iterable[pa.Array]:
        random = np.random.RandomState(1)
        for _ in range(documents // batch):
            values = random.randint(0, 10 * documents, (batch, 4)).astype(np.int32)
            yield pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), 4)

    partitions = replace(plan(documents, cut.bands, memory_bytes), ranges=ranges)
    assert partitions.rows * 24 > 2 * memory_bytes
    together(clusters([Shard(1, [pa.array([[1] * 4], pa.list_(pa.int32(), 4))])], cut, tmp_path))  # compiles
    tracemalloc.start()
    try:
        with key_writer(tmp_path / "keys", partitions) as writer:
            write_shards(writer, [Shard(documents, batches())], cut)
        members = sum(
            len(piece.documents) for piece in clusters_of([ShuffleFile(tmp_path / "keys")], partitions, tmp_path)
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 100_000 < members < documents
    assert partitions.peak_bytes / 2 < peak < partitions.peak_bytes + (1 << 20) <= memory_bytes + (1 << 20)


def test_least_ids_are_compared_unsigned():
    found = Clusters(np.array([0, 1, 4, 6]), np.array([0, 1, 0, 1]))
    ids = np.array([-1, -5, 7, -9], np.int64).view(np.uint64)
    assert named_by_least_id(found, ids).view(np.int64).tolist() == [7, -9, 7, -9]
    none = Clusters(np.empty(0, np.int64), np.empty(0, np.int64))
    assert named_by_least_id(none, np.empty(0, np.uint64)).tolist() == []


@pytest.mark.shared
@pytest.mark.parametrize("similarity", SIMILARITY_BANDS)
def test_clusters_of_the_reference(similarity: float, shared: Path, tmp_path: Path):
    """RedPajama-V2 §13 on 727 documents: (id_int → cluster_id) equal, for several ways to cut the work."""
    folder = shared / "conformance" / "rpv2"
    tables = [
        pq.read_table(folder / "minhash" / name)
        for name in (folder / "clusters" / "minhash_listing.txt").read_text().split()
    ]
    ids = pa.concat_arrays(pa.concat_tables(tables)["id_int"].chunks).to_numpy()
    shards = [Shard(len(table), [whole_signatures(table)]) for table in tables]
    wanted = reference_clusters(folder / "clusters" / f"sim{similarity}")
    cut = SIMILARITY_BANDS[similarity]
    assert len(wanted) > 100
    for partitions, ranges in ((1, 1), (7, 1), (3, 5)):
        cutting = Partitions(len(ids), cut.bands, partitions, ranges, 1 << 12)
        with key_writer(tmp_path / "keys", cutting) as writer:
            write_shards(writer, shards, cut)
        pieces = list(clusters_of([ShuffleFile(tmp_path / "keys")], cutting, tmp_path))
        found = Clusters(*map(np.concatenate, zip(*pieces, strict=True)))
        named = named_by_least_id(found, ids[found.documents]).tolist()
        assert dict(zip(ids[found.documents].tolist(), named, strict=True)) == wanted


def whole_signatures(table: pa.Table) -> pa.Array:
    """The 128 values, from the one band of similarity 1.0."""
    rows = [
        None if bands is None else np.frombuffer(bands[0], ">u4").astype(np.uint32).view(np.int32).tolist()
        for bands in table["signature_sim1.0"].to_pylist()
    ]
    return pa.array(rows, pa.list_(pa.int32(), 128))


def reference_clusters(folder: Path) -> dict[int, int]:
    found: dict[int, int] = {}
    for path in sorted(folder.rglob("*.clusters.parquet")):
        table = pq.read_table(path)
        found.update(zip(table["id_int"].to_pylist(), table["cluster_id"].to_pylist(), strict=True))
    return found
