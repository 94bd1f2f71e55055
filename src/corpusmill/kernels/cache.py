"""Numba's cache of compiled functions, read with less ado: a run loads about a hundred kernels at its start.

The files, their names and their index stay Numba's own, so that either way of reading finds what the other has written.
Three things of each load are put off until something needs them, which in a run nothing does:

- what is imported and registered for compiling (`BaseContext.refresh`; the compiler does it by itself),
- the LLVM code that lies beside the machine code, for functions that are compiled into others,
- the search for a folder that can be written to, of functions that are never called from Python.

All this is private to Numba. `jit.py` imports this module for those of its versions that it was held against.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

from llvmlite import binding as llvm
from numba.core import caching, codegen, compiler
from numba.core.runtime import rtsys


class KernelCache(caching._Cache):
    """What a dispatcher asks for what was compiled before; the files are looked for when it asks first."""

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function

    @cached_property
    def _files(self) -> Any:
        return _Files(self._function)

    @property
    def cache_path(self) -> Any:
        return self._files.cache_path

    def load_overload(self, signature: Any, target: Any) -> Any:
        return self._files.load_overload(signature, target)

    def save_overload(self, signature: Any, compiled: Any) -> None:
        self._files.save_overload(signature, compiled)

    def enable(self) -> None:
        self._files.enable()

    def disable(self) -> None:
        self._files.disable()

    def flush(self) -> None:
        self._files.flush()


class _Contents(caching.CompileResultCacheImpl):
    def rebuild(self, target: Any, saved: Any) -> Any:
        """The compiled function out of what `CompileResult._reduce` made of it."""
        (name, kind, code), described, environment, signature, object_mode, lifted, annotation, inits, others = saved
        entry = described.llvm_cpython_wrapper_name
        if kind != "object" or entry.encode() not in code[0]:  # where it is defined, the machine code names it
            return super().rebuild(target, saved)
        machine_code, llvm_code = code
        for init in inits:
            init()
        library = _Library(target.codegen(), name, machine_code, llvm_code, entry)
        result = compiler.CompileResult(
            target_context=target,
            typing_context=target.typing_context,
            library=library,
            environment=environment,
            entry_point=target.get_executable(library, described, environment),
            fndesc=described,
            type_annotation=annotation,
            signature=signature,
            objectmode=object_mode,
            lifted=lifted,
            typing_error=None,
            call_helper=None,
            metadata=None,
            reload_init=inits,
            referenced_envs=others,
        )
        for other in others:
            library.codegen.set_env(other.env_name, other)
        return result


class _Machine(NamedTuple):
    """What Numba asks a code generator for, to tell whether machine code is of this processor."""

    described: tuple[str, ...]

    def magic_tuple(self) -> tuple[str, ...]:
        return self.described


@functools.cache
def _machine(owner: Any) -> _Machine:
    return _Machine(owner.magic_tuple())  # once: LLVM looks anew each time


class _Files(caching.FunctionCache):
    _impl_class = _Contents

    def load_overload(self, signature: Any, target: Any) -> Any:
        rtsys.initialize(target)  # of what `refresh` does, the part that machine code needs
        with self._guard_against_spurious_io_errors():
            return self._load_overload(signature, target)

    def _index_key(self, signature: Any, owner: Any) -> Any:
        return super()._index_key(signature, _machine(owner))


class _Library(codegen.JITCodeLibrary):
    """Machine code, ready to be called by `entry`. The LLVM code is parsed when another function is linked with it."""

    def __init__(self, owner: Any, name: str, machine_code: bytes, llvm_code: bytes, entry: str) -> None:
        super().__init__(owner, name)
        self._shared_module: Any = None
        self._llvm_code = llvm_code
        self.enable_object_caching()
        self._set_compiled_object(machine_code)
        self._finalize_final_module()
        owner._engine._defined_symbols.add(entry)

    def _get_module_for_linking(self) -> Any:
        if self._shared_module is None:
            self._shared_module = llvm.parse_bitcode(self._llvm_code)
            self._codegen._engine._load_defined_symbols(self._shared_module)
        return self._shared_module

    def get_pointer_to_function(self, name: str) -> Any:
        """Null for a function that is not defined: what is, only the LLVM code can say, but for the entry."""
        if not self._codegen._engine.is_symbol_defined(name):
            self._get_module_for_linking()
        return super().get_pointer_to_function(name)
