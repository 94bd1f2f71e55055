"""Greedy clusters against their plain oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.duplicates.leaders import lead, similarity
from corpusmill.kernels.duplicates.reference_leaders import lead as plain

FACTOR = 0x9E3779B97F4A7C15  # spreads small numbers as hashes are


def found(groups: list[list[frozenset[int]]], minimum: float, contained: bool) -> list[list[tuple[int, float]]]:
    sets = [one for group in groups for one in group]
    hashes = [sorted(element * FACTOR % 2**64 for element in one) for one in sets]
    ends = np.cumsum([0, *map(len, hashes)])
    bounds = np.cumsum([0, *map(len, groups)])
    leaders, similarities = np.empty(len(sets), np.int64), np.empty(len(sets))
    flat = np.array([value for one in hashes for value in one], np.uint64)
    lead(flat, ends[:-1], ends[1:], bounds, minimum, contained, leaders, similarities)
    return [
        [(int(leaders[i]) - begin, float(similarities[i])) for i in range(begin, end)]
        for begin, end in zip(bounds.tolist(), bounds[1:].tolist(), strict=False)
    ]


SETS = st.frozensets(st.integers(0, 15), min_size=1, max_size=12)


@settings(derandomize=True, max_examples=400, deadline=None)
@given(
    st.lists(st.lists(SETS, max_size=14), max_size=3),
    st.sampled_from([0.1, 1 / 3, 0.5, 2 / 3, 0.75, 0.8, 0.9, 1.0]),
    st.booleans(),
)
def test_as_the_oracle(groups: list[list[frozenset[int]]], minimum: float, contained: bool):
    assert found(groups, minimum, contained) == [plain(group, minimum, contained) for group in groups]


@pytest.mark.parametrize(
    ("one", "other", "minimum", "contained", "expected"),
    [
        ([1, 2, 3, 4], [1, 2, 3, 4], 1.0, False, 1.0),
        ([1, 2, 3, 4], [1, 2, 3, 5], 0.6, False, 0.6),
        ([1, 2, 3, 4], [1, 2, 3, 5], 0.61, False, -1.0),
        ([1, 2], [1, 2, 3, 4, 5, 6, 7, 8], 0.9, True, 1.0),
        ([1, 2, 3, 4, 5, 6, 7, 8], [1, 2], 0.25, True, 0.25),
        ([1], [2], 0.1, False, -1.0),
        ([], [2], 0.1, False, -1.0),
    ],
)
def test_similarity(one: list[int], other: list[int], minimum: float, contained: bool, expected: float):
    assert similarity(np.array(one, np.uint64), np.array(other, np.uint64), minimum, contained) == expected


def test_a_chain_does_not_pull_in_what_is_not_similar_to_the_leader():
    chain = [frozenset(range(n, n + 10)) for n in range(0, 40, 1)]
    leaders = [leader for leader, _ in found([chain], 0.8, False)[0]]
    assert leaders == [n - n % 2 for n in range(40)]  # 9 of 11 shared with the neighbour, 8 of 12 with the next


def test_many_of_one_kind_take_linear_time():
    same = [frozenset(range(50)) | {1000 + n} for n in range(20_000)]
    assert {leader for leader, _ in found([same], 0.8, False)[0]} == {0}
