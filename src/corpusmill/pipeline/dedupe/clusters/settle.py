"""The passes that settle what stays: members of candidate clusters → which are duplicates of which → tables by key."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.dedupe.decide import DECIDED, decide
from corpusmill.dedupe.exact import EXACT_KEYS, second_digests
from corpusmill.dedupe.index import mapped
from corpusmill.dedupe.members import (
    MEMBERS,
    MembersFiles,
    SetsWriter,
    Stored,
    members_of,
    read_members,
    write_members,
)
from corpusmill.dedupe.shingles import distinct_shingles
from corpusmill.keys import Key
from corpusmill.pipeline.dedupe.clusters.columns import doc_ids, documents, ranks
from corpusmill.pipeline.dedupe.clusters.files import candidates_file, decided_file, members_files
from corpusmill.pipeline.dedupe.clusters.parameters import DedupeParameters
from corpusmill.pipeline.dedupe.parts import Part
from corpusmill.pipeline.task import Report
from corpusmill.schema import CLUSTERS, SCORES, batch_of
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.tables import TableWriter


def duplicate_column(name: str) -> str:
    """The column of scores of the duplicates `name`."""
    return f"{name}_duplicate"


@dataclass(frozen=True)
class FindMembers:
    """What deciding needs to know of the documents of a part that are in candidate clusters."""

    duplicates: str
    part: Part
    parameters: DedupeParameters
    partitions: int  # of candidate clusters
    sha256: tuple[str, ...]  # of the candidates and of what is read

    kind = "dedupe_members"

    @property
    def name(self) -> str:
        return f"{self.duplicates}/{self.part.name}"

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self) | {"parameters": self.parameters.described()}
        del described["part"]["run"]
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        candidates = mapped(root / candidates_file(self.duplicates), np.int64, 2)
        mine = candidates[slice(*np.searchsorted(candidates[:, 0], self.part.bounds))]
        members, sets = (attempt.path(path) for path in members_files(self.duplicates, self.part))
        tables = [MEMBERS.empty_table()]
        with SetsWriter(sets) as writer:
            for key, first, _, place in self.part.of_keys(mine[:, 0]):
                if place.start < place.stop:
                    tables.append(self._of_key(self.part.folder(root), key, first, mine[place], writer))
        write_members(members, pa.concat_tables(tables), self.partitions)
        return {}

    @property
    def _read(self) -> tuple[str, ...]:
        """Of the documents, to tell apart what only seemed alike; nothing where candidates are believed."""
        if self.parameters.method == "exact":
            return EXACT_KEYS[self.parameters.key][0]
        return ("raw_content",) if self.parameters.verification is not None else ()

    def _of_key(self, root: Path, key: Key, first: int, rows: Any, writer: SetsWriter) -> pa.Table:
        places = rows[:, 0] - first
        stored = Stored([], [], [])
        ids: list[pa.Array] = []
        for some in documents(root, key, places, ("doc_id", *self._read)):
            ids.append(some["doc_id"].cast(pa.string()))
            found = self._stored(some, writer)
            stored.digests.extend(found.digests)
            stored.begins.extend(found.begins)
            stored.sizes.extend(found.sizes)
        own_ranks = ranks(root, key, self.parameters.keep, places)
        return members_of(rows[:, 0], rows[:, 1], own_ranks, pa.concat_arrays(ids), stored)

    def _stored(self, some: pa.RecordBatch, writer: SetsWriter) -> Stored:
        """What tells these documents apart, and their sets where similarities are measured."""
        nothing = [0] * some.num_rows
        if self.parameters.method == "exact":
            return Stored(second_digests(self.parameters.key, some), nothing, nothing)
        if self.parameters.verification is None:
            return Stored([bytes(16)] * some.num_rows, nothing, nothing)
        return writer.write(distinct_shingles(some["raw_content"], self.parameters.shingle_units))


@dataclass(frozen=True)
class Decide:
    """What stays of the candidate clusters of one partition."""

    duplicates: str
    partition: int
    parts: tuple[Part, ...]
    parameters: DedupeParameters
    sha256: tuple[str, ...]  # of the files of members

    kind = "dedupe_decided"

    @property
    def name(self) -> str:
        return f"{self.duplicates}/{self.partition:05d}"

    def depends_on(self) -> dict[str, Any]:
        parts = [asdict(part) | {"run": None} for part in self.parts]
        return asdict(self) | {"parameters": self.parameters.described(), "parts": parts}

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        files = [MembersFiles(*(root / path for path in members_files(self.duplicates, part))) for part in self.parts]
        members = read_members(files, self.partition)
        scratch = attempt.folder / "sets"
        known = self.parameters.known_similarity
        decided = decide(members, files, self.parameters.verification, known, scratch)
        path = attempt.path(decided_file(self.duplicates, self.partition))
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, DECIDED) as writer:
            writer.write_table(decided.combine_chunks())
        return {}


def read_decided(root: Path, name: str, partitions: int, bounds: tuple[int, int]) -> pa.Table:
    """DECIDED of the documents within `bounds`, ascending."""
    tables = [DECIDED.empty_table()]
    for partition in range(partitions):
        with pa.memory_map(str(root / decided_file(name, partition))) as file:
            table = pa.ipc.open_file(file).read_all()
            begin, end = np.searchsorted(table["document"].to_numpy(), bounds).tolist()
            # taken, so that nothing of the mapped file is held
            tables.append(table.take(pa.array(np.arange(begin, end))))
    return pa.concat_tables(tables).sort_by("document")


@dataclass(frozen=True)
class WriteClusters:
    """The clusters of the documents of a part, and a column of scores: 1 where another document stays, else 0."""

    duplicates: str
    part: Part
    parameters: DedupeParameters
    partitions: int
    ends: tuple[int, ...]  # of the documents of each earlier run
    sha256: tuple[tuple[str, ...], ...]  # of all that was compared, part by part, and of the earlier runs

    kind = "dedupe_clusters"

    @property
    def name(self) -> str:
        return f"{self.duplicates}/{self.part.name}"

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self) | {"parameters": self.parameters.described()}
        del described["partitions"]  # follows from the memory given
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        decided = read_decided(root, self.duplicates, self.partitions, self.part.bounds)
        for key, first, end, mine in self.part.of_keys(decided["document"].to_numpy()):
            found = decided.slice(mine.start, mine.stop - mine.start).combine_chunks()
            self._write(attempt, key, doc_ids(root, key), found, first, end)
        return {"column": duplicate_column(self.duplicates)}

    def _write(self, attempt: Attempt, key: Key, ids: pa.Array, found: pa.Table, first: int, end: int) -> None:
        rows = pc.subtract(found["document"], pa.scalar(first, pa.int64()))
        survivor = pc.equal(found["document"], found["survivor"])
        columns = {
            "doc_id": _whole(ids.take(rows.combine_chunks()) if len(rows) else ids[:0]),
            "cluster": _whole(found["survivor_id"]),
            "survivor": _whole(survivor),
            "similarity": _whole(found["similarity"]),
            "earlier": self._earlier(found["survivor"].to_numpy()),
        }
        described = {"corpusmill.method": self.parameters.method}
        with TableWriter(attempt.path(layout.clusters(self.duplicates, key)), CLUSTERS, described) as writer:
            writer.write(batch_of(CLUSTERS, columns, len(rows)))
        removed = np.zeros(end - first)
        removed[rows.to_numpy()] = ~survivor.to_numpy()
        with TableWriter(attempt.path(layout.scores(duplicate_column(self.duplicates), key)), SCORES) as writer:
            writer.write(batch_of(SCORES, {"doc_id": ids, "score": pa.array(removed)}, len(ids)))

    def _earlier(self, survivors: npt.NDArray[np.int64]) -> pa.Array:
        places = np.searchsorted(self.ends, survivors, side="right")
        return pa.array(places, pa.int32(), mask=places == len(self.ends))


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
