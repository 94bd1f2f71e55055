"""Union–find against plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.duplicates import union_find
from corpusmill.kernels.duplicates.reference_clusters import components

pairs_of_nodes = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda pair: (max(pair), min(pair))))


def array(pairs: list[tuple[int, int]]) -> np.ndarray:
    return np.array(pairs, np.uint64).reshape(-1, 2)


@pytest.mark.parametrize("dtype", [np.uint32, np.uint64])
@settings(derandomize=True, max_examples=60, deadline=None)
@given(pairs=pairs_of_nodes)
def test_roots_are_the_least_nodes(dtype: type, pairs: list[tuple[int, int]]):
    parents, shared = np.arange(31, dtype=dtype), np.zeros(31, np.uint8)
    union_find.unite(array(pairs), np.uint64(0), parents)
    union_find.flatten(parents, shared)
    plain = components(pairs)
    assert parents.tolist() == [plain.get(node, node) for node in range(31)]
    company = {root for node, root in plain.items() if node != root}
    assert np.flatnonzero(shared).tolist() == sorted(company)


def test_a_long_chain_in_the_worst_order():
    nodes = 200_000
    chain = array([(node + 1, node) for node in range(nodes - 1)])
    for order in (chain, chain[::-1]):
        parents = np.arange(nodes, dtype=np.uint32)
        union_find.unite(np.ascontiguousarray(order), np.uint64(0), parents)
        union_find.flatten(parents, np.zeros(nodes, np.uint8))
        assert not parents.any()


def test_pairs_that_leave_the_range():
    base = np.uint64(10)
    pairs = array([(12, 11), (12, 3), (11, 2), (11, 5), (13, 4), (14, 13), (11, 2)])
    parents, least = np.arange(5, dtype=np.uint32), np.full(5, union_find.NO_NODE, np.uint64)
    union_find.unite(pairs, base, parents)
    union_find.flatten(parents, np.zeros(5, np.uint8))
    assert parents.tolist() == [0, 1, 1, 3, 3]
    union_find.least_outside(pairs, base, parents, least)
    none = int(union_find.NO_NODE)
    assert least.tolist() == [none, 2, none, 4, none]
    out = np.empty_like(pairs)
    count = union_find.pairs_outside(pairs, base, parents, least, out)
    assert out[:count].tolist() == [[3, 2], [5, 2]]


def test_answers():
    parents, shared = np.array([0, 0, 2], np.uint32), np.zeros(3, np.uint8)
    labels, out = np.array([4, 99, 12], np.uint64), np.empty((2, 2), np.uint64)
    union_find.answer(array([(11, 20), (12, 31)]), np.uint64(10), parents, labels, shared, out)
    assert out.tolist() == [[20, 4], [31, 12]]
    assert shared.tolist() == [1, 0, 1]
