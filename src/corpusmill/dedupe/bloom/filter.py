"""A Bloom filter in memory: keys are added in their order, and it always knows its real false-positive rate."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from corpusmill.dedupe.bloom.parameters import BloomParameters
from corpusmill.dedupe.bloom.rates import BLOCK_BITS

Keys = npt.NDArray[np.uint64]  # [keys, 2]: upper and lower halves of 128 random bits
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

_BLOCK_WORDS = 8


class BloomFilter:
    """A filter of `parameters` for keys of the kind `kind`; takes `parameters.shape.bytes`.

    `bits` uint64[blocks, 8] and `added` (keys that were new when they were added) are those of a saved filter.

    >>> seen = BloomFilter(BloomParameters(1000), "digest")
    >>> seen.add(np.array([[1, 2], [3, 4], [1, 2]], np.uint64)).tolist()
    [False, False, True]
    """

    def __init__(self, parameters: BloomParameters, kind: str, bits: Keys | None = None, added: int = 0) -> None:
        self.parameters = parameters
        self.kind = kind
        self.added = added
        self.bits = np.zeros((parameters.shape.blocks, _BLOCK_WORDS), np.uint64) if bits is None else bits

    def add(self, keys: Keys) -> Flags:
        """Whether each key was there already; then it is."""
        from corpusmill.kernels.duplicates.bloom import add_keys

        seen = np.empty(len(keys), np.bool_)
        self.added += int(add_keys(self.bits, self.parameters.shape.probes, keys, seen))
        return seen

    def contains(self, keys: Keys) -> Flags:
        """Whether each key is there, or taken to be."""
        from corpusmill.kernels.duplicates.bloom import test_keys

        seen = np.empty(len(keys), np.bool_)
        test_keys(self.bits, self.parameters.shape.probes, keys, seen)
        return seen

    def add_groups(self, keys: Keys, offsets: Numbers, limit: float) -> tuple[Numbers, Flags]:
        """Of each group keys[offsets[g]:offsets[g + 1]]: how many were there before it, and whether it is repeated.

        It is where these are more than the part `limit` of its keys; then none of them is added, else all are.
        """
        from corpusmill.kernels.duplicates.bloom import add_groups

        held, repeated = np.empty(len(offsets) - 1, np.int64), np.empty(len(offsets) - 1, np.bool_)
        self.added += int(add_groups(self.bits, self.parameters.shape.probes, keys, offsets, limit, held, repeated))
        return held, repeated

    def real_rate(self) -> float:
        """The part of new keys that would be taken for known, from the bits as they are. Reads them all."""
        counts = self._fills()
        hits = (np.arange(BLOCK_BITS + 1) / BLOCK_BITS) ** self.parameters.shape.probes
        return float(counts @ hits / counts.sum())

    def held(self) -> int:
        """How many different keys it was given, from the bits as they are: also those that were taken for known."""
        clear = 1 - float(self._fills() @ np.arange(BLOCK_BITS + 1)) / self.bits.size / 64
        if clear == 0:
            return self.added
        a_key = 1 - (1 - 1 / BLOCK_BITS) ** self.parameters.shape.probes
        return max(self.added, round(-math.log(clear) / a_key * len(self.bits)))

    def warning(self, noun: str, read: float = 1.0) -> str | None:
        """What is wrong where it is filled beyond its capacity; `noun`: what its keys are of, as "documents".

        `read` is the part of all documents that it has met: the capacity that is named is for all of them.
        """
        made, rate = self.parameters, self.real_rate()
        if rate <= made.error_rate or (self.added <= made.capacity and rate <= made.refused_rate):
            return None  # what is above by chance alone is no fault
        held = self.held()
        return (
            f"the filter holds {held:,} keys, was made for {made.capacity:,}: of new {noun} {percent(rate)} % would be "
            f"called duplicates by mistake, not {percent(made.error_rate)} %; make it with --capacity "
            f"{math.ceil(held / read)}"
        )

    def is_refused(self) -> bool:
        """Whether so much would be marked by mistake that nothing should be. By the keys added: it costs little."""
        return self.parameters.expected_rate(self.added) > self.parameters.refused_rate

    def _fills(self) -> Numbers:
        from corpusmill.kernels.duplicates.bloom import count_fills

        counts = np.empty(BLOCK_BITS + 1, np.int64)
        count_fills(self.bits, counts)
        return counts


def percent(rate: float) -> str:
    """A rate in per cent, two digits of it.

    >>> percent(0.4123), percent(0.01), percent(1e-7), percent(0.99999)
    ('41', '1', '1e-05', '99.999')
    """
    return f"{100 * rate:.2g}" if rate < 0.99 else f"{100 * rate:.6g}"
