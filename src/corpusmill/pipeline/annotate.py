"""The annotate tasks: one input file to documents, signals, signatures, fates and quarantine."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpusmill.artifacts import Artifacts
from corpusmill.extract.extractor import Extractor
from corpusmill.extract.parameters import ExtractParameters
from corpusmill.language.identify import LanguageIdentifier, LanguageParameters
from corpusmill.pipeline.documents import PagesToDocuments
from corpusmill.pipeline.measure import Measure
from corpusmill.pipeline.recipe import SignalParameters
from corpusmill.pipeline.task import Progress, Report
from corpusmill.read.ccnet import read_ccnet
from corpusmill.read.pages import ReadParameters, read_pages
from corpusmill.schema import DOCUMENTS, PAGES, Key, Loss, batch_of
from corpusmill.store.commit import Attempt, sha256_of
from corpusmill.store.shard import ShardWriter


@dataclass(frozen=True)
class InputFile:
    """One input as it was when the run was planned."""

    path: str
    name: str  # as the documents and the manifest name it: relative to the folder given, or the file's own name
    bytes: int
    modified_ns: int

    @classmethod
    def of(cls, path: Path, name: str) -> InputFile:
        status = path.stat()
        return cls(str(path), name, status.st_size, status.st_mtime_ns)

    def changed(self) -> bool:
        """Whether the file is no longer the one that was planned."""
        try:
            status = Path(self.path).stat()
        except OSError:
            return True
        return (status.st_size, status.st_mtime_ns) != (self.bytes, self.modified_ns)

    def described(self) -> dict[str, Any]:
        return {"path": self.name, "bytes": self.bytes, "sha256": sha256_of(Path(self.path))}


class StageCounts:
    """Conservation, stage by stage: what goes in comes out, or has a reason."""

    def __init__(self, stages: Sequence[str]) -> None:
        self.stages = list(stages)
        self.kept = 0
        self.lost: dict[str, dict[str, Counter[str]]] = {
            stage: {"dropped": Counter(), "quarantined": Counter()} for stage in stages
        }

    def count(self, kept: int, losses: Sequence[Loss]) -> None:
        self.kept += kept
        for loss in losses:
            self.lost[loss.stage][loss.fate][loss.reason] += 1

    def total(self, fate: str) -> int:
        return sum(sum(lost[fate].values()) for lost in self.lost.values())

    def as_list(self) -> list[dict[str, Any]]:
        """From the last stage back: what a stage kept is what the next one got."""
        table: list[dict[str, Any]] = []
        kept = self.kept
        for stage in reversed(self.stages):
            lost = {fate: dict(sorted(reasons.items())) for fate, reasons in self.lost[stage].items()}
            got = kept + sum(sum(reasons.values()) for reasons in lost.values())
            table.append({"stage": stage, "in": got, "kept": kept, **lost})
            kept = got
        return table[::-1]


@dataclass(frozen=True)
class AnnotatePages:
    """An archive, JSON lines or Parquet file through read, extract, language and signals."""

    input: InputFile
    snapshot: str
    shard: int
    read: ReadParameters
    extract: ExtractParameters
    language: LanguageParameters
    signals: SignalParameters
    models: tuple[tuple[str, str], ...]  # name and sha256 of each model and list
    limit: int | None = None  # records to read at most
    give_up: str | None = None  # why the file is quarantined whole, after its worker died again and again

    kind = "annotate"

    @property
    def name(self) -> str:
        return f"{self.snapshot}/{self.shard:04d}"

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self)
        del described["give_up"]  # a later try may succeed, under the same name
        return described

    def given_up(self, why: str) -> AnnotatePages:
        """What to do instead: quarantine the whole input."""
        return replace(self, give_up=why)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        artifacts = Artifacts(None if self.signals.artifacts is None else Path(self.signals.artifacts))
        writer = ShardWriter(attempt, self.name, self.input.name, Measure(artifacts, self.signals.minhash))
        counts = StageCounts(("read", "extract", "language"))
        rows: Counter[Key] = Counter()
        extractor = shared_extractor(self.extract)
        convert = PagesToDocuments(extractor, shared_identifier(self.language), self.language.keep, self.input.name)
        for pages, losses in self._chunks():
            converted = convert(pages)
            lost = [*losses, *converted.losses]
            documents = self._with_ids(converted.documents, rows)
            for key, chosen in by_key(documents, self.snapshot, self.shard).items():
                writer.documents(key, documents.take(chosen))
            writer.fates(documents, converted.ordinals, converted.offsets, lost)
            counts.count(converted.documents.num_rows, lost)
            done = max([0, *(loss.offset for loss in lost[-1:]), *converted.offsets[-1:].to_pylist()])
            read = counts.kept + counts.total("dropped") + counts.total("quarantined")
            report(Progress(self.name, read, counts.kept, counts.total("dropped"), counts.total("quarantined"), done))
        writer.close()
        return {
            "input": self.input.described() if self.give_up is None else {"path": self.input.name},
            "stages": counts.as_list(),
            "languages": writer.languages,
            "warnings": artifacts.warnings,
        }

    def _chunks(self) -> Iterator[tuple[pa.RecordBatch, list[Loss]]]:
        nothing = batch_of(PAGES, {}, 0)
        if self.give_up is not None:
            yield nothing, [Loss("quarantined", "read", "worker_died", 0, 0, message=self.give_up)]
            return
        if self.input.changed():
            yield (
                nothing,
                [Loss("quarantined", "read", "input_changed", 0, 0, message="gone, or not as it was planned")],
            )
            return
        seen = 0
        for pages, losses in read_pages(Path(self.input.path), self.read):
            seen += pages.num_rows + len(losses)
            if self.limit is not None and seen > self.limit:
                ordinals = pages["ordinal"].to_numpy()
                yield (
                    pages.take(pa.array(np.flatnonzero(ordinals < self.limit))),
                    [loss for loss in losses if loss.ordinal < self.limit],
                )
                return
            yield pages, losses

    def _with_ids(self, documents: pa.RecordBatch, rows: Counter[Key]) -> pa.RecordBatch:
        """Number the documents of each key in the order of the input."""
        ids = []
        for language, bucket in zip(documents["language"].to_pylist(), documents["bucket"].to_pylist(), strict=True):
            key = Key(self.snapshot, self.shard, language, bucket)
            ids.append(key.document_id(rows[key]))
            rows[key] += 1
        return documents.set_column(0, DOCUMENTS.field("doc_id"), pa.array(ids, pa.string()))


def by_key(documents: pa.RecordBatch, snapshot: str, shard: int) -> dict[Key, pa.Array]:
    """Rows of each key, keys sorted."""
    rows: dict[Key, list[int]] = {}
    pairs = zip(documents["language"].to_pylist(), documents["bucket"].to_pylist(), strict=True)
    for row, (language, bucket) in enumerate(pairs):
        rows.setdefault(Key(snapshot, shard, language, bucket), []).append(row)
    return {key: pa.array(rows[key]) for key in sorted(rows)}


@dataclass(frozen=True)
class AnnotateDocuments:
    """A file of CCNet JSON lines, already cut by language and bucket, through signals."""

    input: InputFile
    key: Key
    signals: SignalParameters
    models: tuple[tuple[str, str], ...]
    give_up: str | None = None

    kind = "annotate"

    @property
    def name(self) -> str:
        return self.key.path

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self)
        del described["give_up"]
        return described

    def given_up(self, why: str) -> AnnotateDocuments:
        return replace(self, give_up=why)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        artifacts = Artifacts(None if self.signals.artifacts is None else Path(self.signals.artifacts))
        writer = ShardWriter(attempt, self.name, self.input.name, Measure(artifacts, self.signals.minhash))
        counts = StageCounts(("read",))
        if self.give_up is not None or self.input.changed():
            reason = "input_changed" if self.give_up is None else "worker_died"
            loss = Loss("quarantined", "read", reason, 0, 0, message=self.give_up)
            nothing = batch_of(DOCUMENTS, {}, 0)
            writer.fates(nothing, nothing["warc_offset"], nothing["warc_offset"], [loss])
            counts.count(0, [loss])
        else:
            for documents, losses in read_ccnet(Path(self.input.path), self.key):
                ids = documents["doc_id"].to_pylist()
                lines = pa.array([int(doc_id.rpartition("/")[2]) for doc_id in ids], pa.int64())
                writer.documents(self.key, documents)
                writer.fates(documents, lines, documents["warc_offset"].fill_null(-1), losses)
                counts.count(documents.num_rows, losses)
                lost = counts.total("quarantined")
                report(Progress(self.name, counts.kept + lost, counts.kept, 0, lost, self.input.bytes))
        writer.close()
        return {
            "input": self.input.described() if self.give_up is None else {"path": self.input.name},
            "stages": counts.as_list(),
            "languages": writer.languages,
            "warnings": artifacts.warnings,
        }


@functools.lru_cache(maxsize=1)
def shared_extractor(parameters: ExtractParameters) -> Extractor:
    """One extractor, and so one child process, for all tasks of this worker."""
    return Extractor(parameters)


@functools.lru_cache(maxsize=1)
def shared_identifier(parameters: LanguageParameters) -> LanguageIdentifier:
    return LanguageIdentifier(parameters)
