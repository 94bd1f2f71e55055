"""All passes of `corpusmill mix`, each a list of tasks, so any engine can run them.

    sizes of clusters (a task a source) → measured (a task a part of a source) → decided (one)
    → copies by partition (a task a part) → shards (a task a shard) → summary (one)

Documents change hands once: copies are written by partition of their keys, and each partition is sorted in memory. What
the passes leave for one another lies in `work/`, and goes when the last is done.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpusmill.errors import RecipeError
from corpusmill.mix.exchange import ROW
from corpusmill.mix.parameters import Mix
from corpusmill.pipeline.mix.decide import KEEP, PLAN, DecideMix, Plan
from corpusmill.pipeline.mix.exchange import Partitions, Scatter, WriteShard
from corpusmill.pipeline.mix.inputs import Inputs, open_inputs
from corpusmill.pipeline.mix.measure import CountClusters, MeasureDocuments
from corpusmill.pipeline.mix.recipe import load_mix
from corpusmill.pipeline.passes import Execute, run_pass
from corpusmill.pipeline.task import Report, Task, task_hash
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.folder import RunFolder
from corpusmill.tokenize.folder import TokenFolder

MOST_EPOCHS = 1000

LEAST_MEMORY_BYTES = 4 << 20  # of one worker
MOST_PARTITIONS = 4096
_ID_BYTES = 48  # about
PASSES = ("mix_sizes", "mix_measure", "mix_decide", "mix_scatter")


@dataclass(frozen=True)
class Memory:
    """What mixing may take; it changes no byte of the result."""

    bytes: int = 1 << 30  # of all workers together
    workers: int = 1

    def mistakes(self) -> list[str]:
        if self.bytes // self.workers < LEAST_MEMORY_BYTES:
            least = LEAST_MEMORY_BYTES * self.workers
            return [f"memory of {self.bytes:,} bytes: wanted at least {least:,} for {self.workers} workers"]
        return []


@dataclass(frozen=True)
class Mixing:
    """A mix, and what it reads."""

    mix: Mix
    inputs: Inputs
    memory: Memory

    @property
    def identity(self) -> dict[str, Any]:
        """What the folder is of."""
        facts = {"tokenizer": asdict(self.inputs.tokenizer)} if self.inputs.tokenizer is not None else {}
        return {"recipe": asdict(self.mix), "sources": self.inputs.sha256(), **facts}


@dataclass(frozen=True)
class Summarise:
    """The last task: what the mix says of itself, for the manifest."""

    mix: str
    counts: dict[str, Any]
    inputs_sha256: str

    kind = "mix"

    @property
    def name(self) -> str:
        return self.mix

    def depends_on(self) -> dict[str, Any]:
        return asdict(self)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        return self.counts


def prepare(path: Path, settings: Sequence[str], memory: Memory) -> Mixing:
    """Reads MIX.toml and looks at what it names.

    Raises RecipeError with all its mistakes, InputRefused and RunRefused for folders that are not as they should be.
    """
    mix = load_mix(path, settings)
    if mistakes := memory.mistakes():
        raise RecipeError(mistakes)
    inputs = open_inputs(mix, path.parent)
    _refuse_endless(mix, path.parent)
    return Mixing(mix, inputs, memory)


def _refuse_endless(mix: Mix, beside: Path) -> None:
    """RecipeError for a mix that repeats all it has so often that nobody can mean it, or wait for it."""
    available = sum(TokenFolder.open(beside / source.tokens).tokens for source in mix.source)
    stages = [stage.tokens or 0 for stage in mix.stage]
    asked = max(mix.tokens or 0, (mix.epochs or 0) * available, sum(stages))
    if asked > MOST_EPOCHS * available > 0:
        most = f"wanted {MOST_EPOCHS:,} times that at most"
        raise RecipeError([f"the mix asks for {asked:,.0f} tokens of sources that have {available:,}; {most}"])


def decide_mix(folder: RunFolder, mixing: Mixing, execute: Execute) -> dict[str, Any]:
    """What each source gives, without moving a token."""
    mix, inputs = mixing.mix, mixing.inputs
    clusters = [CountClusters(source.alone) for source in inputs.sources if source.labels.clusters]
    if clusters:
        run_pass(folder, clusters, "clusters", execute)
    measure = [MeasureDocuments(mix, source.alone, part) for source in inputs.sources for part in source.parts]
    run_pass(folder, measure, "measure", execute)
    run_pass(folder, [DecideMix(mix, inputs.sources, _measured(folder, inputs))], "decide", execute)
    return folder.of_kind("mix_decide")[0].counts


def write_mix(folder: RunFolder, mixing: Mixing, execute: Execute) -> bool:
    """The shards of all stages; whether they had been there before."""
    finished = folder.of_kind("mix")
    if finished and len(folder.of_kind("mix_shard")) == sum(s["shards"] for s in finished[0].counts["stages"]):
        _forget_work(folder)
        return True
    mix, inputs = mixing.mix, mixing.inputs
    counts = decide_mix(folder, mixing, execute)
    partitions = _partitions(Plan.read(folder.root), counts, mixing)
    hashes = folder.hashes()
    decided = hashes[PLAN], hashes[KEEP]
    scatter: list[Task] = []
    for source in inputs.sources:
        for part in source.parts:
            measured = tuple(hashes[shard.measured] for shard in part.shards)
            scatter.append(Scatter(mix, source.alone, part, partitions, (*decided, *measured)))
    shards = shard_tasks(mixing, partitions, (*decided, *_measured(folder, inputs), inputs.sha256()))
    if any(task_hash(task) not in folder.entries for task in shards):
        run_pass(folder, scatter, "exchange", execute)
        run_pass(folder, shards, "shards", execute)
    run_pass(folder, [Summarise(mix.name, counts, inputs.sha256())], "summary", execute)
    _forget_work(folder)
    return False


def shard_tasks(mixing: Mixing, partitions: Partitions, sha256: tuple[str, ...]) -> list[Task]:
    names = tuple(source.name for source in mixing.inputs.sources)
    files, dtype = tuple(part.exchange_file for part in mixing.inputs.parts), mixing.inputs.dtype
    return [
        WriteShard(mixing.mix, stage, number, names, files, partitions, dtype, sha256)
        for stage, shards in enumerate(partitions.shards)
        for number in range(shards)
    ]


def _measured(folder: RunFolder, inputs: Inputs) -> tuple[str, ...]:
    hashes = folder.hashes()
    found = []
    for part in inputs.parts:
        paths = (part.counts_file, part.labels_file, *(shard.measured for shard in part.shards))
        found += [hashes[path] for path in paths]
    return tuple(found)


def _partitions(plan: Plan, counts: dict[str, Any], mixing: Mixing) -> Partitions:
    """As many parts of each shard as it takes for one to fit a worker's memory, with a third to spare."""
    shards = tuple(stage["shards"] for stage in counts["stages"])
    whole = Partitions(shards, 1, mixing.memory.bytes // mixing.memory.workers)
    itemsize = np.dtype(mixing.inputs.dtype).itemsize
    largest = max(
        (tokens * itemsize + documents * (ROW.itemsize + _ID_BYTES)) / count
        for tokens, documents, count in zip(plan.stage_tokens, plan.stage_documents, shards, strict=True)
    )
    needed = int(largest * 1.5 / whole.limit_bytes) + 1
    return dataclasses.replace(whole, parts=max(1, min(needed, MOST_PARTITIONS // sum(shards))))


def _forget_work(folder: RunFolder) -> None:
    left = [entry for kind in PASSES for entry in folder.of_kind(kind)]
    if left:
        folder.forget(left)
    with contextlib.suppress(OSError):
        (folder.root / layout.WORK).rmdir()
