"""What is known of the documents in candidate clusters, grouped by cluster so that each can be decided by itself.

A file of members is Arrow IPC with one record batch a partition: all documents of one candidate cluster are in one
partition. Beside it, where similarities are verified, a file of sets: uint64 hashes of shingles, ascending, one
document after the other; documents of one file with equal sets share theirs.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.dedupe.shingles import Hashes, Shingles

MEMBERS = pa.schema(
    [
        pa.field("document", pa.int64(), False),  # its number
        pa.field("candidate", pa.int64(), False),  # number of the least document of its candidate cluster
        pa.field("rank", pa.float64(), False),  # the greatest of a cluster stays
        pa.field("doc_id", pa.string(), False),
        pa.field("digest", pa.binary(16), False),  # of its set; zeros: none
        pa.field("begin", pa.int64(), False),  # of its set in the file of sets, in hashes
        pa.field("size", pa.int64(), False),
    ]
)

Numbers = npt.NDArray[np.int64]


class MembersFiles(NamedTuple):
    """One file of members and its sets."""

    members: Path
    sets: Path


def partition_of(candidates: Numbers, partitions: int) -> Numbers:
    """Spread evenly: neighbours in the corpus are often alike in size."""
    from corpusmill.kernels.hashes.hashing import splitmix_each

    mixed = np.empty(len(candidates), np.uint64)
    splitmix_each(candidates.astype(np.uint64), np.uint64(0), mixed)
    return (mixed % np.uint64(partitions)).astype(np.int64)


class Stored(NamedTuple):
    """Where the sets of some documents stand in a file of sets: a digest, begin and size each."""

    digests: list[bytes]
    begins: list[int]
    sizes: list[int]


def members_of(
    documents: Numbers, candidates: Numbers, ranks: npt.NDArray[np.float64], doc_ids: pa.Array, stored: Stored
) -> pa.Table:
    """MEMBERS, a row a document."""
    columns = [
        pa.array(documents),
        pa.array(candidates),
        pa.array(ranks),
        doc_ids,
        pa.array(stored.digests, pa.binary(16)),
        pa.array(stored.begins, pa.int64()),
        pa.array(stored.sizes, pa.int64()),
    ]
    return pa.Table.from_arrays(columns, schema=MEMBERS)


class SetsWriter:
    """Writes sets one after another and says where each begins; an equal one is written once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._begin_of: dict[bytes, int] = {}
        self._at = 0

    def __enter__(self) -> SetsWriter:
        self._file = self._path.open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, sets: Shingles) -> Stored:
        stored = Stored([], [], [])
        for start, end in zip(sets.begins[:-1].tolist(), sets.begins[1:].tolist(), strict=True):
            content = sets.hashes[start:end].tobytes()
            digest = hashlib.blake2b(content, digest_size=16).digest()
            if digest not in self._begin_of:
                self._begin_of[digest] = self._at
                self._file.write(content)
                self._at += end - start
            stored.digests.append(digest)
            stored.begins.append(self._begin_of[digest])
            stored.sizes.append(end - start)
        return stored


def write_members(path: Path, members: pa.Table, partitions: int) -> None:
    """`members` of MEMBERS, in the order of documents."""
    parts = partition_of(members["candidate"].to_numpy(), partitions)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, MEMBERS) as writer:
        for partition in range(partitions):
            chosen = members.take(pa.array(np.flatnonzero(parts == partition))).combine_chunks()
            batches = chosen.to_batches()
            writer.write_batch(batches[0] if batches else pa.RecordBatch.from_pylist([], MEMBERS))


class Members(NamedTuple):
    """The members of one partition, from all files."""

    table: pa.Table  # MEMBERS
    sources: Numbers  # which file each is of

    def sets_of(self, files: Sequence[MembersFiles], chosen: Numbers, scratch: Path) -> tuple[Hashes, Numbers]:
        """The sets of the `chosen` rows, one after another, mapped from the file `scratch`; and where each begins."""
        begins, sizes = (self.table[name].to_numpy()[chosen] for name in ("begin", "size"))
        ends = np.zeros(len(chosen) + 1, np.int64)
        np.cumsum(sizes, out=ends[1:])
        if not ends[-1]:
            return np.zeros(0, np.uint64), ends
        with scratch.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, 8 * int(ends[-1]))  # a full disk says so here, not by a signal later
        gathered = np.asarray(np.memmap(scratch, np.uint64, "r+"))
        sources = self.sources[chosen]
        for source in np.unique(sources).tolist():
            stored = np.asarray(np.memmap(files[source].sets, np.uint64, "r"))  # plain arrays are cut faster
            for row in np.flatnonzero(sources == source).tolist():
                begin = int(begins[row])
                gathered[ends[row] : ends[row + 1]] = stored[begin : begin + int(sizes[row])]
        return gathered, ends


def read_members(files: Sequence[MembersFiles], partition: int) -> Members:
    tables, sources = [MEMBERS.empty_table()], [np.zeros(0, np.int64)]
    for source, file in enumerate(files):
        with pa.OSFile(str(file.members), "rb") as opened:
            batch = pa.ipc.open_file(opened).get_batch(partition)
        tables.append(pa.Table.from_batches([batch]))
        sources.append(np.full(batch.num_rows, source, np.int64))
    return Members(pa.concat_tables(tables), np.concatenate(sources))
