"""Runs as processes of their own: signalled at an event that can be seen, never after a while; and who of them is left.

A run is a session of its own, so that its workers and extractors can be told from all other processes.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.faults.running import COMMAND

HANG_SECONDS = 240  # a test that waits longer fails instead of blocking the suite
Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Run:
    """A running command line whose run folder is `out`."""

    process: subprocess.Popen[bytes]
    out: Path
    log: Path

    def until(self, seen: Callable[[], Seen]) -> Seen:
        """What `seen` gives, once it gives anything; fails where the command ends before."""
        end = time.monotonic() + HANG_SECONDS
        while True:
            ended = self.process.poll()
            if found := seen():
                return found
            assert ended is None, f"ended with {ended}: {self.messages()}"
            assert time.monotonic() < end, self.messages()
            select.select([], [], [], 0.002)

    def end(self) -> int:
        """Waits for the command and all that it started."""
        code = self.process.wait(HANG_SECONDS)
        end = time.monotonic() + HANG_SECONDS
        while left := self.members():
            assert time.monotonic() < end, f"left alive: {left}"
            select.select([], [], [], 0.002)
        return code

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def messages(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def says(self, text: str) -> Callable[[], bool]:
        return lambda: text in self.messages()

    def members(self) -> dict[int, str]:
        """Living processes of the run: command lines by process id."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                state, _, _, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
                if int(session) == self.process.pid and state not in "ZX":
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
        return found

    def workers(self) -> list[int]:
        return [number for number, line in self.members().items() if "spawn_main" in line]

    def attempted(self) -> list[Path]:
        """Files that tasks have begun to write."""
        folders = self.out.glob(".attempt-*")  # they may vanish while one looks: os.walk does not mind
        return [Path(where, name) for folder in folders for where, _, names in os.walk(folder) for name in names]

    def recorded(self) -> int:
        """Lines of the ledger."""
        ledger = self.out / "ledger.jsonl"
        return ledger.read_bytes().count(b"\n") if ledger.exists() else 0


@contextmanager
def started(arguments: Sequence[object], out: Path, **options: Any) -> Iterator[Run]:
    """The command in the background, with the signals of a shell's foreground; nothing of it outlives the block."""
    before = options.pop("before", lambda: None)

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        before()

    log = out.with_name(f"{out.name}.log")
    with log.open("ab") as stream:
        settings = {"stdout": stream, "stderr": stream} | options
        process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)], start_new_session=True, preexec_fn=prepare, **settings
        )
    run = Run(process, out, log)
    try:
        yield run
    finally:
        for number in [*run.members(), *([process.pid] if process.poll() is None else [])]:
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.wait()
