"""CPU seconds, wall seconds and peak memory of a whole command with all its descendants."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Usage:
    cpu_seconds: float
    wall_seconds: float
    peak_mib: float  # of the largest single process

    def __sub__(self, other: Usage) -> Usage:
        return Usage(
            self.cpu_seconds - other.cpu_seconds,
            self.wall_seconds - other.wall_seconds,
            max(self.peak_mib, other.peak_mib),
        )


def usage_of(command: list[str | Path], log: Path | None = None, environment: dict[str, str] | None = None) -> Usage:
    """Run `command` to its end; raises where it fails.

    The kernel adds a process's time to its parent only when the parent waits for it. Descendants that outlive theirs
    become children of this process and are waited for here, so that no helper process is left out.
    """
    _adopt_orphans()
    started = time.monotonic()
    with Path(log or os.devnull).open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
        _, status, usage = os.wait4(process.pid, 0)
    wall_seconds, cpu_seconds, peak = time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss
    for orphan in _orphans():
        cpu_seconds += orphan.ru_utime + orphan.ru_stime
        peak = max(peak, orphan.ru_maxrss)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):  # 3: done, with faults above the budget
        sys.exit(f"{command[0]} … ended with {process.returncode}{f', see {log}' if log else ''}")
    return Usage(cpu_seconds, wall_seconds, peak / 1024)


def _adopt_orphans() -> None:
    set_child_subreaper = 36
    if ctypes.CDLL(None, use_errno=True).prctl(set_child_subreaper, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER): CPU times would be too small")


def _orphans() -> Iterator[resource.struct_rusage]:
    while True:
        try:
            yield os.wait4(-1, 0)[2]
        except ChildProcessError:
            return


def copies_of(crawl: Path, copies: int, folder: Path) -> Path:
    """A folder in which every archive of `crawl` stands `copies` times, as links."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(copies):
        for path in sorted(crawl.glob("*.warc.gz")):
            link = folder / f"{number}-{path.name}"
            if not link.exists():
                link.symlink_to(path.resolve())
    return folder
