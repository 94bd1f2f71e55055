"""The registry of replacements: a decorated function in any module of this folder is one; nothing else need know it.

    @replacement("newlines", source="this project", version=1)
    def newlines(batch: TextBatch) -> Replaced:
        \"\"\"At most two newlines in a row.\"\"\"

A changed meaning is a new version and, where both stay, a new name.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from corpusmill.batch import TextBatch
from corpusmill.rules.replace.spans import Replaced

ReplacementFunction = Callable[[TextBatch], Replaced]


@dataclass(frozen=True)
class Replacement:
    """What is known of a replacement without running it."""

    name: str
    source: str
    version: int
    definition: str  # the function's docstring
    function: ReplacementFunction


REPLACEMENTS: dict[str, Replacement] = {}  # by name, sorted


def replacement(name: str, *, source: str, version: int) -> Callable[[ReplacementFunction], ReplacementFunction]:
    """Declare the decorated function as the replacement `name`, which is its own name."""

    def declare(function: ReplacementFunction) -> ReplacementFunction:
        if function.__name__ != name:
            raise ValueError(f"the function {function.__name__} is registered as {name}: give it that name")
        if name in REPLACEMENTS:
            raise ValueError(f"two replacements are called {name}")
        declared = {**REPLACEMENTS, name: Replacement(name, source, version, inspect.getdoc(function) or "", function)}
        REPLACEMENTS.clear()
        REPLACEMENTS.update(sorted(declared.items()))
        return function

    return declare


def _load() -> None:
    """Import every module of this folder, so that importing the registry is enough to have all replacements."""
    package = importlib.import_module(__name__.rpartition(".")[0])
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if not module.name.endswith((".registry", ".spans", ".compose", ".joined")):
            importlib.import_module(module.name)


_load()
