"""`--dry-run`: what a run would do, with time and size estimated from a probe of the first input."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from corpusmill.errors import printable
from corpusmill.pipeline.inputs import plan_pages
from corpusmill.pipeline.recipe import Recipe
from corpusmill.pipeline.task import Progress, perform

PROBE_RECORDS = 600  # about 200 pages of an archive with requests and metadata
WORKER_MEMORY_MIB = 600  # the least a worker and its parser need, measured by benchmarks/


def estimate(recipe: Recipe, inputs: Sequence[Path], out: Path, workers: int) -> str:
    """Inputs, models, places, and about how long it takes; nothing is written to `out`."""
    plan = plan_pages(recipe, inputs, PROBE_RECORDS)
    tasks = plan.tasks
    total = sum(task.input.bytes for task in tasks)
    done = [Progress("probe")]
    with tempfile.TemporaryDirectory(prefix="corpusmill-probe-") as scratch:
        perform(tasks[0], Path(scratch), done.append)  # the first call loads models and kernels
        started = time.monotonic()
        perform(tasks[0], Path(scratch), done.append)
        seconds = max(time.monotonic() - started, 1e-3)
        written = sum(path.stat().st_size for path in Path(scratch).rglob("*") if path.is_file())
    probe = done[-1]
    # An input shorter than the probe was read to its end.
    share = max(probe.done_bytes if probe.read >= PROBE_RECORDS else tasks[0].input.bytes, 1) / max(total, 1)
    at_once = max(1, min(workers, len(tasks)))
    lines = [
        f"recipe      {recipe.name}: {recipe.description}",
        f"inputs      {len(tasks)} files, {total / 1e6:,.1f} MB",
        *(f"left out    {name}: beside archives it is read only when named" for name in plan.left_out),
        f"snapshots   {', '.join(sorted({task.snapshot for task in tasks}))}",
        f"out         {out}{' (exists: the run would resume)' if (out / 'ledger.jsonl').exists() else ''}",
        *(f"model       {name} {sha256[:12]}… present" for name, sha256 in tasks[0].models),
        f"probe       {probe.read:,} records of {tasks[0].input.name} in {seconds:.1f} s, {probe.kept:,} kept",
        f"estimate    {seconds / share / at_once:,.0f} s on {at_once} workers, "
        f"{written / share / 1e6:,.1f} MB written, about {WORKER_MEMORY_MIB * at_once:,} MiB of memory",
        "nothing was written",
    ]
    return "\n".join(map(printable, lines))
