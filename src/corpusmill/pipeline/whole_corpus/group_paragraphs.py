"""Between the passes: which paragraphs stand in two documents of a group of inputs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpusmill.dedupe.paragraphs import Seen, union
from corpusmill.files import write_npy
from corpusmill.pipeline.task import Report
from corpusmill.store import layout
from corpusmill.store.commit import Attempt


@dataclass(frozen=True)
class GroupParagraphs:
    """Writes the sorted hashes that are repeated in `sources`; memory: the hashes of one group."""

    group: int
    sources: tuple[str, ...]
    sha256: tuple[str, ...]  # of their dumps

    kind = "paragraphs"

    @property
    def name(self) -> str:
        return f"group-{self.group:04d}"

    def depends_on(self) -> dict[str, Any]:
        return asdict(self)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        parts = []
        for source in self.sources:
            dump = np.load(root / layout.extracted(source).paragraphs, allow_pickle=False)
            parts.append(Seen(dump["k"], dump["v"].astype(bool)))
        group = union(parts)
        repeated = group.hashes[group.repeated]
        write_npy(attempt.path(layout.repeated_paragraphs(self.group)), repeated)
        return {"paragraphs": len(group.hashes), "repeated": len(repeated)}
