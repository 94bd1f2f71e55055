"""The passes that keep an index of a search, and go on from the indexes of earlier ones."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from corpusmill.dedupe.bands import partition_width
from corpusmill.dedupe.index import mapped, merged, ordered_keys, shared_keys
from corpusmill.dedupe.partitions import Partitions
from corpusmill.dedupe.shuffle import ShuffleFile, read_partition
from corpusmill.dedupe.sweeps import pair_writer
from corpusmill.pipeline.dedupe.clusters.earlier import Earlier
from corpusmill.pipeline.dedupe.clusters.files import candidates_file, keys_file, met_file, pairs_file
from corpusmill.pipeline.dedupe.clusters.parameters import DedupeParameters
from corpusmill.pipeline.dedupe.parts import Part
from corpusmill.pipeline.task import Report
from corpusmill.store import layout
from corpusmill.store.commit import Attempt

FILE_KEYS = 16_000_000  # of an index, if every document has all its keys


def index_files(keys: int) -> int:
    return max(1, min(64, keys // FILE_KEYS))


@dataclass(frozen=True)
class IndexKeys:
    """One file of keys in order: an even part of all possible keys, whatever the partitions."""

    duplicates: str
    number: int
    files: int
    parts: tuple[Part, ...]
    parameters: DedupeParameters
    partitions: Partitions
    sha256: tuple[tuple[str, ...], ...]  # of all that was compared

    kind = "dedupe_index"

    @property
    def name(self) -> str:
        return f"{self.duplicates}/{self.number:05d}"

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self) | {"parameters": self.parameters.described()}
        del described["partitions"]  # follows from the memory given
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        keys = [ShuffleFile(root / keys_file(self.duplicates, part)) for part in self.parts]
        width, own = partition_width(self.partitions.partitions), partition_width(self.files)
        begin, end = self.number * own, min((self.number + 1) * own, 2**64)
        rows = 0
        with attempt.path(layout.index_keys(self.duplicates, self.number)).open("wb") as file:
            for partition in range(begin // width, -(-end // width)):
                found = ordered_keys(keys, min(partition, self.partitions.partitions - 1))
                inside = found[(found[:, 0] >= np.uint64(begin)) & (found[:, 0] <= np.uint64(end - 1))]
                file.write(inside.tobytes())
                rows += len(inside)
        return {"keys": rows}


@dataclass(frozen=True)
class IndexDocuments:
    """Candidate clusters both ways, and how many documents each key has."""

    duplicates: str
    parts: tuple[Part, ...]
    parameters: DedupeParameters
    sha256: tuple[tuple[str, ...], ...]  # of all that was compared

    kind = "dedupe_index"

    @property
    def name(self) -> str:
        return f"{self.duplicates}/documents"

    def depends_on(self) -> dict[str, Any]:
        return asdict(self) | {"parameters": self.parameters.described()}

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        candidates = np.array(mapped(root / candidates_file(self.duplicates), np.int64, 2))
        attempt.path(layout.index_candidates(self.duplicates)).write_bytes(candidates.tobytes())
        members = candidates[np.argsort(candidates[:, 1], kind="stable")][:, ::-1]
        attempt.path(layout.index_members(self.duplicates)).write_bytes(np.ascontiguousarray(members).tobytes())
        counts = [
            (key.path, part.firsts[i + 1] - part.firsts[i]) for part in self.parts for i, key in enumerate(part.keys)
        ]
        first = self.parts[0].bounds[0] if self.parts else 0
        described = orjson.dumps({"first": first, "keys": counts}, option=orjson.OPT_INDENT_2)
        attempt.path(layout.index_documents(self.duplicates)).write_bytes(described)
        return {}


@dataclass(frozen=True)
class MeetEarlier:
    """Pairs of a new and an earlier document that share a key: new keys are looked up in the earlier indexes."""

    duplicates: str
    number: int  # of the file of new keys
    earlier: tuple[Earlier, ...]
    partitions: Partitions
    sha256: tuple[str, ...]  # of the new keys in order, and of what they are looked up in

    kind = "dedupe_met"

    @property
    def name(self) -> str:
        return f"{self.duplicates}/{self.number:05d}"

    def depends_on(self) -> dict[str, Any]:
        return asdict(self) | {"earlier": [each.fingerprint for each in self.earlier]}

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        new = mapped(root / layout.index_keys(self.duplicates, self.number), np.uint64, 3)
        with pair_writer(attempt.path(met_file(self.duplicates, self.number)), self.partitions) as writer:
            for each in self.earlier:
                for pairs in shared_keys(new, each.index(self.duplicates).keys):
                    writer.append(pairs)
        return {}


@dataclass(frozen=True)
class MergeEarlier:
    """Candidate clusters with a new document, and all their earlier members."""

    duplicates: str
    files: int  # of pairs of new documents
    met: int  # files of pairs with earlier ones
    first: int
    end: int
    earlier: tuple[Earlier, ...]
    sha256: tuple[str, ...]  # of these files

    kind = "dedupe_candidates"

    @property
    def name(self) -> str:
        return self.duplicates

    def depends_on(self) -> dict[str, Any]:
        return asdict(self) | {"earlier": [each.fingerprint for each in self.earlier]}

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        paths = [pairs_file(self.duplicates, number) for number in range(self.files)]
        paths += [met_file(self.duplicates, number) for number in range(self.met)]
        pairs = [some.copy() for path in paths for some in read_partition([ShuffleFile(root / path)], 0)]
        chain = [each.index(self.duplicates) for each in self.earlier]
        rows = merged(pairs, self.first, self.end, chain)
        attempt.path(candidates_file(self.duplicates)).write_bytes(rows.tobytes())
        return {"members": len(rows)}
