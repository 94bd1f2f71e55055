"""A connection to a Ray cluster, or a cluster of this machine for one command; and whether its nodes can do our work.

Ray is imported here and nowhere else, and only when it is asked for.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import signal
import socket
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from corpusmill.errors import Refused
from corpusmill.pipeline.engines.engine import MAX_TRIES

OBJECT_STORE_BYTES = 100 << 20  # results are a few kilobytes each: nearly the least that Ray accepts
KNOCK_SECONDS = 20.0
PROBE = "probe"

# For this process, and for the cluster where it is ours; whoever has set one of them knows better.
_SETTINGS = {
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",  # workers have the package installed; nothing is packed and sent to them
    "RAY_ENABLE_AUTO_CONNECT": "0",  # nothing but `RayCluster` connects
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # silences a warning
    "RAY_task_oom_retries": str(MAX_TRIES - 1),  # by its own count, a task without enough memory is tried for ever
}


def refuse_missing() -> None:
    """Raises Refused where the package is not installed."""
    if importlib.util.find_spec("ray") is None:
        raise Refused("the engine 'ray' needs the package ray, which is not installed: pip install 'corpusmill[ray]'")


class RayCluster:
    """Connected from the start until `close`."""

    def __init__(self, address: str | None, cpus: int) -> None:
        """Joins the cluster at `address`, as Ray writes it; without one starts a cluster of `cpus` processors here.

        A program that is connected already stays so. Raises Refused where there is no such cluster, or Ray will not
        have us: another version of Ray or Python, a missing token.
        """
        for name, value in _SETTINGS.items():
            os.environ.setdefault(name, value)
        import ray

        self.ray = ray
        self._ours = not ray.is_initialized()
        if not self._ours:
            return
        own = {"num_cpus": cpus, "include_dashboard": False, "object_store_memory": OBJECT_STORE_BYTES}
        handler = signal.getsignal(signal.SIGTERM)
        try:
            _knock(address)
            ray.init(
                address or "local", **({} if address else own), log_to_driver=False, logging_level=logging.CRITICAL
            )
        except Exception as error:
            where = f"join the Ray cluster {address}" if address else "start Ray on this machine"
            raise Refused(f"cannot {where}: {first_line(error)}") from error
        finally:
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGTERM, handler)  # Ray has put its own there
        _print_worker_logs(False)

    def stop(self, references: Iterable[Any]) -> bool:
        """End tasks that run; false where that takes leaving, upon which Ray kills them.

        They are not killed one by one: Ray 2.60 aborts the driver where `cancel(force=True)` meets a task just done.
        """
        if self._ours or not self.ray.is_initialized():
            return False
        for reference in references:
            self.ray.cancel(reference, recursive=False)  # raises KeyboardInterrupt in it
        return True

    def close(self) -> None:
        """Leave the cluster, which then ends the workers of this command; one of our own ends with its processes."""
        if self._ours and self.ray.is_initialized():
            self.ray.shutdown()
            _print_worker_logs(True)

    def cpus(self) -> int:
        """Processors of all nodes, as of now."""
        return max(1, int(self.ray.cluster_resources().get("CPU", 1)))

    def here(self) -> Any:
        """Scheduling: on the driver's node, if that is possible."""
        return self._on(self.ray.get_runtime_context().get_node_id(), soft=True)

    def probes(self, session: Path, needed: Iterable[str], code: str) -> dict[Any, str]:
        """One question to each node that takes tasks: references of its answers, and the names of the nodes.

        The answer is a complaint, or "" where the node sees what this process has just written into `session` and
        whatever is `needed`, and its package is the same `code`.
        """
        (session / PROBE).write_text(session.name)
        ask = self.ray.remote(num_cpus=0, max_retries=MAX_TRIES - 1)(_complaint)
        nodes = [node for node in self.ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) >= 1]
        return {
            ask.options(scheduling_strategy=self._on(node["NodeID"])).remote(str(session), tuple(needed), code): (
                f"{node['NodeName']} ({node['NodeID'][:8]})"
            )
            for node in nodes
        }

    def _on(self, node: str, soft: bool = False) -> Any:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        return NodeAffinitySchedulingStrategy(node, soft=soft)


def _complaint(session: str, needed: tuple[str, ...], code: str) -> str:
    """What a node lacks to work on this run; runs there."""
    import corpusmill
    from corpusmill.pipeline.inputs import code_sha256

    if code_sha256() != code:
        return f"its corpusmill {corpusmill.__version__} is not the code of this command"
    seen = None
    with contextlib.suppress(OSError):
        seen = (Path(session) / PROBE).read_text()
    if seen != Path(session).name:
        return f"it does not see the run folder {Path(session).parent}; all nodes must, under the same path"
    for path in needed:
        if not Path(path).exists():
            return f"it does not see the input {path}; all nodes must, under the same path"
    return ""


def _knock(address: str | None) -> None:
    """Raises OSError where nobody listens at HOST:PORT: Ray tries that for minutes."""
    host, _, port = (address or "").rpartition(":")
    if host and port.isdecimal() and "/" not in host:
        socket.create_connection((host.strip("[]"), int(port)), KNOCK_SECONDS).close()


def first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).split("\n", 1)[0]


def _print_worker_logs(wanted: bool) -> None:
    """Ray prints its remarks on dead workers to stdout, which is for results, and has no public switch for it."""
    import ray._private.worker

    ray._private.worker._worker_logs_enabled = wanted
