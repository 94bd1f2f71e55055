"""Histogram packing with non-negative least squares (Krell et al., 2021, "Efficient Sequence Packing without
Cross-contamination", §3.2; ragged-array specification §4.4).

All documents of one length are alike, so what is chosen is how many packs of each kind there are: of all ways to fill
a pack exactly with at most so many documents, those numbers whose documents come nearest to the histogram of lengths.
The numbers found are not whole, and where documents are short no mixture comes near: three of 500 tokens do not fill
2,048. The published code rounds to the nearest, pads what has no document, and gives each document left over a pack of
its own. Here numbers are rounded down, only packs that are filled exactly stay, and best fit packs all that is left.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.tokenize.packing.best_fit import packs_of
from corpusmill.tokenize.packing.packing import SIZE, Int64s, Packing, checked, packing_of, pieces_of

MOST_WAYS = 6_000_000  # to fill a pack that are tried: three documents up to length 8,485
_SHORT, _SHORT_WEIGHT = 8, 0.09  # pieces this short are easily fitted in anywhere: a miss matters less
_SWEEPS, _TOLERANCE = 200, 0.01  # documents; the result is rounded to whole ones


def histogram(lengths: npt.NDArray[Any], length: int) -> Packing:
    """Packs of at most three documents that are filled exactly, and those that best fit makes of the rest.

    Of two documents for lengths above 8,485: the ways to fill a pack with three grow with the square of its length.
    """
    pieces = pieces_of(lengths, checked(length))
    sizes = pieces[:, SIZE]
    ways = ways_to_fill(length, 3 if length * length // 12 <= MOST_WAYS else 2)
    counts = np.bincount(sizes, minlength=length + 1)
    numbers = np.floor(mixture(ways, counts) + 1e-6).astype(np.int64)
    packs = _filled(ways, numbers, sizes)
    left = packs < 0
    packs[left] = packs_of(sizes[left], length) + int(numbers.sum())
    return packing_of(pieces, packs, length)


def ways_to_fill(length: int, most_documents: int) -> npt.NDArray[np.int32]:
    """All multisets of at most 1, 2 or 3 lengths that add up to `length`: int32[ways, 3], descending, 0 for none.

    >>> ways_to_fill(4, 3).tolist()
    [[4, 0, 0], [3, 1, 0], [2, 2, 0], [2, 1, 1]]
    """
    found = [np.array([[length, 0, 0]])]
    if most_documents > 1:
        longer = np.arange(length - 1, (length - 1) // 2, -1)
        found.append(np.stack([longer, length - longer, np.zeros_like(longer)], axis=1))
    for first in range(length - 2, (length - 1) // 3, -1) if most_documents > 2 else ():
        rest = length - first
        second = np.arange(min(first, rest - 1), (rest - 1) // 2, -1)
        found.append(np.stack([np.full_like(second, first), second, rest - second], axis=1))
    return np.concatenate(found).astype(np.int32)


def mixture(ways: npt.NDArray[np.int32], counts: Int64s) -> npt.NDArray[np.float64]:
    """How many packs of each of the `ways`, x ≥ 0, bring ‖w(Ax − h)‖ to its least; h[l] = counts[l] have length l."""
    from corpusmill.kernels.packing.nonnegative import descend

    weights = np.ones(counts.size)
    weights[1 : _SHORT + 1] = _SHORT_WEIGHT
    residual = counts.astype(np.float64)
    residual[0] = 0
    solution = np.zeros(ways.shape[0])
    descend(ways, weights * weights, residual, solution, _SWEEPS, _TOLERANCE)
    return solution


def _filled(ways: npt.NDArray[np.int32], numbers: Int64s, sizes: Int64s) -> Int64s:
    """The pack of each piece, as far as packs are filled, in the order of the pieces of a size; -1 for those left."""
    chosen = np.repeat(ways, numbers, axis=0)
    wanted, pack = chosen.ravel(), np.repeat(np.arange(chosen.shape[0]), chosen.shape[1])
    pack, wanted = pack[wanted > 0], wanted[wanted > 0]
    by_size = np.argsort(wanted, kind="stable")
    pieces = np.argsort(sizes, kind="stable")
    places, ranks = wanted[by_size], _ranks(sizes[pieces])
    # The k-th piece of a size takes the k-th place of that size, as far as there are any.
    first, last = (np.searchsorted(places, sizes[pieces], side) for side in ("left", "right"))
    fits = first + ranks < last
    packs = np.full(sizes.size, -1, np.int64)
    packs[pieces[fits]] = pack[by_size[(first + ranks)[fits]]]
    found = packs >= 0
    filled = np.bincount(packs[found], sizes[found], minlength=chosen.shape[0]) == ways[0, 0]  # the way of one document
    packs[found] = np.where(filled[packs[found]], packs[found], -1)
    return packs


def _ranks(ascending: Int64s) -> Int64s:
    """How many equal numbers stand before each one.

    >>> _ranks(np.array([2, 2, 5, 5, 5])).tolist()
    [0, 1, 0, 1, 2]
    """
    return np.arange(ascending.size) - np.searchsorted(ascending, ascending)
