"""What a Bloom filter is made for, and what that takes."""

from __future__ import annotations

from dataclasses import dataclass

from corpusmill.dedupe.bloom.rates import MOST_BLOCKS, Shape, expected_rate, least_shape

ERROR_RATE = 0.01  # RedPajama-V2 §12, DCLM §2
# Part of new keys taken for known beyond which nothing is marked: ten times the wanted one, but within these.
REFUSED_TIMES, LEAST_REFUSED_RATE, MOST_REFUSED_RATE = 10, 0.05, 0.5
LEAST_ERROR_RATE, MOST_ERROR_RATE = 1e-15, 0.25


@dataclass(frozen=True)
class BloomParameters:
    """A filter for `capacity` different keys, of which so many give a real false-positive rate of `error_rate`.

    >>> made = BloomParameters(1_000_000, 0.01)
    >>> made.shape, made.shape.bytes
    (Shape(blocks=19372, probes=6), 1239808)
    """

    capacity: int
    error_rate: float = ERROR_RATE

    def mistakes(self) -> list[str]:
        found = []
        if self.capacity < 1:
            found.append(f"capacity {self.capacity:,}: wanted 1 or more different keys")
        if not LEAST_ERROR_RATE <= self.error_rate <= MOST_ERROR_RATE:
            found.append(f"error rate {self.error_rate:g}: wanted {LEAST_ERROR_RATE:g} to {MOST_ERROR_RATE:g}")
        if not found and self.shape.blocks > MOST_BLOCKS:
            found.append(f"a filter for {self.capacity:,} keys at {self.error_rate:g} takes more than 256 GiB")
        return found

    @property
    def shape(self) -> Shape:
        return least_shape(self.capacity, self.error_rate)

    @property
    def refused_rate(self) -> float:
        """The real rate beyond which a filter marks nothing unless it is told to go on."""
        return min(max(REFUSED_TIMES * self.error_rate, LEAST_REFUSED_RATE), MOST_REFUSED_RATE)

    def expected_rate(self, keys: int) -> float:
        """The false-positive rate when the filter holds so many different keys."""
        return expected_rate(keys, self.shape)
