"""What a search for duplicates will take, said before it begins."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from corpusmill.dedupe.partitions import KEY_BYTES, PAIR_BYTES
from corpusmill.pipeline.dedupe.clusters.search import Search
from corpusmill.pipeline.dedupe.sizes import as_size, as_time, text_bytes_of

# Measured on two cores at 2.5 GHz (benchmarks/RESULTS.md); they are to tell minutes from days.
SECONDS_PER_KEY = 0.35e-6  # written, read, joined
SECONDS_PER_TEXT_BYTE = 25e-9  # read, cut into shingles, hashed
SECONDS_PER_DOCUMENT = 10e-6  # ids, ranks, tables
SECONDS_TO_START = 2.0
SET_BYTES_PER_TEXT_BYTE = 8 / 6  # a hash for each word of five letters and a space


@dataclass(frozen=True)
class Estimate:
    """Rows, partitions, bytes, seconds."""

    documents: int
    keys: int
    partitions: int
    ranges: int
    worker_bytes: int  # arrays of the largest step of one worker; 100 to 200 MB of libraries come on top
    workers: int
    disk_bytes: int  # in work/, at most, until the search is done
    index_bytes: int  # that stay, for a later search to go on from
    text_bytes: int  # that are read
    seconds: float

    def as_json(self) -> dict[str, float]:
        return asdict(self)

    def as_text(self) -> str:
        cut = f"{self.partitions:,} partitions"
        if self.ranges > 1:
            cut += f", {self.ranges:,} ranges of documents"
        return (
            f"{self.documents:,} documents, {self.keys:,} keys in {cut}; {self.workers} workers take at most "
            f"{as_size(self.worker_bytes)} each, {as_size(self.disk_bytes + self.index_bytes)} of disk, "
            f"of which {as_size(self.index_bytes)} stay, about {as_time(self.seconds)}"
        )

    def too_little_disk(self, root: Path) -> str | None:
        """What to say where the disk of the run folder may not do."""
        free, needed = shutil.disk_usage(root).free, self.disk_bytes + self.index_bytes
        if free >= needed:
            return None
        return f"{as_size(free)} of disk are free, {as_size(needed)} may be needed; if it fills, the command resumes"


def estimate(root: Path, search: Search) -> Estimate:
    """Reads the footers of the documents only."""
    parameters, partitions = search.parameters, search.partitions
    by_text = parameters.signature != "stored"
    verified = parameters.verification is not None
    text_bytes = text_bytes_of(root, search.parts) if by_text or verified else 0
    seconds = partitions.rows * SECONDS_PER_KEY + search.documents * SECONDS_PER_DOCUMENT
    seconds += text_bytes * SECONDS_PER_TEXT_BYTE * (by_text + verified)
    return Estimate(
        search.documents,
        partitions.rows,
        partitions.partitions,
        partitions.ranges,
        partitions.peak_bytes,
        search.resources.workers,
        partitions.bytes_on_disk + int(text_bytes * SET_BYTES_PER_TEXT_BYTE * verified),
        (partitions.rows * KEY_BYTES + search.documents * 2 * PAIR_BYTES) * search.index,
        text_bytes,
        SECONDS_TO_START + seconds / search.resources.workers,
    )
