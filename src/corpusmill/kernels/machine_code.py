"""Compiled kernels, kept on disk as machine code and called without Numba, which takes a fifth of a second to import.

What Numba made of a kernel for one list of types is an object file: the loop, and a wrapper that takes Python's
arguments apart. LLVM links it into the process, as Numba would have; the functions in C that wrappers call are in
extension modules of Numba's that stand on their own. `compiling.py` writes these files, `jit.py` calls what is in them.

This is private to Numba. It is done for those of its versions that it was held against, see KNOWN; for any other,
kernels are found by Numba itself.
"""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import functools
import hashlib
import importlib.machinery
import importlib.util
import os
import pickle
import re
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

# Versions of Numba, major and minor, that tests/kernels/test_machine_code.py has passed with.
KNOWN = tuple((0, minor) for minor in range(61, 69))

_VERSION = re.compile(r'"version": "(\d+)\.(\d+)')
_MAGIC = b"corpusmill kernel 1\n"
_HERE = Path(__file__).parent
# Their functions in C are called by wrappers under these names.
_EXTENSIONS = (("_helperlib", "numba_"), ("_dynfunc", "numba_"), ("core/runtime/_nrt_python", "NRT_"))


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


def is_known() -> bool:
    """Whether the Numba that is installed is one of those whose machine code is kept here."""
    return _numba() is not None


def load(place: Path, function: Callable[..., Any]) -> Callable[..., Any] | None:
    """The kernel in `place`, to be called with arguments of its very types; None where there is none to be had."""
    code = _read(place, _stamp_of(function))
    linker = _linker() if code else None
    return linker.linked(code, function) if code and linker else None


def save(place: Path, function: Callable[..., Any], code: MachineCode) -> None:
    content = pickle.dumps((_stamp_of(function), *(getattr(code, each) for each in MachineCode.__match_args__)))
    attempt = place.with_name(f".{place.name}.{os.getpid()}-{time.time_ns()}")
    with contextlib.suppress(OSError):  # nobody may write there, or the disk is full
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            attempt.write_bytes(_MAGIC + zlib.crc32(content).to_bytes(4, "little") + content)
            attempt.replace(place)
        finally:
            attempt.unlink(missing_ok=True)


def place_of(function: Callable[..., Any], types: str) -> Path | None:
    """Where the machine code of a function for `types` is kept; None where none can be."""
    folder = _folder(function.__code__.co_filename)
    if folder is None or _numba() is None:
        return None
    source = Path(function.__code__.co_filename)
    name = f"{source.stem}.{function.__qualname__}-{function.__code__.co_firstlineno}".replace("<locals>", "")
    key = hashlib.sha256(types.encode()).hexdigest()[:16]
    return folder / f"{name}-{key}.{sys.implementation.cache_tag}.code"


@functools.cache
def _folder(source: str) -> Path | None:
    """Beside the source as what Python compiles, or, where nobody may write there, in the user's cache."""
    beside = Path(source).parent / "__pycache__"
    if os.access(beside if beside.exists() else beside.parent, os.W_OK):
        return beside
    above = os.environ.get("CORPUSMILL_CACHE") or os.environ.get("XDG_CACHE_HOME")
    try:
        return (
            Path(above or Path.home() / ".cache")
            / "corpusmill/kernels"
            / hashlib.sha256(source.encode()).hexdigest()[:16]
        )
    except RuntimeError:  # no home
        return None


def _read(place: Path, stamp: str) -> MachineCode | None:
    """What was saved by this version of everything, and is whole."""
    start = len(_MAGIC) + 4
    try:
        with place.open("rb") as file:
            saved = file.read()
        if saved[: len(_MAGIC)] != _MAGIC or zlib.crc32(saved[start:]) != int.from_bytes(
            saved[start - 4 : start], "little"
        ):
            return None
        made_of, *facts = pickle.loads(saved[start:])
        return MachineCode(*facts) if made_of == stamp else None
    except (OSError, ValueError, TypeError, EOFError, pickle.UnpicklingError, ImportError, AttributeError):
        return None


