"""Processes of nothing but corpusmill, commands and their workers, may leave out of libraries what others need."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

_NAME = "CORPUSMILL_OWN_PROCESS"  # in the environment, where workers find it


def begin() -> None:
    os.environ[_NAME] = "1"


def is_own() -> bool:
    return _NAME in os.environ


class _Refusal:
    """A finder of modules before all others, which refuses one."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == self._package:
            raise ModuleNotFoundError(f"{name} is left out here", name=name)


@contextmanager
def without(package: str) -> Iterator[None]:
    """An import of `package` fails, unless it is there already."""
    refusal = _Refusal(package)
    sys.meta_path.insert(0, cast(Any, refusal))
    try:
        yield
    finally:
        sys.meta_path.remove(cast(Any, refusal))
