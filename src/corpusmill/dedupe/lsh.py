"""Clusters of near duplicates from stored MinHash signatures (RedPajama-V2 §13), within bounded memory.

    signatures → band keys, by partition → pairs of documents that share a key → connected components
    write_shards (a task a shard) → write_pairs (a task a partition) → clusters_of_pairs; `clusters` does all in one

Two documents are joined if all values of one band agree; a cluster is a connected component of two or more. Nothing is
verified beyond that, nothing is dropped. Documents are numbered through the shards in the order given, and the result
depends on the numbering alone: not on batches, partitions, ranges or memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.dedupe.bands import KEY_ROW_VALUES, partition_width, write_keys
from corpusmill.dedupe.buckets import bucket_pairs
from corpusmill.dedupe.components import Clusters, components
from corpusmill.dedupe.minhash import Bands
from corpusmill.dedupe.partitions import KEY_BYTES, Partitions, plan
from corpusmill.dedupe.shuffle import Rows, ShuffleFile, ShuffleWriter, read_partition
from corpusmill.dedupe.sweeps import pair_writer, sweep

Ids = npt.NDArray[np.uint64]

MEMORY_BYTES = 1 << 30


class Shard(NamedTuple):
    """The signatures of one shard, fixed_size_list<int32, n>, in batches that are read once."""

    documents: int  # how many signatures, nulls included
    batches: Iterable[pa.Array]


def clusters(
    shards: Sequence[Shard], cut: Bands, scratch: Path, memory_bytes: int = MEMORY_BYTES
) -> Iterator[Clusters]:
    """Clusters of two or more documents, in pieces ascending by document; the least document names the cluster.

    `scratch` is a folder that takes `plan(…).bytes_on_disk`, in a folder of its own that is removed at the end.

    >>> signatures = pa.array([[1, 2], None, [9, 2], [9, 8], [5, 5]], pa.list_(pa.int32(), 2))
    >>> found = clusters([Shard(5, [signatures])], Bands(2, 1), Path(tempfile.gettempdir()))
    >>> [(piece.documents.tolist(), piece.clusters.tolist()) for piece in found]
    [([0, 2, 3], [0, 0, 0])]
    """
    partitions = plan(sum(shard.documents for shard in shards), cut.bands, memory_bytes)
    with tempfile.TemporaryDirectory(prefix="clusters-", dir=scratch) as folder:
        keys = Path(folder) / "keys"
        with key_writer(keys, partitions) as writer:
            write_shards(writer, shards, cut)
        yield from clusters_of([ShuffleFile(keys)], partitions, Path(folder))


def key_writer(path: Path, partitions: Partitions) -> ShuffleWriter:
    """Writes the band keys of one or more shards."""
    rows = max(partitions.bands, partitions.buffer_bytes // KEY_BYTES)
    width = partition_width(partitions.partitions)
    return ShuffleWriter(path, partitions.partitions, width, KEY_ROW_VALUES, rows)


def write_shards(writer: ShuffleWriter, shards: Iterable[Shard], cut: Bands, first_document: int = 0) -> int:
    """Write the keys of `shards`, numbered from `first_document`; returns the number after the last document."""
    number = first_document
    for shard in shards:
        end = number + shard.documents
        for batch in shard.batches:
            write_keys(writer, batch, number, cut)
            number += len(batch)
        if number != end:
            raise ValueError(f"a shard was said to have {shard.documents} documents, found {number - end} more")
    return number


def clusters_of(keys: Sequence[ShuffleFile], partitions: Partitions, folder: Path) -> Iterator[Clusters]:
    """The clusters under the key files of `key_writer`; `folder` takes the files of sweeps, if there are any."""
    if partitions.ranges == 1:
        yield from components(_pairs(keys, partitions), partitions.documents)
        return
    path = folder / "pairs"
    with pair_writer(path, partitions) as writer:
        for some in _pairs(keys, partitions):
            writer.append(some)
    yield from clusters_of_pairs([ShuffleFile(path)], partitions, folder)


def write_pairs(writer: ShuffleWriter, keys: Sequence[ShuffleFile], partition: int, partitions: Partitions) -> None:
    """One partition's work as a task of its own; `writer` is a `pair_writer`."""
    for some in bucket_pairs(keys, partition, partitions.slots):
        writer.append(some)


def clusters_of_pairs(pairs: Sequence[ShuffleFile], partitions: Partitions, folder: Path) -> Iterator[Clusters]:
    """The clusters under the pair files of all partitions, in any order of files."""
    if partitions.ranges == 1:
        yield from components(read_partition(pairs, 0), partitions.documents)
    else:
        yield from sweep(pairs, partitions, folder)


def _pairs(keys: Sequence[ShuffleFile], partitions: Partitions) -> Iterator[Rows]:
    for partition in range(partitions.partitions):
        yield from bucket_pairs(keys, partition, partitions.slots)


def named_by_least_id(found: Clusters, ids: Ids) -> Ids:
    """RedPajama-V2's `cluster_id` of each document: the least id of its cluster, compared as uint64.

    `found` has whole clusters; ids[i] is the `id_int` of found.documents[i], with the bits of uint64.

    >>> named_by_least_id(Clusters(np.array([2, 5, 7]), np.array([2, 2, 7])), np.array([9, 4, 1], np.uint64)).tolist()
    [4, 4, 1]
    """
    _, numbers = np.unique(found.clusters, return_inverse=True)
    least = np.full(len(ids), np.iinfo(np.uint64).max, np.uint64)
    np.minimum.at(least, numbers, ids)
    return least[numbers]
