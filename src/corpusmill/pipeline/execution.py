"""How tasks are run into a folder: opened, executed, and finished with a manifest."""

from __future__ import annotations

import contextlib
import glob
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from corpusmill.errors import Refused
from corpusmill.machine_code.on_disk import is_made
from corpusmill.pipeline.engines.engine import Engine, ignore
from corpusmill.pipeline.progress import ProgressLine
from corpusmill.pipeline.task import Task, task_hash
from corpusmill.store import layout, manifest
from corpusmill.store.folder import RunFolder, environment_fault

Execute = Callable[[RunFolder, Sequence[Task], str], bool]  # tasks of a stage; true where nothing was left to do


@dataclass
class Finished:
    """A finished run."""

    root: Path
    manifest: dict[str, Any]
    resumed: bool  # nothing was left to do
    seconds: dict[str, float] = field(default_factory=dict)  # worker seconds by kind of task

    @property
    def fault_fraction(self) -> float:
        faults: int = self.manifest["faults"]
        return faults / max(int(self.manifest["read"]), 1)


@dataclass(frozen=True)
class Execution:
    """How to run, apart from what: nothing here changes a byte of the result."""

    engine: Engine
    quiet: bool = False

    @contextlib.contextmanager
    def opened(self, root: Path, identity: dict[str, Any] | None = None, fresh: bool = False) -> Iterator[RunFolder]:
        """The run folder for tasks on the engine; it is free to others when the engine's workers have gone.

        What is refused in a finished run leaves it as finished as it was: with a manifest.
        """
        try:
            with RunFolder(root, identity, fresh) as folder, self.engine:
                finished = (root / layout.MANIFEST).exists()
                try:
                    yield folder
                except Refused:
                    if finished:
                        self.finish(folder, True)
                    raise
        except OSError as error:
            raise environment_fault(error, root) from error

    def fill(
        self,
        out: Path,
        identity: dict[str, Any],
        work: Callable[[RunFolder, Execute], bool],
        fresh: bool = False,
    ) -> Finished:
        """A folder of its own, from its identity to its manifest; `work` says whether nothing was left to do."""
        with self.opened(out, identity, fresh) as folder:
            return self.finish(folder, work(folder, self._execute))

    def finish(self, folder: RunFolder, done: bool) -> Finished:
        """The manifest, last of all."""
        if not done or not (folder.root / layout.MANIFEST).exists():
            manifest.write(folder.root, manifest.build(folder, _clashes(folder.root)))
        seconds: dict[str, float] = {}
        for entry in folder.entries.values():
            seconds[entry.kind] = seconds.get(entry.kind, 0.0) + entry.seconds
        return Finished(folder.root, manifest.read(folder.root), done, seconds)

    def _execute(self, folder: RunFolder, tasks: Sequence[Task], stage: str) -> bool:
        """Run what is not yet in the ledger; true where nothing was."""
        missing = [task for task in tasks if task_hash(task) not in folder.entries]
        if not missing:
            return True
        (folder.root / layout.MANIFEST).unlink(missing_ok=True)  # from here on the run is unfinished
        sizes = (getattr(getattr(task, "input", None), "bytes", 0) for task in missing)
        line = None if self.quiet else ProgressLine(stage, sum(sizes))
        if line is not None and stage == "annotate" and not is_made():
            line.say("compiling the kernels for this processor, once; about a minute")
        listeners = (ignore, ignore) if line is None else (line, line.say)
        try:
            with contextlib.closing(self.engine.run(missing, folder.root, *listeners)) as entries:
                for entry in entries:
                    folder.record(entry)
        finally:
            if line is not None:
                line.close()
        return False


def _clashes(root: Path) -> dict[str, int]:
    """Record ids that occur more than once: both records are kept, under ids of their own."""
    paths = sorted((root / "pages").rglob("*.parquet"))
    files = [glob.escape(str(path)) for path in paths if _has_record_ids(path)]  # RUN may have a [ in it
    if not files:
        return {"record_id": 0}
    import duckdb  # not above: it takes longer to load than many a command to run

    query = (
        "select coalesce(sum(n - 1), 0) from (select count(*) as n from read_parquet(?) "
        "where record_id is not null group by record_id having n > 1)"
    )
    with duckdb.connect() as connection:
        counted = connection.execute(query, [files]).fetchall()
    return {"record_id": int(counted[0][0])}


def _has_record_ids(path: Path) -> bool:
    """Whether a row has one; as the footer says, where it does."""
    footer = pq.read_metadata(path)
    column = footer.schema.names.index("record_id")
    counted = [footer.row_group(group).column(column).statistics for group in range(footer.num_row_groups)]
    nulls = sum(each.null_count for each in counted if each is not None and each.has_null_count)
    return bool(nulls < footer.num_rows)
