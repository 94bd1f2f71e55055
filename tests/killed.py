"""Killing at every step: a child process that dies before its n-th change on disk."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from typing import Any


def killed_at(step: int, calls: Sequence[str], work: Callable[[], object]) -> bool:
    """Do `work` in a child that is killed before its `step`-th of `calls` (of `os`); false where it came to its end."""
    child = os.fork()
    if child == 0:
        left = step

        def counted(call: Callable[..., Any]) -> Callable[..., Any]:
            def step_or_die(*arguments: Any, **named: Any) -> Any:
                nonlocal left
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1
                return call(*arguments, **named)

            return step_or_die

        for name in calls:
            setattr(os, name, counted(getattr(os, name)))
        work()
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])
