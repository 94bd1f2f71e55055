"""How kernels are compiled: to machine code of this CPU, kept on disk, run without the interpreter lock."""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar, cast

from corpusmill.machine_code.kinds import kinds_of, spelled
from corpusmill.machine_code.linking import linked
from corpusmill.machine_code.on_disk import place_of, read, save

Function = TypeVar("Function", bound=Callable[..., object])

_PLAIN = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")  # Numba's own switch: nothing is compiled
_one_at_a_time = RLock()


def kernel(function: Function) -> Function:
    """Compile `function` at its first call with arguments of each list of types."""
    return function if _PLAIN else cast(Function, _Kernel(function, is_inlined=False))


def inlined(function: Function) -> Function:
    """Compile `function` into each of its callers."""
    return function if _PLAIN else cast(Function, _Kernel(function, is_inlined=True))


def primitive(generator: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose LLVM code is written by `generator`, see numba.extending.intrinsic."""
    return cast(Callable[..., Any], _Primitive(generator))


class _Kernel:
    """A function that is found compiled for the types of its arguments, or compiled for them."""

    def __init__(self, function: Callable[..., Any], is_inlined: bool) -> None:
        functools.update_wrapper(self, function)
        self.py_func = function
        self._is_inlined = is_inlined
        self._entries: dict[Any, Callable[..., Any]] = {}

    def __call__(self, *arguments: Any) -> Any:
        kinds = kinds_of(arguments)
        entry = self._entries.get(kinds) or self._found(kinds, arguments)
        return entry(*arguments)

    def __reduce__(self) -> str:
        return self.py_func.__qualname__

    @functools.cached_property
    def dispatcher(self) -> Any:
        """Numba's own, for what is not machine code yet, or of types that are not told apart here."""
        from corpusmill.machine_code.compiling import dispatcher_of

        return dispatcher_of(self.py_func, self._is_inlined)

    @property
    def _numba_type_(self) -> Any:
        """What Numba takes it for in the code of another."""
        from numba import types

        return types.Dispatcher(self.dispatcher)

    def _found(self, kinds: Any, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        with _one_at_a_time:
            types = spelled(kinds)
            if types is None:
                return cast(Callable[..., Any], self.dispatcher)
            if types not in self._entries:  # more than one key is spelled alike
                place = place_of(self.py_func, types)
                self._entries[types] = self._kept(place) or self._compiled(place, arguments)
            self._entries[kinds] = self._entries[types]
            return self._entries[types]

    def _kept(self, place: Path | None) -> Callable[..., Any] | None:
        code = read(place, self.py_func) if place else None
        return linked(code, self.py_func) if code else None

    def _compiled(self, place: Path | None, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        from corpusmill.machine_code.compiling import compiled_for, machine_code_of

        compiled = compiled_for(self.dispatcher, arguments)
        code = machine_code_of(compiled) if place else None
        if place and code:
            save(place, self.py_func, code)
        return cast(Callable[..., Any], compiled.entry_point)


class _Primitive:
    """A function that only the code of kernels can call."""

    def __init__(self, generator: Callable[..., Any]) -> None:
        self.__doc__ = generator.__doc__
        self._generator = generator

    @functools.cached_property
    def _numba_type_(self) -> Any:
        from corpusmill.machine_code.compiling import type_of_primitive

        return type_of_primitive(self._generator)


class _Later:
    """A module that is imported when something of it is asked for: what writes primitives is only needed to compile."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self._name), name)


ir, types, cgutils = (_Later(name) for name in ("llvmlite.ir", "numba.core.types", "numba.core.cgutils"))
