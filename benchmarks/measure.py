"""CPU seconds, wall seconds and peak memory of a whole command with all its descendants."""

from __future__ import annotations

import os
import subprocess
import sys
import time
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
    """Run `command` to its end; raises where it fails. CPU time counts every descendant that was waited for."""
    started = time.monotonic()
    with Path(log or os.devnull).open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):  # 3: done, with faults above the budget
        sys.exit(f"{command[0]} … ended with {process.returncode}{f', see {log}' if log else ''}")
    return Usage(usage.ru_utime + usage.ru_stime, time.monotonic() - started, usage.ru_maxrss / 1024)


def copies_of(crawl: Path, copies: int, folder: Path) -> Path:
    """A folder in which every archive of `crawl` stands `copies` times, as links."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(copies):
        for path in sorted(crawl.glob("*.warc.gz")):
            link = folder / f"{number}-{path.name}"
            if not link.exists():
                link.symlink_to(path.resolve())
    return folder
