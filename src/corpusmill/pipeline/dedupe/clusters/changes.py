"""The pass that says which earlier documents changed state when new ones came."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.dedupe.members import MEMBERS, MembersFiles, read_members
from corpusmill.pipeline.dedupe.clusters.earlier import Earlier
from corpusmill.pipeline.dedupe.clusters.files import members_files
from corpusmill.pipeline.dedupe.clusters.parameters import DedupeParameters
from corpusmill.pipeline.dedupe.clusters.settle import read_decided
from corpusmill.pipeline.dedupe.parts import Part
from corpusmill.pipeline.task import Report
from corpusmill.schema import CHANGES, batch_of
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.tables import TableWriter, read_table

ALONE, STAYS, DUPLICATE = "alone", "stays", "duplicate"

State = tuple[str, str | None, int | None]  # alone, stays or duplicate; the cluster, and the run of its name


@dataclass(frozen=True)
class WriteChanges:
    """Earlier documents in clusters with new ones, where these clusters are not what they were.

    Memory: the members of these clusters.
    """

    duplicates: str
    earlier: tuple[Earlier, ...]
    parts: tuple[Part, ...]  # of the earlier runs
    parameters: DedupeParameters
    partitions: int
    sha256: tuple[tuple[str, ...], ...]  # of all that was compared, and of the earlier runs

    kind = "dedupe_changes"

    @property
    def name(self) -> str:
        return self.duplicates

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self) | {"parameters": self.parameters.described()}
        for name in ("earlier", "parts", "partitions"):
            del described[name]
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        members = self._members(root)
        before = self._before(members)
        bounds = (0, self.earlier[-1].end)
        after: dict[int, State] = {}
        for row in read_decided(root, self.duplicates, self.partitions, bounds).to_pylist():
            state = STAYS if row["document"] == row["survivor"] else DUPLICATE
            after[row["document"]] = state, row["survivor_id"], earlier_of(self.earlier, row["survivor"])
        rows = []
        for row in members.sort_by("document").to_pylist():
            number = row["document"]
            was, now = before[number], after.get(number, (ALONE, None, None))
            if was != now:
                place = earlier_of(self.earlier, number)
                rows.append((place, row["doc_id"], *was, *now))
        columns = dict(zip(CHANGES.names, zip(*rows, strict=True) if rows else [()] * len(CHANGES), strict=True))
        with TableWriter(attempt.path(layout.changes(self.duplicates)), CHANGES) as writer:
            writer.write(batch_of(CHANGES, {name: list(values) for name, values in columns.items()}, len(rows)))
        return {"changed": len(rows)}

    def _members(self, root: Path) -> pa.Table:
        """The earlier members of the clusters decided anew."""
        files = [MembersFiles(*(root / path for path in members_files(self.duplicates, part))) for part in self.parts]
        tables = [read_members(files, partition).table for partition in range(self.partitions)]
        return pa.concat_tables([MEMBERS.empty_table(), *tables]).select(["document", "doc_id"])

    def _before(self, members: pa.Table) -> dict[int, State]:
        """What each was found to be, in its own run and then by those that went on from it."""
        numbers = np.sort(members["document"].to_numpy())
        ids = dict(zip(members["document"].to_pylist(), members["doc_id"].to_pylist(), strict=True))
        found: dict[int, State] = dict.fromkeys(ids, (ALONE, None, None))
        named: dict[tuple[int | None, str], int] = {}
        for place, each in enumerate(self.earlier):
            for i, key in enumerate(each.keys):
                own = numbers[slice(*np.searchsorted(numbers, each.firsts[i : i + 2]))].tolist()
                if own:
                    named |= {(place, ids[number]): number for number in own}
                    rows = read_table(Path(each.run) / layout.clusters(self.duplicates, key))
                    of_number = {ids[number]: number for number in own}
                    wanted = pc.is_in(rows["doc_id"], pa.array(list(of_number)))
                    for row in rows.filter(wanted).to_pylist():
                        state = STAYS if row["survivor"] else DUPLICATE
                        run = place if row["earlier"] is None else row["earlier"]
                        found[of_number[row["doc_id"]]] = state, row["cluster"], run
            changes = Path(each.run) / layout.changes(self.duplicates)
            if changes.exists():
                for row in read_table(changes).to_pylist():
                    number = named.get((row["earlier"], row["doc_id"]))
                    if number is not None:
                        run = (
                            place
                            if row["cluster"] is not None and row["cluster_earlier"] is None
                            else row["cluster_earlier"]
                        )
                        found[number] = row["now"], row["cluster"], run
        return found


def earlier_of(earlier: tuple[Earlier, ...], document: int) -> int | None:
    """Which of the earlier runs a document is of; None: the run at work."""
    for place, each in enumerate(earlier):
        if each.firsts[0] <= document < each.end:
            return place
    return None
