"""Which engine a command runs on."""

from __future__ import annotations

import os

from corpusmill.errors import Refused
from corpusmill.pipeline.engines.engine import Engine
from corpusmill.pipeline.engines.local import LocalEngine

ENGINES = ("local",)


def choose(name: str = "local", max_workers: int | None = None) -> Engine:
    """The engine `name` with at most so many tasks at once: by default as many as there are processors for it.

    Raises Refused for an unknown name.
    """
    if name == "local":
        return LocalEngine(max_workers or cores())
    raise Refused(f"there is no engine {name!r}; wanted one of {', '.join(ENGINES)}")


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
