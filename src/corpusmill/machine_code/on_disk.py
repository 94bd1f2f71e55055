"""Compiled kernels on disk, to be called without Numba, which takes a fifth of a second to import.

What Numba made of a kernel for one list of types is an object file: the loop, and a wrapper that takes Python's
arguments apart. `compiling.py` makes these, `linking.py` links them into the process.

This is private to Numba. It is done for those of its versions that it was held against, see KNOWN; any other keeps what
it compiled itself.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import pickle
import re
import sys
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Versions of Numba, major and minor, that tests/machine_code/test_on_disk.py has passed with.
KNOWN = tuple((0, minor) for minor in range(61, 69))

_VERSION = re.compile(r'"version": "(\d+)\.(\d+)')
_MAGIC = b"corpusmill kernel 1\n"
_HERE = Path(__file__).parent
_KERNELS = _HERE.parent / "kernels"


@dataclass(frozen=True)
class MachineCode:
    """A kernel for one list of types. `entry` is its wrapper, `needs` are the symbols that it leaves to others, and
    `environments` what each function in it finds of Python: the module, and constants.
    """

    entry: str
    environment: str
    environments: Mapping[str, tuple[str, list[Any]]]
    needs: tuple[str, ...]
    content: bytes = field(repr=False)


def save(place: Path, function: Callable[..., Any], code: MachineCode) -> None:
    content = pickle.dumps((_stamp_of(function), *(getattr(code, each) for each in MachineCode.__match_args__)))
    attempt = place.with_name(f".{place.name}.{os.getpid()}-{time.time_ns()}")
    with contextlib.suppress(OSError):  # nobody may write there, or the disk is full
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            attempt.write_bytes(_MAGIC + _sum_of(content) + content)
            attempt.replace(place)
        finally:
            attempt.unlink(missing_ok=True)


def place_of(function: Callable[..., Any], types: str) -> Path | None:
    """Where the machine code of a function for `types` is kept; None where none can be."""
    folder = _folder(function.__code__.co_filename)
    if folder is None or known_numba() is None or function.__closure__:  # which no stamp knows the values of
        return None
    source = Path(function.__code__.co_filename)
    name = f"{source.stem}.{function.__qualname__}-{function.__code__.co_firstlineno}".replace("<locals>", "")
    key = hashlib.sha256(types.encode()).hexdigest()[:16]
    return folder / f"{name}-{key}.{sys.implementation.cache_tag}.code"


@functools.cache
def _folder(source: str) -> Path | None:
    """Beside the source as what Python compiles, or, where nobody may write there, in the user's cache; None for what
    was typed in.
    """
    if not Path(source).is_file():
        return None
    beside = Path(source).parent / "__pycache__"
    if os.access(beside if beside.exists() else beside.parent, os.W_OK):
        return beside
    cache = user_cache()
    return cache / "kernels" / hashlib.sha256(str(beside.parent).encode()).hexdigest()[:16] if cache else None


def user_cache() -> Path | None:
    """The user's folder for what can be made again, below CORPUSMILL_CACHE if that is set; None without a home."""
    above = os.environ.get("CORPUSMILL_CACHE") or os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(above) if above else Path.home() / ".cache") / "corpusmill"
    except RuntimeError:
        return None


def read(place: Path, function: Callable[..., Any]) -> MachineCode | None:
    """What was saved by this version of everything, and is whole."""
    made_of, facts = _saved(place)
    return MachineCode(*facts) if facts and made_of == _stamp_of(function) else None


def is_made() -> bool:
    """Whether kernels as they are now were compiled before, for whatever processor."""
    if known_numba() is None:
        return any(_KERNELS.rglob("__pycache__/*.nbi"))  # of Numba itself
    folders = {_folder(str(source)) for source in _KERNELS.rglob("*.py")}
    places = (place for folder in folders if folder for place in folder.glob("*.code"))
    newest = max(places, key=_written, default=None)
    return newest is not None and _saved(newest)[0][:1] == (_sources(),)


def _written(place: Path) -> int:
    try:
        return place.stat().st_mtime_ns
    except OSError:  # another process has replaced it
        return 0


def _saved(place: Path) -> tuple[tuple[str, ...], list[Any]]:
    """What it was made of, and it; nothing where it is damaged."""
    start = len(_MAGIC) + 4
    try:
        saved = place.read_bytes()
        if saved.startswith(_MAGIC) and saved[start - 4 : start] == _sum_of(saved[start:]):
            made_of, *facts = pickle.loads(saved[start:])
            return made_of, facts
    except (OSError, ValueError, TypeError, EOFError, pickle.UnpicklingError, ImportError, AttributeError):
        pass
    return (), []


def _sum_of(content: bytes) -> bytes:
    return zlib.crc32(content).to_bytes(4, "little")


@functools.cache
def known_numba() -> Path | None:
    """The folder of the Numba that is installed, if it is one of those whose machine code is kept here."""
    try:
        found = importlib.util.find_spec("numba")
        folder = Path(found.origin).parent if found and found.origin else None
        version = folder and _VERSION.search((folder / "_version.py").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return folder if version and tuple(map(int, version.groups())) in KNOWN else None


def _stamp_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """Of all that its machine code depends on."""
    source = Path(function.__code__.co_filename)
    return _sources(), _tools(), "" if source.is_relative_to(_KERNELS) else _digest([source])


@functools.cache
def _sources() -> str:
    """Of all kernels: any may have been compiled into any other. And of what compiles them."""
    places = (_HERE.glob("*.py"), *(_KERNELS.glob(each) for each in ("*.py", "*/*.py", "*/data/*")))
    return _digest(sorted(path for found in places for path in found))


@functools.cache
def _tools() -> str:
    """The versions of what makes machine code, Numba's settings, and the processor."""
    import llvmlite
    import numpy as np
    from llvmlite import binding

    numba = known_numba()
    processor = binding.get_process_triple(), binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()
    settings = sorted(item for item in os.environ.items() if item[0].startswith("NUMBA_"))
    versions = sys.version, llvmlite.__version__, np.__version__, _digest([numba / "_version.py"] if numba else [])
    return hashlib.sha256(repr((processor, settings, versions)).encode()).hexdigest()


def _digest(paths: Sequence[Path]) -> str:
    """Of names and contents: times tell nothing where archives set them all alike."""
    contents = [(path.parts[-2:], hashlib.sha256(_content(path)).digest()) for path in paths]
    return hashlib.sha256(repr(contents).encode()).hexdigest()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # an editor has put it aside
        return b""
