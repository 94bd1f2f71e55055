"""How kernels are compiled: to machine code of this CPU, cached on disk, run without the interpreter lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., object])

# Versions of Numba, major and minor, whose cache `cache.py` reads: those that tests/kernels/test_cache.py has passed
# with. That of any other is read by Numba alone.
KNOWN = tuple((0, minor) for minor in range(61, 69))


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
