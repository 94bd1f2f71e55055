"""Between the passes: the perplexities at which head ends and tail begins, by language."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.language.buckets import Cutoffs, ccnet_cutoffs, percentile_cutoffs
from corpusmill.pipeline.parameters import PerplexityParameters
from corpusmill.pipeline.task import Report
from corpusmill.store import layout
from corpusmill.store.commit import Attempt


@dataclass(frozen=True)
class SetCutoffs:
    """Writes the cut-offs; memory: the distinct perplexities of each language, which have one decimal."""

    parameters: PerplexityParameters
    sources: tuple[str, ...]
    sha256: tuple[str, ...]  # of what was identified in them

    kind = "cutoffs"
    name = "cutoffs"

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self)
        del described["parameters"]["models"]
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        found = ccnet_cutoffs() if self.parameters.cutoffs == "ccnet" else self._percentiles(root)
        content = orjson.dumps({code: asdict(cutoffs) for code, cutoffs in sorted(found.items())})
        attempt.path(layout.CUTOFFS).write_bytes(content)
        return {}

    def _percentiles(self, root: Path) -> dict[str, Cutoffs]:
        counts: dict[str, Counter[float]] = {}
        for source in self.sources:
            columns = ["language", "perplexity", "stage", "bucket"]
            table = pq.read_table(root / layout.identified(source), columns=columns)
            ours = pc.and_(table["stage"].is_null(), table["bucket"].is_null())
            for row in (
                table.filter(ours).group_by(["language", "perplexity"]).aggregate([([], "count_all")]).to_pylist()
            ):
                if row["perplexity"] is not None:
                    counts.setdefault(row["language"], Counter())[row["perplexity"]] += row["count_all"]
        percentiles = (self.parameters.head_percentile, self.parameters.middle_percentile)
        return {code: percentile_cutoffs(found, *percentiles) for code, found in counts.items()}


def read_cutoffs(root: Path) -> dict[str, Cutoffs]:
    path = root / layout.CUTOFFS
    return {code: Cutoffs(**values) for code, values in orjson.loads(path.read_bytes()).items()}
