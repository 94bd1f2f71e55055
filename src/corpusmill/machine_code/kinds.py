"""What kernels are compiled for: the types of arguments, told apart as Numba does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_C_CONTIGUOUS, _F_CONTIGUOUS, _WRITEABLE = 0x1, 0x2, 0x400  # NumPy's flags of arrays
_FLAGS = _C_CONTIGUOUS | _F_CONTIGUOUS | _WRITEABLE
_SCALARS = ["bool_", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"]


def kinds_of(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """A key; all arguments that have it are compiled for alike. None stands in it for what is not known here."""
    return tuple([_KINDS[type(argument)](argument) for argument in arguments])


def spelled(kinds: tuple[Any, ...]) -> str | None:
    """The types as text, one for all that are compiled for alike; None where something is not known here.

    >>> spelled(kinds_of((3, np.zeros(2, np.int16))))
    'int64 <i21C'
    """
    parts = [_spelled(kind) for kind in kinds]
    return None if None in parts else " ".join(part for part in parts if part)


def _spelled(kind: Any) -> str | None:
    if kind is None or isinstance(kind, str):
        return kind
    first, *others = kind
    if isinstance(first, np.dtype):
        ndim, flags = others
        if first.kind not in "biuf" or first.itemsize > 8 or not first.isnative or first.str == "<f2":
            return None
        order = "C" if flags & _C_CONTIGUOUS else "F" if flags & _F_CONTIGUOUS else "A"
        return f"{first.str}{ndim}{order}" + ("" if flags & _WRITEABLE else "r")
    inner = spelled(tuple(others))
    return None if inner is None else f"{first.__module__}.{first.__qualname__}({inner})"


def _array(value: Any) -> Any:
    return value.dtype, value.ndim, value.flags.num & _FLAGS


def _integer(value: int) -> str | None:
    size = value.bit_length()
    return "int64" if size < 64 else "uint64" if size == 64 and value > 0 else None


def _tuple(value: tuple[Any, ...]) -> Any:
    return (type(value), *[_KINDS[type(each)](each) for each in value])


def _named(name: str) -> Callable[[Any], str]:
    return lambda value: name


class _Kinds(dict[type, Callable[[Any], Any]]):
    def __missing__(self, kind: type) -> Callable[[Any], Any]:
        """Named tuples are told apart by their class."""
        found = _tuple if issubclass(kind, tuple) and hasattr(kind, "_fields") else lambda value: None
        self[kind] = found
        return found


_KINDS = _Kinds(
    {
        np.ndarray: _array,
        np.memmap: _array,
        int: _integer,
        bool: _named("bool"),
        float: _named("float64"),
        type(None): _named("none"),
        tuple: _tuple,
        **{getattr(np, name): _named(name.rstrip("_")) for name in _SCALARS},
    }
)
