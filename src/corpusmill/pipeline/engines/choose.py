"""Which engine a command runs on."""

from __future__ import annotations

from corpusmill.errors import Refused
from corpusmill.pipeline.engines.engine import Engine
from corpusmill.pipeline.engines.local import LocalEngine, cores

ENGINES = ("local", "ray")


def choose(name: str = "local", max_workers: int | None = None, ray_address: str | None = None) -> Engine:
    """The engine `name` with at most so many tasks at once: by default as many as there are processors for it.

    Raises Refused for an unknown name, and where the package of the engine is not installed.
    """
    if name == "local":
        return LocalEngine(max_workers or cores())
    if name == "ray":
        from corpusmill.pipeline.engines.ray import RayEngine

        return RayEngine(max_workers, ray_address)
    raise Refused(f"there is no engine {name!r}; wanted one of {', '.join(ENGINES)}")
