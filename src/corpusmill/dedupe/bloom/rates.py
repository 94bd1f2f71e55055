"""False-positive rates of a blocked Bloom filter, and the least filter for a wanted one.

The classic formula takes all bits for one pool. Here every key stays in one block of 512 bits, and how many keys a
block has is chance: Poisson, with the mean λ = keys / blocks. The rate is the mixture over these loads, each with the
chance that all probes of a new key meet bits that are set. It is above the classic one: 1.17 % where that says 1 %,
0.029 % where that says 0.01 %.
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

BLOCK_BITS, BLOCK_BYTES = 512, 64
MOST_BLOCKS = 2**32 - 1
MOST_PROBES = 32

_MOST_THROWS = 4096  # 99.97 % of the bits are set: from here on by the mean alone
_MOST_LOAD = 10_000.0
_LOAD_STEPS = 1 << 20  # so that the last bits of a sum, which differ between processors, change no size

Floats = npt.NDArray[np.float64]


class Shape(NamedTuple):
    """Size of a filter."""

    blocks: int  # of 512 bits
    probes: int  # bits a key sets

    @property
    def bytes(self) -> int:
        return self.blocks * BLOCK_BYTES


def expected_rate(keys: float, shape: Shape) -> float:
    """The part of new keys that a filter of `keys` random keys takes for known.

    >>> round(expected_rate(1_000_000, Shape(20_000, 7)), 4)
    0.0087
    """
    return _rate(keys / shape.blocks, shape.probes)


@functools.lru_cache(maxsize=64)
def least_shape(keys: int, rate: float) -> Shape:
    """The smallest filter of at most `rate` (above 0, below 1) when it holds `keys` (at least 1) keys.

    May have more than MOST_BLOCKS blocks: that is for the caller to refuse.
    """
    found = [Shape(_least_blocks(keys, probes, rate), probes) for probes in range(1, MOST_PROBES + 1)]
    return min(found, key=lambda shape: (shape.blocks, shape.probes))


def classic_bits(rate: float) -> float:
    """Bits a key of a filter that is not blocked, for comparison."""
    return -math.log(rate) / math.log(2) ** 2


def _least_blocks(keys: int, probes: int, rate: float) -> int:
    low, high = 0.0, float(BLOCK_BITS)  # loads; of the greatest, every rate is near 1
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _rate(middle, probes) <= rate else (low, middle)
    load = math.floor(low * _LOAD_STEPS) / _LOAD_STEPS
    return max(1, math.ceil(keys / load)) if load else MOST_BLOCKS + 1


def _rate(load: float, probes: int) -> float:
    """Rate at `load` keys a block."""
    if load <= 0:
        return 0.0
    if load > _MOST_LOAD:
        return float(-(math.expm1(-load * probes / BLOCK_BITS) ** probes))
    spread = 12 * math.sqrt(load) + 40
    loads = np.arange(max(0, int(load - spread)), int(load + spread) + 1)
    chances = np.exp(loads * math.log(load) - load - _log_factorials()[loads])
    return min(1.0, float(chances @ _hits(probes, len(_log_factorials()))[loads]))


@functools.cache
def _log_factorials() -> Floats:
    most = int(_MOST_LOAD + 12 * math.sqrt(_MOST_LOAD) + 42)
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, most)))])


@functools.cache
def _hits(probes: int, loads: int) -> Floats:
    """For each load: the chance that all probes of another key meet bits that are set."""
    throws = np.arange(loads) * probes
    means: Floats = (1 - (1 - 1 / BLOCK_BITS) ** throws.astype(float)) ** probes
    exact = int(np.searchsorted(throws, _MOST_THROWS, side="right"))
    means[:exact] = _occupancies()[throws[:exact]] @ (np.arange(BLOCK_BITS + 1) / BLOCK_BITS) ** probes
    return means


@functools.cache
def _occupancies() -> Floats:
    """[throws + 1, bits + 1]: the chance that so many of the bits of a block are set after so many throws."""
    chances = np.zeros((_MOST_THROWS + 1, BLOCK_BITS + 1))
    chances[0, 0] = 1
    stays = np.arange(BLOCK_BITS + 1) / BLOCK_BITS
    for throw in range(_MOST_THROWS):
        chances[throw + 1] = chances[throw] * stays
        chances[throw + 1, 1:] += chances[throw, :-1] * (1 - stays[:-1])
    return chances
