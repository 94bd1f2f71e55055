"""How kernels are compiled: to machine code of this CPU, cached on disk, run without the interpreter lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba.extending import intrinsic

from corpusmill.kernels.cache import cached

Function = TypeVar("Function", bound=Callable[..., object])


def kernel(function: Function) -> Function:
    """Compile `function` at its first call."""
    return cast(Function, cached(numba.njit(nogil=True)(function)))


def inlined(function: Function) -> Function:
    """Compile `function` into each of its callers."""
    return cast(Function, cached(numba.njit(nogil=True, forceinline=True)(function)))


def primitive(generator: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose LLVM code is written by `generator`, see numba.extending.intrinsic."""
    return cast(Callable[..., Any], intrinsic(generator))
