"""The registry of signals: a decorated function in any module of this folder is a signal; nothing else need know it.

    @signal("my_word_count", dtype=pa.int32(), unit="words", source="this project", version=1)
    def my_word_count(batch: TextBatch) -> pa.Array:
        \"\"\"Words of the normalised text.\"\"\"
        return pa.array(batch.words.counts, pa.int32())

A function is named after the column it makes. A changed meaning is a new version and, where both stay, a new name.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from corpusmill.batch import TextBatch
from corpusmill.errors import RecipeError
from corpusmill.signals.names import RPV2_SIGNALS

SignalFunction = Callable[[TextBatch], pa.Array]


@dataclass(frozen=True)
class Signal:
    """What is known of a signal without running it."""

    name: str  # of the column and of the function
    dtype: pa.DataType  # list<…>: one entry a line, see the signal line_ends
    unit: str
    source: str
    version: int
    definition: str  # the function's docstring
    function: SignalFunction
    family: str | None = None  # measured with its family where a rule names one of it; None: with every document


SIGNALS: dict[str, Signal] = {}  # by name: RedPajama-V2's in their order, then all others by name

_RANK = {name: rank for rank, name in enumerate(RPV2_SIGNALS)}


def signal(
    name: str, *, dtype: pa.DataType, unit: str, source: str, version: int, family: str | None = None
) -> Callable[[SignalFunction], SignalFunction]:
    """Declare the decorated function as the signal `name`.

    `family`: signals that share one table and are measured together, where a recipe needs one of them.
    """

    def declare(function: SignalFunction) -> SignalFunction:
        if function.__name__ != name:
            raise ValueError(f"the function {function.__name__} makes the column {name}: give it that name")
        if name in SIGNALS:
            raise ValueError(f"two signals are called {name}")
        SIGNALS[name] = Signal(name, dtype, unit, source, version, inspect.getdoc(function) or "", function, family)
        if _loaded:
            _sort()
        return function

    return declare


def of_family(family: str | None) -> list[str]:
    """Names of the signals of a family; of None those that are measured with every document."""
    return [name for name, signal in SIGNALS.items() if signal.family == family]


def measure(batch: TextBatch, names: Sequence[str] | None = None) -> pa.RecordBatch:
    """The signals `names` of a batch, in that order; where None those that are measured with every document.

    Raises RecipeError for a name that no signal has.
    """
    wanted = of_family(None) if names is None else list(names)
    unknown = [name for name in wanted if name not in SIGNALS]
    if unknown:
        raise RecipeError([f'signal "{name}" is unknown.{_nearest(name)}' for name in unknown])
    columns = [SIGNALS[name].function(batch) for name in wanted]
    return pa.RecordBatch.from_arrays(columns, schema=pa.schema([(name, SIGNALS[name].dtype) for name in wanted]))


def _nearest(name: str) -> str:
    found = difflib.get_close_matches(name, SIGNALS, 1)
    return f" Did you mean {found[0]}?" if found else ""


def _load_families() -> None:
    """Import every module of this folder, so that importing the registry is enough to have all signals."""
    package = importlib.import_module(__name__.rpartition(".")[0])
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if not module.name.rpartition(".")[2].startswith(("registry", "reference")):  # oracles are of the tests
            importlib.import_module(module.name)


def _sort() -> None:
    found = sorted(SIGNALS.items(), key=lambda item: (_RANK.get(item[0], len(_RANK)), item[0]))
    SIGNALS.clear()
    SIGNALS.update(found)


_loaded = False  # those of this folder are sorted once, when all are there
_load_families()
_sort()
_loaded = True
