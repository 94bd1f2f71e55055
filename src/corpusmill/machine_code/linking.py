"""Machine code of kernels, linked into the process by LLVM as Numba links it, but without Numba.

The functions in C that it calls are in extension modules of Numba's that stand on their own.
"""

from __future__ import annotations

import builtins
import ctypes
import functools
import importlib.machinery
import importlib.util
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from corpusmill.machine_code.on_disk import MachineCode, known_numba

# Extension modules, and what the names of their functions begin with in machine code.
_EXTENSIONS = (("_helperlib", "numba_"), ("_dynfunc", "numba_"), ("core/runtime/_nrt_python", "NRT_"))


def linked(code: MachineCode, function: Callable[..., Any]) -> Callable[..., Any] | None:
    """The kernel of `function`, to be called with arguments of the very types that it was compiled for; None where this
    process lacks what it needs.
    """
    linker = _linker()
    return linker.linked(code, function) if linker else None


@functools.cache
def _linker() -> _Linker | None:
    try:
        return _Linker()
    except (ImportError, OSError, RuntimeError, AttributeError):
        return None


def _unpickled(address: int, size: int, digest: int) -> Any:
    """What machine code holds of Python, such as the class of an exception. Numba's own would import the rest of it."""
    return _object_of(ctypes.string_at(address, size))


# What C calls: an object at an address, so many bytes of pickle, and their digest.
_UNPICKLED = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(_unpickled)


@functools.lru_cache(256)
def _object_of(content: bytes) -> Any:
    return pickle.loads(content)


class _Linker:
    """LLVM, as it links machine code into this process."""

    def __init__(self) -> None:
        from llvmlite import binding

        folder = known_numba()
        if folder is None:
            raise ImportError("no Numba that is known")
        self._binding = binding
        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        machine = binding.Target.from_triple(binding.get_process_triple()).create_target_machine(jit=True)
        self._engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)
        symbols = {"_Py_NoneStruct": id(None)}
        for path, prefix in _EXTENSIONS:
            module = _extension(folder, path)
            for name, address in module.c_helpers.items():
                symbols[name if name.startswith("_") else prefix + name] = address
            if path == "_dynfunc":
                self._dynfunc = module
        for value in vars(builtins).values():
            if isinstance(value, type) and issubclass(value, BaseException):
                symbols[f"PyExc_{value.__name__}"] = id(value)
        symbols["numba_unpickle"] = ctypes.cast(_UNPICKLED, ctypes.c_void_p).value or 0
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
            module, name, function.__doc__ or "", address, own, (self, *environments.values())
        )
        return made

    def _environments(self, code: MachineCode) -> Iterator[tuple[str, Any]]:
        """Made, and put where the functions look for them."""
        for symbol, (module, constants) in code.environments.items():
            made = self._dynfunc.Environment({"__name__": module})  # machine code asks for constants only
            made.consts[:] = constants
            address = self._engine.get_global_value_address(symbol)
            if address:  # it is asked for
                ctypes.c_void_p.from_address(address).value = id(made)
            yield symbol, made


def _extension(folder: Path, path: str) -> ModuleType:
    """An extension module of Numba's, without the package around it, which finds it afresh if it is imported later."""
    name = "numba." + path.replace("/", ".")
    if name in sys.modules:
        return sys.modules[name]
    kinds = importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES
    found = importlib.machinery.FileFinder(str((folder / path).parent), kinds).find_spec(name)
    if found is None or found.loader is None:
        raise ImportError(f"numba has no {path}")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    sys.modules.pop(name, None)
    return module
