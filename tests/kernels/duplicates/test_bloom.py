"""The blocked Bloom filter against plain Python: bit for bit, key for key."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.duplicates import bloom, reference_bloom

TOP = 2**64 - 1
half = st.integers(0, TOP) | st.sampled_from([0, 1, 2**32, 2**63, TOP])
keys_of = st.lists(st.tuples(half, half), max_size=40)
checked = settings(derandomize=True, max_examples=80, deadline=None)


def as_array(keys: list[tuple[int, int]]) -> np.ndarray:
    return np.array(keys, np.uint64).reshape(-1, 2)


def as_blocks(bits: np.ndarray) -> list[int]:
    return [int.from_bytes(block.astype("<u8").tobytes(), "little") for block in bits]


@checked
@given(keys_of, keys_of, st.integers(1, 9), st.integers(1, 40))
def test_add_and_test(first: list[tuple[int, int]], second: list[tuple[int, int]], blocks: int, probes: int):
    bits, plain = np.zeros((blocks, bloom.BLOCK_WORDS), np.uint64), [0] * blocks
    for keys in (first, second, first):
        seen = np.empty(len(keys), np.bool_)
        added = bloom.add_keys(bits, probes, as_array(keys), seen)
        assert seen.tolist() == reference_bloom.add(plain, probes, keys)
        assert added == len(keys) - seen.sum()
        assert as_blocks(bits) == plain
    asked = first + second + [(lower, upper) for upper, lower in first]
    seen = np.empty(len(asked), np.bool_)
    bloom.test_keys(bits, probes, as_array(asked), seen)
    assert seen.tolist() == [reference_bloom.add(list(plain), probes, [key])[0] for key in asked]
    assert as_blocks(bits) == plain, "a test changes nothing"
    assert seen[: len(first + second)].all(), "no key is forgotten"


@checked
@given(
    st.lists(st.lists(st.tuples(st.sampled_from([0, TOP]), st.integers(0, 5)), max_size=6), max_size=12),
    st.sampled_from([0.0, 0.5, 0.8, 1.0]),
)
def test_groups_are_added_whole_or_not_at_all(groups: list[list[tuple[int, int]]], limit: float):
    blocks, probes = 3, 5
    bits, plain = np.zeros((blocks, bloom.BLOCK_WORDS), np.uint64), [0] * blocks
    offsets = np.cumsum([0, *map(len, groups)])
    held, repeated = np.empty(len(groups), np.int64), np.empty(len(groups), np.bool_)
    keys = as_array([key for group in groups for key in group])
    added = bloom.add_groups(bits, probes, keys, offsets, limit, held, repeated)
    expected = reference_bloom.add_groups(plain, probes, groups, limit)
    assert list(zip(held.tolist(), repeated.tolist(), strict=True)) == expected
    assert as_blocks(bits) == plain
    assert added <= sum(map(len, groups))


@pytest.mark.parametrize(
    ("held", "keys", "limit", "repeated"),
    [
        (4, 5, 0.8, False),  # more than 0.8, not as much
        (5, 6, 0.8, True),
        (0, 1, 0.0, False),
        (1, 1, 0.0, True),
        (0, 0, 0.0, False),  # nothing of nothing
    ],
)
def test_the_limit_is_exceeded_not_reached(held: int, keys: int, limit: float, repeated: bool):
    rng = np.random.default_rng(7)
    drawn = rng.integers(0, TOP, (keys, 2), np.uint64, endpoint=True)
    bits = np.zeros((1000, bloom.BLOCK_WORDS), np.uint64)
    bloom.add_keys(bits, 7, drawn[:held], np.empty(held, np.bool_))
    counts, found = np.empty(1, np.int64), np.empty(1, np.bool_)
    bloom.add_groups(bits, 7, drawn, np.array([0, keys]), limit, counts, found)
    assert (counts[0], found[0]) == (held, repeated)
    seen = np.empty(keys, np.bool_)
    bloom.test_keys(bits, 7, drawn, seen)
    assert seen.sum() == (held if repeated else keys), "what is repeated is not added"


def test_blocks_have_equal_shares_and_probes_reach_every_bit():
    rng = np.random.default_rng(1)
    keys = rng.integers(0, TOP, (70_000, 2), np.uint64, endpoint=True)
    bits = np.zeros((7, bloom.BLOCK_WORDS), np.uint64)
    first = np.empty(len(keys), np.bool_)
    bloom.add_keys(bits, 16, keys, first)
    assert (bits == TOP).all()
    shares = np.bincount([upper * 7 >> 64 for upper in keys[:, 0].tolist()])
    assert (abs(shares - 10_000) < 400).all()


def test_fills():
    bits = np.zeros((4, bloom.BLOCK_WORDS), np.uint64)
    bits[1], bits[2, 3] = TOP, 5
    counts = np.empty(513, np.int64)
    bloom.count_fills(bits, counts)
    assert {n: c for n, c in enumerate(counts.tolist()) if c} == {0: 2, 2: 1, 512: 1}
