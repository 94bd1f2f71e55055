"""The hashes of an index, laid out for kernels/matching/gram_lookup.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from corpusmill.batch import Hashes, Int32s, Int64s

_BITS_PER_HASH = 4  # as a power of two
_ROOM = 1 << 16  # of a batch's hits, at first


class Hits(NamedTuple):
    """What was found, by place ascending."""

    places: Int64s
    grams: Int64s


@dataclass(frozen=True)
class Table:
    """Sorted distinct hashes; arrays may lie in a mapped file."""

    hashes: Hashes
    buckets: Int32s  # [2^b + 1]
    bits: Hashes  # [2^(b + _BITS_PER_HASH) / 64]

    @classmethod
    def of(cls, hashes: Hashes) -> Table:
        """Lay out sorted distinct hashes.

        >>> Table.of(np.array([5, 9], np.uint64)).find(np.array([9, 4, 5], np.uint64))
        Hits(places=array([0, 2]), grams=array([1, 0]))
        """
        from corpusmill.kernels.matching.gram_lookup import mark

        width = max(4, len(hashes).bit_length())
        uppers = (hashes >> np.uint64(64 - width)).astype(np.int64)
        buckets = np.append(0, np.cumsum(np.bincount(uppers, minlength=1 << width))).astype(np.int32)
        bits = np.zeros(max(1, 1 << (width + _BITS_PER_HASH - 6)), np.uint64)
        mark(hashes, 64 - width - _BITS_PER_HASH, bits)
        return cls(hashes, buckets, bits)

    @property
    def _layout(self) -> tuple[Hashes, Int32s, int, Hashes, int]:
        width = (len(self.buckets) - 1).bit_length() - 1
        return self.hashes, self.buckets, 64 - width, self.bits, 64 - width - _BITS_PER_HASH

    def find(self, hashes: Hashes) -> Hits:
        """Those of `hashes` that are known."""
        from corpusmill.kernels.matching.gram_lookup import find_known

        room = _ROOM
        while True:
            hits = Hits(np.empty(room, np.int64), np.empty(room, np.int64))
            room = find_known(hashes, *self._layout, *hits)
            if room <= len(hits.places):
                return Hits(hits.places[:room], hits.grams[:room])

    def find_runs(self, units: Hashes, offsets: Int64s, size: int) -> Hits:
        """The runs of `size` units that are known; places: their first units."""
        from corpusmill.kernels.matching.gram_lookup import find_runs

        room = _ROOM
        while True:
            hits = Hits(np.empty(room, np.int64), np.empty(room, np.int64))
            room = find_runs(units, offsets, size, *self._layout, *hits)
            if room <= len(hits.places):
                return Hits(hits.places[:room], hits.grams[:room])
