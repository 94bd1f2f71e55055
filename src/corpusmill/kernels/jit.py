"""How kernels are compiled: to machine code of this CPU, cached on disk, run without the interpreter lock."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import numba
from numba.extending import intrinsic

OWN_PROCESS = "CORPUSMILL_OWN_PROCESS"  # set in the environment of commands and their workers

Function = TypeVar("Function", bound=Callable[..., object])

# Versions of Numba, major and minor, whose cache `cache.py` reads: those that tests/kernels/test_cache.py has passed
# with. That of any other is read by Numba alone.
KNOWN = tuple((0, minor) for minor in range(61, 69))


def _begin_plainly() -> None:
    """Let Numba begin without what no kernel needs: extensions of other packages (awkward has one) and SciPy's linear
    algebra. Where they are installed each takes half a second of every process.
    """
    from numba.core import entrypoints

    if hasattr(entrypoints, "_already_initialized"):
        entrypoints._already_initialized = True
    if importlib.util.find_spec("scipy") is not None:
        with _without("scipy.linalg"):
            import numba.np.arraymath  # noqa: F401


@contextmanager
def _without(package: str) -> Iterator[None]:
    """An import of `package` fails, unless it is there already."""
    modules = cast(dict[str, Any], sys.modules)
    is_there = package in modules
    modules.setdefault(package, None)
    try:
        yield
    finally:
        if not is_there:
            del modules[package]


if os.environ.get(OWN_PROCESS):  # whoever imports the package may need both
    _begin_plainly()


def kernel(function: Function) -> Function:
    """Compile `function` at its first call."""
    return cast(Function, cached(numba.njit(nogil=True)(function)))


def inlined(function: Function) -> Function:
    """Compile `function` into each of its callers."""
    return cast(Function, cached(numba.njit(nogil=True, forceinline=True)(function)))


def primitive(generator: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose LLVM code is written by `generator`, see numba.extending.intrinsic."""
    return cast(Callable[..., Any], intrinsic(generator))


def cached(dispatcher: Any) -> Any:
    """`dispatcher`, which finds on disk what it compiled before; a plain function, where nothing is to be compiled."""
    if numba.config.DISABLE_JIT:
        return dispatcher
    if numba.version_info.short in KNOWN:
        from corpusmill.kernels.cache import KernelCache

        dispatcher._cache = KernelCache(dispatcher.py_func)
    else:
        dispatcher.enable_caching()
    return dispatcher
