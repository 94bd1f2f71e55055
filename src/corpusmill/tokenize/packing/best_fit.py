"""Best-fit decreasing, as in "Fewer Truncations Improve Language Modeling" (Ding et al., 2024, §3).

Documents longer than a pack are cut into pieces of its length, which no method can spare them. What remains, and all
other documents, are taken from the longest to the shortest, each into the pack that it leaves the least room in.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.tokenize.packing.packing import SIZE, Int64s, Packing, checked, packing_of, pieces_of


def best_fit(lengths: npt.NDArray[Any], length: int) -> Packing:
    """O(n log n) for the sort and O(n log length) for the packs; equal lengths keep the order of their documents.

    >>> [best_fit(np.array([6, 5, 4, 3, 2]), 8).pack(number)[:, 0].tolist() for number in range(3)]
    [[0, 4], [1, 3], [2]]
    """
    pieces = pieces_of(lengths, checked(length))
    return packing_of(pieces, packs_of(pieces[:, SIZE], length), length)


def packs_of(sizes: Int64s, length: int) -> Int64s:
    """The number of a pack for each piece, from 0 on without gaps."""
    from corpusmill.kernels.packing import best_fit as kernels

    longest_first = np.argsort(-sizes, kind="stable")
    in_turn = np.empty(sizes.size, np.int64)
    kernels.best_fit(sizes[longest_first], length, in_turn)
    packs = np.empty_like(in_turn)
    packs[longest_first] = in_turn
    return packs
