"""What the annotate tasks share: tables and counts of one input, and what becomes of an input that is lost whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from corpusmill.artifacts import Artifacts
from corpusmill.keys import Key
from corpusmill.pipeline.conservation import StageCounts
from corpusmill.pipeline.measure import Measure
from corpusmill.pipeline.one_input import OfOneFile, whole_or_lost
from corpusmill.pipeline.recipe import SignalParameters
from corpusmill.pipeline.task import Progress, Report
from corpusmill.schema import DOCUMENTS, Loss, batch_of
from corpusmill.store.commit import Attempt
from corpusmill.store.shard import ShardWriter


class OfInput(OfOneFile, Protocol):
    """A task that annotates one input file."""

    @property
    def signals(self) -> SignalParameters: ...


class Annotation:
    """The tables of one input while they are written, and its counts."""

    def __init__(
        self,
        name: str,
        input_file: str,
        signals: SignalParameters,
        attempt: Attempt,
        stages: Sequence[str],
        report: Report,
    ) -> None:
        self._name, self._report = name, report
        self._artifacts = Artifacts(None if signals.artifacts is None else Path(signals.artifacts))
        measure = Measure(self._artifacts, signals.minhash, signals.redpajama2)
        self._writer = ShardWriter(attempt, name, input_file, measure)
        self._counts = StageCounts(stages)

    def add(
        self,
        documents: pa.RecordBatch,
        by_key: dict[Key, pa.RecordBatch],
        ordinals: pa.Array,
        offsets: pa.Array,
        losses: Sequence[Loss],
        done_bytes: int,
    ) -> None:
        """One chunk: its documents with ids, whole and by key, and what it lost."""
        for key, chosen in by_key.items():
            self._writer.documents(key, chosen)
        self._writer.fates(documents, ordinals, offsets, losses)
        self._counts.count(documents.num_rows, losses)
        dropped, quarantined = self._counts.total("dropped"), self._counts.total("quarantined")
        kept = self._counts.kept
        self._report(Progress(self._name, kept + dropped + quarantined, kept, dropped, quarantined, done_bytes))

    def add_losses(self, losses: Sequence[Loss], done_bytes: int) -> None:
        """A chunk of which nothing is kept."""
        nothing = batch_of(DOCUMENTS, {}, 0)
        self.add(nothing, {}, nothing["warc_offset"], nothing["warc_offset"], losses, done_bytes)

    def lose_all(self, loss: Loss, done_bytes: int) -> None:
        """The input as a whole."""
        self.add_losses([loss], done_bytes)

    def warn(self, warnings: Sequence[str]) -> None:
        """For the manifest and the report, which have each once."""
        self._artifacts.warnings.extend(warnings)

    def close(self) -> dict[str, Any]:
        """Write what waits; the counts for the ledger."""
        self._writer.close()
        return {
            "stages": self._counts.as_list(),
            "languages": self._writer.languages,
            "warnings": self._artifacts.warnings,
        }


def annotate(
    task: OfInput, attempt: Attempt, stages: Sequence[str], report: Report, work: Callable[[Annotation], None]
) -> dict[str, Any]:
    """`work` over an input to documents, or its loss as a whole."""

    def begin() -> Annotation:
        return Annotation(task.name, task.input.name, task.signals, attempt, stages, report)

    return whole_or_lost(task, attempt, begin, work)
