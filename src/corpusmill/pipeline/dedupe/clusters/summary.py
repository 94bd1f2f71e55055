"""The last pass: what was found, by language, source and host, and an audit: each cluster keeps exactly one."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from corpusmill.pipeline.dedupe.clusters.files import compared_file
from corpusmill.pipeline.dedupe.clusters.parameters import DedupeParameters
from corpusmill.pipeline.dedupe.clusters.settle import duplicate_column
from corpusmill.pipeline.dedupe.parts import Part
from corpusmill.pipeline.dedupe.tally import Tally
from corpusmill.pipeline.task import Report
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.tables import read_table


@dataclass(frozen=True)
class Summarise:
    """Counts what the clusters of all parts say. Memory: 16 bytes a cluster, and the names of all hosts."""

    duplicates: str
    parts: tuple[Part, ...]
    parameters: DedupeParameters
    against: tuple[str, ...]  # fingerprints of the earlier runs
    alarm_fraction: float  # what loses more than this part of its documents is pointed out
    sha256: tuple[tuple[str, ...], ...]  # of all that was compared, part by part

    kind = "dedupe"

    @property
    def name(self) -> str:
        return self.duplicates

    def depends_on(self) -> dict[str, Any]:
        return asdict(self) | {"parameters": self.parameters.described()}

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        missing, tally, sizes = 0, Tally(self.alarm_fraction), Clusters()
        for part in self.parts:
            missing += orjson.loads((root / compared_file(self.duplicates, part)).read_bytes())["not_compared"]
            for key in part.keys:
                score = read_table(root / layout.scores(duplicate_column(self.duplicates), key), columns=["score"])
                tally.add(root, key, score["score"].to_numpy() > 0)
                columns = ["cluster", "survivor", "earlier"]
                sizes.add(read_table(root / layout.clusters(self.duplicates, key), columns=columns))
        clusters, largest = sizes.audited()
        return {
            "name": self.duplicates,
            "column": duplicate_column(self.duplicates),
            **self.parameters.described(),
            **tally.counts(),
            "not_compared": missing,
            "clusters": clusters,
            "largest_cluster": largest,
            "against": list(self.against),
            "changes": self._changes(root),
        }

    def _changes(self, root: Path) -> dict[str, int]:
        """How many documents of earlier runs changed from what to what."""
        if not self.against:
            return {}
        rows = read_table(root / layout.changes(self.duplicates), columns=["was", "now"]).to_pylist()
        return dict(sorted(Counter(f"{row['was']} → {row['now']}" for row in rows).items()))


class Clusters:
    """Members and survivors of each cluster, as they are met. One whose survivor is in an earlier run has none here."""

    def __init__(self) -> None:
        self._table = _COUNTED.empty_table()

    def add(self, rows: pa.Table) -> None:
        """Rows of schema.CLUSTERS."""
        ones = pa.array(np.ones(len(rows), np.int64))
        names = [rows["cluster"], rows["earlier"].fill_null(HERE)]
        counted = pa.Table.from_arrays([*names, ones, rows["survivor"].cast(pa.int64())], schema=_COUNTED)
        joined = pa.concat_tables([self._table, counted]).group_by(["cluster", "earlier"])
        self._table = joined.aggregate([("members", "sum"), ("survivors", "sum")]).rename_columns(_COUNTED.names)

    def audited(self) -> tuple[int, int]:
        """How many clusters, and members of the largest; raises AssertionError where one keeps none, or several."""
        wanted = (self._table["earlier"].to_numpy() == HERE).astype(np.int64)
        assert (self._table["survivors"].to_numpy() == wanted).all(), (
            "a cluster keeps none of its documents, or several"
        )
        return len(wanted), int(self._table["members"].to_numpy().max(initial=0))


HERE = -1
_COUNTED = pa.schema(
    [("cluster", pa.string()), ("earlier", pa.int32()), ("members", pa.int64()), ("survivors", pa.int64())]
)
