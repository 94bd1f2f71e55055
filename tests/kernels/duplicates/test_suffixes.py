"""Suffix arrays, common prefixes and what is read off them, against plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.duplicates import reference_substrings as plain
from corpusmill.kernels.duplicates.suffixes import (
    common_prefixes,
    copies_by_suffix,
    maximal_repeats,
    number_hashes,
    suffix_array,
)

sequences = st.integers(1, 4).flatmap(lambda values: st.lists(st.integers(0, values), max_size=60))


def sorted_suffixes(ids: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    given_ids = np.array(ids, np.int32)
    order = suffix_array(given_ids, max(ids, default=0) + 1)
    prefixes = np.full(len(ids), -1, np.int32)
    common_prefixes(given_ids, order, np.empty(len(ids), np.int32), prefixes)
    return given_ids, order, prefixes


@pytest.mark.parametrize(
    "ids",
    [
        [],
        [0],
        [5],
        [0] * 20,
        list(range(20)),
        list(range(20))[::-1],
        [0, 1] * 10,
        [1, 0] * 10,
        [2, 1, 3, 1, 3, 1, 0],  # banana
        [1, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1] * 3,
    ],
)
def test_tables(ids: list[int]):
    _, order, prefixes = sorted_suffixes(ids)
    assert order.tolist() == plain.suffix_array(ids)
    assert prefixes.tolist() == plain.common_prefixes(ids, order.tolist())


@settings(derandomize=True, max_examples=600, deadline=None)
@given(sequences)
def test_any_sequence(ids: list[int]):
    _, order, prefixes = sorted_suffixes(ids)
    assert order.tolist() == plain.suffix_array(ids)
    assert prefixes.tolist() == plain.common_prefixes(ids, order.tolist())


@pytest.mark.parametrize("values", [2, 3, 300, 20_000])
def test_long_sequences_are_sorted(values: int):
    """Neighbours in the order compare as they should, so all do; Fibonacci's word goes deepest into the recursion."""
    ids = np.random.RandomState(values).randint(0, values, 30_000).astype(np.int32)
    if values == 2:
        left, right = [0], [0, 1]
        while len(right) < 30_000:
            left, right = right, right + left
        ids = np.array(right[:30_000], np.int32)
    order = suffix_array(ids, values)
    assert np.array_equal(np.sort(order), np.arange(len(ids)))
    ranks = np.empty(len(ids) + 1, np.int64)
    ranks[order] = np.arange(len(ids))
    ranks[-1] = -1
    left, right = order[:-1], order[1:]
    assert ((ids[left] < ids[right]) | ((ids[left] == ids[right]) & (ranks[left + 1] < ranks[right + 1]))).all()


@settings(derandomize=True, max_examples=300, deadline=None)
@given(sequences, st.integers(1, 4), st.booleans())
def test_copies_of_windows(ids: list[int], size: int, every: bool):
    _, order, prefixes = sorted_suffixes(ids)
    found = np.ones(len(ids), np.bool_)
    copies_by_suffix(order, prefixes, size, every, found)
    windows = [tuple(ids[i : i + size]) for i in range(len(ids) - size + 1)]
    expected = [
        windows.count(window) > 1 if every else windows.index(window) + size <= i for i, window in enumerate(windows)
    ]
    assert found.tolist() == expected + [False] * (len(ids) - len(windows))


def plain_repeats(ids: list[int], size: int) -> list[tuple[int, int, int]]:
    places: dict[tuple[int, ...], list[int]] = {}
    for start in range(len(ids)):
        for end in range(start + size, len(ids) + 1):
            places.setdefault(tuple(ids[start:end]), []).append(start)
    ends = [None, *ids, None]
    return sorted(
        (len(one), len(found), found[0])
        for one, found in places.items()
        if len(found) > 1
        and (0 in found or len({ends[at] for at in found}) > 1)
        and (len(ids) - len(one) in found or len({ends[at + len(one) + 1] for at in found}) > 1)
    )


@settings(derandomize=True, max_examples=400, deadline=None)
@given(sequences, st.integers(1, 4))
def test_maximal_repeats(ids: list[int], size: int):
    given_ids, order, prefixes = sorted_suffixes(ids)
    found = np.empty((1000, 3), np.int64)
    count = maximal_repeats(given_ids, order, prefixes, size, found)
    assert sorted(map(tuple, found[:count].tolist())) == plain_repeats(ids, size)
    assert maximal_repeats(given_ids, order, prefixes, size, np.empty((0, 3), np.int64)) == count


def test_many_nested_repeats_outgrow_the_stack():
    given_ids, order, prefixes = sorted_suffixes([0] * 500)
    found = np.empty((1000, 3), np.int64)
    count = maximal_repeats(given_ids, order, prefixes, 1, found)
    assert sorted(map(tuple, found[:count].tolist())) == [(size, 501 - size, 0) for size in range(1, 500)]


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.lists(st.sampled_from([0, 1, 7, 8, 14, 2**64 - 1]), max_size=5), max_size=5))
def test_numbers_of_tokens(texts: list[list[int]]):
    firsts = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    hashes = np.array([h for text in texts for h in text], np.uint64)
    slots, numbers = np.zeros(7, np.uint64), np.full(7, -1, np.int32)
    out = np.empty(len(hashes) + len(texts), np.int32)
    given_out = number_hashes(hashes, firsts, slots, numbers, 0, out)
    known: dict[object, int] = {}
    labels = [label for i, text in enumerate(texts) for label in [*text, f"end {i}"]]
    assert out.tolist() == [known.setdefault(label, len(known)) for label in labels]
    assert given_out == len(known)