@functools.cache
def _numba() -> Path | None:
    """The folder of a Numba that is known."""
    try:
        found = importlib.util.find_spec("numba")
        folder = Path(found.origin).parent if found and found.origin else None
        version = folder and _VERSION.search((folder / "_version.py").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return folder if version and tuple(map(int, version.groups())) in KNOWN else None


def _stamp_of(function: Callable[..., Any]) -> str:
    """Of all that its machine code depends on."""
    source = Path(function.__code__.co_filename)
    return _stamp() if source.parent == _HERE else f"{_stamp()} {_state_of(source)}"


@functools.cache
def _stamp() -> str:
    """The sources of all kernels, the versions of what made it, the processor."""
    import llvmlite
    import numpy as np
    from llvmlite import binding

    numba = _numba()
    processor = binding.get_process_triple(), binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()
    settings = sorted(item for item in os.environ.items() if item[0].startswith("NUMBA_"))
    versions = sys.version, llvmlite.__version__, np.__version__, numba and _state_of(numba / "_version.py")
    sources = [_state_of(path) for path in sorted([*_HERE.glob("*.py"), *_HERE.glob("data/*")])]
    return hashlib.sha256(repr((processor, settings, versions, sources)).encode()).hexdigest()


def _state_of(path: Path) -> tuple[str, int, int]:
    state = path.stat()
    return str(path), state.st_mtime_ns, state.st_size


@functools.cache
def _linker() -> _Linker | None:
    try:
        return _Linker()
    except (ImportError, OSError, RuntimeError, AttributeError):
        return None


@ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
def _unpickled(address: int, size: int, digest: int) -> Any:
    """What machine code holds of Python, such as the class of an exception. Numba's own would import the rest of it."""
    return _object_of(ctypes.string_at(address, size))


@functools.cache
def _object_of(content: bytes) -> Any:
    return pickle.loads(content)


class _Linker:
    """LLVM, as it links machine code into this process."""

    def __init__(self) -> None:
        from llvmlite import binding

        self._binding = binding
        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        machine = binding.Target.from_triple(binding.get_process_triple()).create_target_machine(jit=True)
        self._engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)
        symbols = {"_Py_NoneStruct": id(None)}
        for path, prefix in _EXTENSIONS:
            module = _extension(path)
            for name, address in module.c_helpers.items():
                symbols[name if name.startswith("_") else prefix + name] = address
            if path == "_dynfunc":
                self._dynfunc = module
        for value in vars(builtins).values():
            if isinstance(value, type) and issubclass(value, BaseException):
                symbols[f"PyExc_{value.__name__}"] = id(value)
        symbols["numba_unpickle"] = ctypes.cast(_unpickled, ctypes.c_void_p).value or 0
        for name, address in symbols.items():
            binding.add_symbol(name, address)

    def linked(self, code: MachineCode, function: Callable[..., Any]) -> Callable[..., Any] | None:
        if not all(map(self._binding.address_of_symbol, code.needs)):
            return None
        self._engine.add_object_file(self._binding.ObjectFileRef.from_data(code.content))
        self._engine.finalize_object()
        environments = dict(self._environments(code))
        address = self._engine.get_function_address(code.entry)
        own = environments[code.environment]
        module, name = sys.modules[function.__module__], function.__name__
        made: Callable[..., Any] = self._dynfunc.make_function(
            module, name, function.__doc__ or "", address, own, tuple(environments.values())
        )
        return made

    def _environments(self, code: MachineCode) -> Iterator[tuple[str, Any]]:
        """Made, and put where the functions look for them."""
        for symbol, (module, constants) in code.environments.items():
            made = self._dynfunc.Environment({"__name__": module})  # machine code asks for constants only
            made.consts[:] = constants
            address = self._engine.get_global_value_address(symbol)
            ctypes.c_void_p.from_address(address).value = id(made)
            yield symbol, made


def _extension(path: str) -> ModuleType:
    """An extension module of Numba's, without the package around it, which finds it afresh if it is imported later."""
    name = "numba." + path.replace("/", ".")
    if name in sys.modules:
        return sys.modules[name]
    folder = _numba()
    assert folder is not None
    kinds = importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES
    found = importlib.machinery.FileFinder(str((folder / path).parent), kinds).find_spec(name)
    if found is None or found.loader is None:
        raise ImportError(f"numba has no {path}")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    sys.modules.pop(name, None)
    return module
