"""Grouping and joining rows against plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.duplicates.row_tables import EMPTY, group_rows, join_rows, meet_rows

TOP = 2**64 - 1
number = st.integers(0, 20) | st.integers(TOP - 20, TOP) | st.integers(0, TOP)


@settings(derandomize=True, max_examples=80, deadline=None)
@given(st.lists(st.tuples(number, number), max_size=40), st.integers(1, 7), st.integers(1, 30) | st.just(TOP // 3))
def test_groups_keep_the_order_of_their_rows(rows: list[tuple[int, int]], groups: int, width: int):
    given_rows = np.array(rows, np.uint64).reshape(-1, 2)
    counts, out = np.full(groups, -1, np.int64), np.empty_like(given_rows)
    group_rows(given_rows, np.uint64(width), counts, out)
    numbers = [min(first // width, groups - 1) for first, _ in rows]
    assert counts.tolist() == [numbers.count(group) for group in range(groups)]
    assert out.tolist() == [list(row) for _, row in sorted(zip(numbers, rows, strict=True), key=lambda pair: pair[0])]


def plain_pairs(rows: list[tuple[int, int, int]]) -> list[list[int]]:
    least: dict[tuple[int, int], int] = {}
    pairs = []
    for upper, lower, owner in rows:
        known = least.setdefault((upper, lower), owner)
        if known != owner:
            pairs.append([max(known, owner), min(known, owner)])
            least[upper, lower] = min(known, owner)
    return pairs


key = st.sampled_from([0, 1, 2**31, 2**32, 2**63, TOP])  # many share slots, and halves without being equal


@settings(derandomize=True, max_examples=120, deadline=None)
@given(st.lists(st.tuples(key, key, st.integers(0, 5) | st.just(TOP - 1)), max_size=60), st.integers(0, 20))
def test_pairs_are_those_of_equal_keys(rows: list[tuple[int, int, int]], spare: int):
    given_rows = np.array(rows, np.uint64).reshape(-1, 3)
    distinct = len({row[:2] for row in rows})
    table = np.full((distinct + spare + 1, 3), EMPTY, np.uint64)
    pairs = np.empty((len(rows), 2), np.uint64)
    done, filled, found = join_rows(given_rows, table, 0, distinct, pairs)
    assert (done, filled) == (len(rows), distinct)
    assert pairs[:found].tolist() == plain_pairs(rows)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_full_table_stops_at_the_first_new_key(limit: int):
    rows = np.array([[1, 0, 5], [1, 0, 4], [2, 0, 6], [1, 0, 3], [3, 0, 7], [2, 0, 8], [4, 0, 9]], np.uint64)
    table, pairs = np.full((8, 3), EMPTY, np.uint64), np.empty((7, 2), np.uint64)
    done, filled, found = join_rows(rows, table, 0, limit, pairs)
    assert (done, filled) == ({1: 2, 2: 4, 3: 6}[limit], limit)
    assert pairs[:found].tolist() == [[5, 4], [4, 3], [8, 6]][:limit]


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.sets(st.tuples(number, number), max_size=40), st.sets(st.tuples(number, number), max_size=400))
def test_keys_of_two_lists_meet(new: set[tuple[int, int]], old: set[tuple[int, int]]):
    lists = [
        np.array([(*key, n) for n, key in enumerate(sorted(keys))], np.uint64).reshape(-1, 3) for keys in (new, old)
    ]
    for one, other in (lists, lists[::-1]):
        pairs = np.empty((min(len(one), len(other)), 2), np.uint64)
        owner = {tuple(row[:2]): row[2] for row in other.tolist()}
        expected = [[row[2], owner[tuple(row[:2])]] for row in one.tolist() if tuple(row[:2]) in owner]
        assert pairs[: meet_rows(one, other, pairs)].tolist() == expected
