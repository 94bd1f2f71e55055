"""Ancestors by name, for elements in the order of their page."""

from __future__ import annotations

import numpy as np

from corpusmill.machine_code.jit import kernel


@kernel
def nearest(parent: np.ndarray, tag: np.ndarray, wanted: int, stop: int) -> np.ndarray:
    """Of each element the innermost one of tag `wanted`, itself or around it; -1 where none is, or a `stop` is nearer.

    `parent[i] < i`, -1 for an element without one.

    >>> nearest(np.array([-1, 0, 1, 2, 1]), np.array([0, 5, 6, 7, 5]), 5, 6).tolist()
    [-1, 1, -1, -1, 4]
    """
    found = np.full(len(parent), -1, np.int64)
    for element in range(len(parent)):
        if tag[element] == wanted:
            found[element] = element
        elif tag[element] != stop and parent[element] >= 0:
            found[element] = found[parent[element]]
    return found
