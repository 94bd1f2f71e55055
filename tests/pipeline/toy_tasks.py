"""Tasks for the engine's tests, in a module of their own so that worker processes can import them."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from corpusmill.extract.process import Child
from corpusmill.files import write_whole
from corpusmill.pipeline.task import Progress
from corpusmill.store.commit import Attempt

HANG_SECONDS = 60  # whoever waits longer fails instead of blocking the suite


def wait_for(event: Callable[[], object]) -> None:
    """Returns as soon as `event` gives anything true."""
    end = time.monotonic() + HANG_SECONDS
    while not event():
        assert time.monotonic() < end
        select.select([], [], [], 0.005)


@dataclass(frozen=True)
class Toy:
    number: int
    does: str = "write"  # write, meet, say_who, parse, hang, die, die_once, raise, disk_full
    given_up_why: str | None = None

    kind = "annotate"

    @property
    def name(self) -> str:
        return f"toy-{self.number}"

    def depends_on(self) -> dict[str, Any]:
        return {"number": self.number}

    def given_up(self, why: str) -> Toy:
        return replace(self, does="write", given_up_why=why)

    def run(self, root: Path, attempt: Attempt, report: Callable[[Progress], None]) -> dict[str, Any]:
        report(Progress(self.name, read=1))
        tries = root / f"tries-{self.number}"
        with tries.open("a") as file:
            file.write("x")
        if self.does == "die" or (self.does == "die_once" and len(tries.read_text()) == 1):
            attempt.path("documents/half").write_text("half")
            os.kill(os.getpid(), signal.SIGKILL)
        if self.does == "meet":
            wait_for((root / f"tries-{self.number ^ 1}").exists)
        if self.does == "parse":
            child = Child("corpusmill.extract.by_resiliparse:all_text", 1 << 30)
            write_whole(root / f"processes-{self.number}", f"{os.getpid()} {child._process.pid}".encode())
        if self.does in ("hang", "parse"):
            wait_for(lambda: False)
        if self.does == "raise":
            raise KeyError("a mistake of ours")
        if self.does == "disk_full":
            raise OSError(28, "No space left on device", str(root))
        attempt.path(f"documents/{self.number}").write_text(str(self.number))
        return {"why": os.getpid() if self.does == "say_who" else self.given_up_why}
