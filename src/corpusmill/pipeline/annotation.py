"""What the annotate tasks share: tables and counts of one input, and what becomes of an input that is lost whole."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pyarrow as pa

from corpusmill.artifacts import Artifacts
from corpusmill.pipeline.conservation import StageCounts
from corpusmill.pipeline.input_file import InputFile
from corpusmill.pipeline.measure import Measure
from corpusmill.pipeline.recipe import SignalParameters
from corpusmill.pipeline.task import Progress, Report
from corpusmill.schema import DOCUMENTS, Key, Loss, batch_of
from corpusmill.store.commit import Attempt
from corpusmill.store.shard import ShardWriter


class OfOneFile(Protocol):
    """A task over one input file."""

    @property
    def name(self) -> str: ...
    @property
    def input(self) -> InputFile: ...
    @property
    def give_up(self) -> str | None: ...


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
        measure = Measure(self._artifacts, signals.minhash)
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

    def close(self) -> dict[str, Any]:
        """Write what waits; the counts for the ledger."""
        self._writer.close()
        return {
            "stages": self._counts.as_list(),
            "languages": self._writer.languages,
            "warnings": self._artifacts.warnings,
        }


class Writer(Protocol):
    """What writes the tables of one input."""

    def lose_all(self, loss: Loss, done_bytes: int) -> None: ...
    def close(self) -> dict[str, Any]: ...


W = TypeVar("W", bound=Writer)


def annotate(
    task: OfInput, attempt: Attempt, stages: Sequence[str], report: Report, work: Callable[[Annotation], None]
) -> dict[str, Any]:
    """`work` over an input to documents, or its loss as a whole."""

    def begin() -> Annotation:
        return Annotation(task.name, task.input.name, task.signals, attempt, stages, report)

    return whole_or_lost(task, attempt, begin, work)


def whole_or_lost(
    task: OfOneFile, attempt: Attempt, begin: Callable[[], W], work: Callable[[W], None]
) -> dict[str, Any]:
    """`work` over an input, or its loss as a whole: given up, gone, or changed before or while it was read."""
    if task.give_up is None and not task.input.changed():
        writer = begin()
        work(writer)
        counts = writer.close()
        with contextlib.suppress(OSError):  # gone: changed() says so too
            described = task.input.described()
            if not task.input.changed():
                return {"input": described, **counts}
        attempt.clear()
    reason = "input_changed" if task.give_up is None else "worker_died"
    message = task.give_up or "gone, or not as it was when the run began"
    writer = begin()
    writer.lose_all(Loss("quarantined", "read", reason, 0, 0, message=message), task.input.bytes)
    return {"input": {"path": task.input.name, "lost": reason}, **writer.close()}
