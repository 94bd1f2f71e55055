"""The passes that find copies: keys of the windows of each part → windows that are copies of others, by part.

The position of a window is its part's number and, in the lower bits, that of its first token in the part: so positions
are in the order of the corpus, and parts need not know how many tokens those before them have.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq

from corpusmill.batch import TextBatch
from corpusmill.dedupe.shuffle import ShuffleFile, ShuffleWriter
from corpusmill.dedupe.substrings.copies import copies
from corpusmill.dedupe.substrings.parameters import SubstringParameters, WindowPartitions
from corpusmill.dedupe.substrings.search import BATCH_TEXTS, window_writer
from corpusmill.dedupe.substrings.windows import tokens_of, window_rows
from corpusmill.pipeline.dedupe.parts import Part
from corpusmill.pipeline.task import Progress, Report
from corpusmill.store import layout
from corpusmill.store.commit import Attempt

PART_POSITIONS = 1 << 40  # positions of one part; there are fewer than 2^23 parts


def windows_file(name: str, part: str) -> str:
    return layout.work(name, f"windows-{part}.rows")


def counted_file(name: str, part: str) -> str:
    """How many tokens the part has."""
    return layout.work(name, f"windows-{part}.json")


def copies_file(name: str, task: int) -> str:
    """Positions of copies; partition p is part p."""
    return layout.work(name, f"copies-{task:05d}.rows")


@dataclass(frozen=True)
class FindWindows:
    """Writes the keys of all windows of a part."""

    duplicates: str
    part: Part
    number: int  # of the part
    min_tokens: int
    plan: WindowPartitions
    sha256: tuple[str, ...]  # of the documents

    kind = "dedupe_windows"

    @property
    def name(self) -> str:
        return f"{self.duplicates}/{self.part.name}"

    def depends_on(self) -> dict[str, Any]:
        return asdict(self)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        documents = tokens = 0
        first, end = self.part.bounds
        with window_writer(attempt.path(windows_file(self.duplicates, self.part.name)), self.plan) as writer:
            for key in self.part.keys:
                with pq.ParquetFile(root / layout.documents(key)) as file:
                    for batch in file.iter_batches(BATCH_TEXTS, columns=["raw_content"]):
                        found = tokens_of(TextBatch(batch["raw_content"]))
                        writer.append(window_rows(found, self.min_tokens, self.number * PART_POSITIONS + tokens))
                        tokens += len(found.hashes)
                        documents += batch.num_rows
                report(Progress(self.name, documents, end - first))
        if tokens > PART_POSITIONS:
            raise OverflowError(f"part {self.part.name} has {tokens:,} tokens, more than {PART_POSITIONS:,}")
        attempt.path(counted_file(self.duplicates, self.part.name)).write_bytes(orjson.dumps({"tokens": tokens}))
        return {}


@dataclass(frozen=True)
class JoinWindows:
    """Positions of the windows that are copies, of some partitions of the keys."""

    duplicates: str
    number: int
    begin: int  # its first partition
    end: int
    parts: tuple[str, ...]
    parameters: SubstringParameters
    plan: WindowPartitions
    sha256: tuple[str, ...]  # of the files of windows

    kind = "dedupe_copies"

    @property
    def name(self) -> str:
        return f"{self.duplicates}/{self.number:05d}"

    def depends_on(self) -> dict[str, Any]:
        return asdict(self)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        windows = [ShuffleFile(root / windows_file(self.duplicates, part)) for part in self.parts]
        path = attempt.path(copies_file(self.duplicates, self.number))
        search = self.parameters.min_tokens, self.parameters.keep, self.plan.table_bytes
        with ShuffleWriter(path, len(self.parts), PART_POSITIONS, 1, self.plan.buffer_positions) as writer:
            for partition in range(self.begin, self.end):
                for some in copies(windows, partition, *search):
                    writer.append(some)
        return {}
