"""How the work of clustering is cut so that no step takes more memory than it was given."""

from __future__ import annotations

from dataclasses import dataclass

from corpusmill.dedupe.shuffle import CHUNK_ROWS, VALUE_BYTES

KEY_BYTES = 3 * VALUE_BYTES  # a row of a key file, a slot of a hash table
PAIR_BYTES = 2 * VALUE_BYTES
SLOTS_PER_KEY = 1.5
READ_BYTES = CHUNK_ROWS * (KEY_BYTES + 2 * PAIR_BYTES)
BUFFER_BYTES = 16 << 20  # larger ones leave the processor's caches …
BUFFERS_IN_MEMORY = 64  # … but much memory means much data, and each run costs an index
TABLE_BYTES = 8 << 20  # a hash table of 3 MiB joins at twice the speed of one of 64 MiB
MOST_PARTITIONS = 1024  # unless memory asks for more: a run has rows // partitions in a row on disk
LEAST_MEMORY_BYTES = 16 << 20


@dataclass(frozen=True)
class Partitions:
    """A plan. Partitions cut the band keys by their hash, ranges cut the documents by their number.

    >>> plan(1000, 9, 1 << 30)
    Partitions(documents=1000, bands=9, partitions=1, ranges=1, buffer_bytes=16777216)
    >>> large = plan(100_000_000, 9, 4 << 30)
    >>> large.partitions, large.ranges, large.bytes_on_disk, large.peak_bytes
    (1024, 1, 21600000000, 540587816)
    """

    documents: int
    bands: int
    partitions: int
    ranges: int  # 1: the union–find of all documents fits in memory
    buffer_bytes: int  # of each of the two buffers of a shuffle writer

    @property
    def rows(self) -> int:
        """Band keys, if no document lacks a signature."""
        return self.documents * self.bands

    @property
    def slots(self) -> int:
        """Of the hash table of a partition."""
        return int(SLOTS_PER_KEY * self.rows / self.partitions) + 64

    @property
    def range_documents(self) -> int:
        return max(1, -(-self.documents // self.ranges))

    @property
    def bytes_on_disk(self) -> int:
        """Key rows; with several ranges also a pair for each, and what the two sweeps keep for each document.

        Pairs that a sweep hands from range to range are not counted: at worst those of a range once more for each
        range below, in practice a small part, as only pairs between different neighbours are handed on.
        """
        swept = self.rows * PAIR_BYTES + self.documents * (4 + 2 * PAIR_BYTES) if self.ranges > 1 else 0
        return self.rows * KEY_BYTES + swept

    @property
    def peak_bytes(self) -> int:
        """Of the arrays of the largest step; the interpreter with its libraries and the batches read come on top."""
        writer = 2 * self.buffer_bytes
        join = self.slots * KEY_BYTES + READ_BYTES + self.index_bytes
        if self.ranges == 1:
            return max(writer + self.index_bytes, join + self.documents * forest_bytes(self.documents))
        swept = self.range_documents * (forest_bytes(self.range_documents) + VALUE_BYTES)
        return max(writer + join, 2 * writer + READ_BYTES + swept)

    @property
    def index_bytes(self) -> int:
        """Of a key file that holds all rows, while it is written or read: it grows with runs times partitions."""
        runs = 1 + self.rows * KEY_BYTES // self.buffer_bytes
        return runs * self.partitions * 2 * VALUE_BYTES


def forest_bytes(documents: int) -> int:
    """Bytes a document in a union–find of `documents`: its parent, and whether it has company."""
    return (4 if documents <= 2**32 else 8) + 1


def plan(documents: int, bands: int, memory_bytes: int) -> Partitions:
    """The fewest ranges and partitions whose `peak_bytes` stays within `memory_bytes`.

    More partitions than memory asks for are taken until a hash table is no larger than TABLE_BYTES, as long as they are
    at most MOST_PARTITIONS. The union–find gets at most half of the memory before documents are cut into
    ranges. Raises ValueError where memory is under LEAST_MEMORY_BYTES or too small for the index of what is on disk
    (100 million documents of 9 bands need about 120 MB, ten billion 4 GB).
    """
    if memory_bytes < LEAST_MEMORY_BYTES:
        raise ValueError(f"wanted at least {LEAST_MEMORY_BYTES} bytes of memory, found {memory_bytes}")
    if documents < 0 or bands < 1:
        raise ValueError(f"wanted documents and bands, found {documents} and {bands}")
    buffer_bytes = min(max(BUFFER_BYTES, memory_bytes // BUFFERS_IN_MEMORY), memory_bytes // 8)
    forest, document_bytes = documents * forest_bytes(documents), forest_bytes(documents) + VALUE_BYTES
    ranges = 1
    if forest > memory_bytes // 2:
        ranges = -(-documents // ((memory_bytes - 4 * buffer_bytes - READ_BYTES) // document_bytes))
    beside_table = READ_BYTES + (forest if ranges == 1 else 2 * buffer_bytes) + memory_bytes // 8  # for the index
    slots_bytes = int(SLOTS_PER_KEY * documents * bands) * KEY_BYTES
    needed = -(-slots_bytes // (memory_bytes - beside_table - 64 * KEY_BYTES))
    wanted = min(MOST_PARTITIONS, -(-slots_bytes // TABLE_BYTES))
    partitions = Partitions(documents, bands, max(1, needed, wanted), ranges, buffer_bytes)
    if partitions.peak_bytes > memory_bytes:
        raise ValueError(
            f"{documents} documents of {bands} bands take more than {memory_bytes} bytes: "
            f"the index of their keys alone {partitions.index_bytes}"
        )
    return partitions
