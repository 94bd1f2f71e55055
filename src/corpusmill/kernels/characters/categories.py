"""General categories of Unicode 14.0, made by tools/make_category_tables.py."""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt


@functools.cache
def of_category(name: str) -> npt.NDArray[np.bool_]:
    """Which of the 0x110000 code points have a general category, such as Nd; raises ValueError for an unknown one.

    >>> [bool(of_category("Nd")[ord(c)]) for c in "7x"]
    [True, False]
    """
    shipped = _shipped()
    names = shipped["names"].tolist()
    if name not in names:
        raise ValueError(f"there is no general category {name!r}; there are {', '.join(names)}")
    found = shipped["categories"] == names.index(name)
    return np.ascontiguousarray(found[shipped["stage1"]].reshape(-1))


@functools.cache
def _shipped() -> dict[str, npt.NDArray[Any]]:
    path = resources.files("corpusmill.kernels.characters") / "data" / "categories14.npz"
    with path.open("rb") as file, np.load(file) as shipped:
        return {name: shipped[name] for name in shipped.files}
