"""The passes that find candidates: keys of documents → pairs that share a key → candidate clusters."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from corpusmill.dedupe.lsh import clusters_of_pairs, key_writer, write_pairs
from corpusmill.dedupe.partitions import Partitions
from corpusmill.dedupe.shuffle import ShuffleFile
from corpusmill.dedupe.sweeps import pair_writer
from corpusmill.pipeline.dedupe.clusters.columns import write_keys
from corpusmill.pipeline.dedupe.clusters.files import candidates_file, compared_file, keys_file, pairs_file
from corpusmill.pipeline.dedupe.clusters.parameters import DedupeParameters
from corpusmill.pipeline.dedupe.parts import Part
from corpusmill.pipeline.task import Progress, Report
from corpusmill.store.commit import Attempt


@dataclass(frozen=True)
class FindKeys:
    """Writes what the documents of a part are compared by, and counts those that have nothing."""

    duplicates: str
    part: Part
    parameters: DedupeParameters
    partitions: Partitions
    sha256: tuple[str, ...]  # of what is read

    kind = "dedupe_keys"

    @property
    def name(self) -> str:
        return f"{self.duplicates}/{self.part.name}"

    def depends_on(self) -> dict[str, Any]:
        return asdict(self) | {"parameters": self.parameters.described()}

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        missing, (begin, _) = 0, self.part.bounds
        with key_writer(attempt.path(keys_file(self.duplicates, self.part)), self.partitions) as writer:
            for key, first, end, _ in self.part.of_keys(np.zeros(0, np.int64)):
                missing += write_keys(writer, root, key, self.parameters, first, end - first)
                report(Progress(self.name, end - begin, end - begin))
        path = attempt.path(compared_file(self.duplicates, self.part))
        path.write_bytes(orjson.dumps({"not_compared": missing}))
        return {}


@dataclass(frozen=True)
class JoinKeys:
    """Pairs of documents that share a key, of some partitions of the keys."""

    duplicates: str
    number: int
    begin: int  # its first partition
    end: int
    parts: tuple[Part, ...]
    partitions: Partitions
    sha256: tuple[str, ...]  # of the files of keys

    kind = "dedupe_pairs"

    @property
    def name(self) -> str:
        return f"{self.duplicates}/{self.number:05d}"

    def depends_on(self) -> dict[str, Any]:
        return asdict(self)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        keys = [ShuffleFile(root / keys_file(self.duplicates, part)) for part in self.parts]
        with pair_writer(attempt.path(pairs_file(self.duplicates, self.number)), self.partitions) as writer:
            for partition in range(self.begin, self.end):
                write_pairs(writer, keys, partition, self.partitions)
        return {}


@dataclass(frozen=True)
class MergePairs:
    """Candidate clusters: the connected components under all pairs."""

    duplicates: str
    files: int  # of pairs
    partitions: Partitions
    sha256: tuple[str, ...]  # of the files of pairs

    kind = "dedupe_candidates"

    @property
    def name(self) -> str:
        return self.duplicates

    def depends_on(self) -> dict[str, Any]:
        return asdict(self)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        pairs = [ShuffleFile(root / pairs_file(self.duplicates, number)) for number in range(self.files)]
        scratch = attempt.folder / "scratch"
        scratch.mkdir()
        members = 0
        with attempt.path(candidates_file(self.duplicates)).open("wb") as file:
            for piece in clusters_of_pairs(pairs, self.partitions, scratch):
                file.write(np.column_stack([piece.documents, piece.clusters]).astype(np.int64).tobytes())
                members += len(piece.documents)
        return {"members": members}
