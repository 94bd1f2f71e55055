"""Band keys against the definition of the multilinear hash."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.duplicates.band_keys import LANES, band_rows

RANDOM = np.random.RandomState(3)


def plain_key(values: list[int], factors: np.ndarray, start: np.ndarray) -> tuple[int, int]:
    lanes = [
        (int(start[lane]) + sum(int(f) * v for f, v in zip(factors[:, lane], values, strict=True))) % 2**64 >> 32
        for lane in range(LANES)
    ]
    return lanes[0] << 32 | lanes[1], lanes[2] << 32 | lanes[3]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.integers(1, 4),
    st.integers(1, 5),
    st.integers(0, 2),
    st.lists(st.booleans(), max_size=6),
    st.integers(0, 2**64 - 10),
    st.integers(0, 2**32 - 1),
)
def test_rows_are_the_definition(bands: int, rows: int, unused: int, present: list[bool], first: int, seed: int):
    random = np.random.RandomState(seed)
    values = random.randint(0, 2**32, (len(present), bands * rows + unused), np.uint64).astype(np.uint32)
    factors = random.randint(0, 2**64, (rows, LANES), np.uint64)
    starts = random.randint(0, 2**64, (bands, LANES), np.uint64)
    out = np.zeros((len(present) * bands, 3), np.uint64)
    filled = band_rows(values, np.array(present, bool), np.uint64(first), factors, starts, out)
    expected = [
        [*plain_key(values[i, band * rows : (band + 1) * rows].tolist(), factors, starts[band]), first + i]
        for i in range(len(present))
        if present[i]
        for band in range(bands)
    ]
    assert out[:filled].tolist() == expected


def test_neighbouring_values_spread_over_all_bits():
    """Bands that differ in one low bit: keys differ in every one of their 128 bits about half of the time."""
    values = np.repeat(RANDOM.randint(0, 2**32, 4, np.uint64).astype(np.uint32)[None], 4096, axis=0)
    values[:, 3] = np.arange(4096)
    factors, starts = RANDOM.randint(0, 2**64, (4, LANES), np.uint64), RANDOM.randint(0, 2**64, (1, LANES), np.uint64)
    out = np.empty((4096, 3), np.uint64)
    band_rows(values, np.ones(4096, bool), np.uint64(0), factors, starts, out)
    bits = np.unpackbits(out[:, :2].copy().view(np.uint8), axis=1)
    assert ((bits.mean(axis=0) > 0.4) & (bits.mean(axis=0) < 0.6)).all()
    assert len(np.unique(out[:, :2], axis=0)) == 4096
