"""Look-ups of words and substrings are what sets and str.count say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.hashes.vocabulary import number_values, table_size
from corpusmill.kernels.matching.occurrences import count_members, count_substring, make_slots

NUMBERS = st.one_of(st.integers(1, 30), st.integers(1, 2**64 - 1))


def substrings(texts: list[bytes], wanted: bytes) -> list[int]:
    ends = np.cumsum([len(text) for text in texts])
    counts = np.empty(len(texts), np.int64)
    data = np.frombuffer(b"".join(texts), np.uint8)
    count_substring(data, ends - [len(text) for text in texts], ends, np.frombuffer(wanted, np.uint8), counts)
    return counts.tolist()


@given(st.lists(st.text("aab ", max_size=300).map(str.encode), min_size=1), st.text("ab ", min_size=1, max_size=4))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_substrings(texts: list[bytes], wanted: str) -> None:
    assert substrings(texts, wanted.encode()) == [text.count(wanted.encode()) for text in texts]


def test_substrings_do_not_reach_into_the_next_document() -> None:
    assert substrings([b"x" * 90 + b"lore", b"m" + b"x" * 90], b"lorem") == [0, 0]
    assert substrings([b"x" * 90 + b"lorem", b"x" * 200], b"lorem") == [1, 0]


@given(st.lists(NUMBERS, unique=True, max_size=200), st.lists(NUMBERS, max_size=200))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_members(listed: list[int], values: list[int]) -> None:
    counts = np.empty(1, np.int64)
    slots = make_slots(np.array(listed, np.uint64))
    count_members(np.array(values, np.uint64), np.array([0, len(values)]), slots, counts)
    assert counts[0] == sum(value in set(listed) for value in values)


@given(st.lists(NUMBERS, min_size=1, max_size=300))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_numbers_follow_first_occurrence(values: list[int]) -> None:
    count = len(values)
    table, ids = np.empty(table_size(count), np.int32), np.empty(count, np.int32)
    distinct, counts = np.empty(count, np.uint64), np.empty(count, np.int32)
    known = number_values(np.array(values, np.uint64), count, table, ids, distinct, counts)
    expected = list(dict.fromkeys(values))
    assert distinct[:known].tolist() == expected
    assert ids.tolist() == [expected.index(value) for value in values]
    assert counts[:known].tolist() == [values.count(value) for value in expected]


@pytest.mark.parametrize("step", [1, 2**32, 2**40])
def test_regular_values_do_not_pile_up(step: int) -> None:
    """Numbering a million values would not end if one slot attracted them."""
    count = 1_000_000
    values = np.arange(count, dtype=np.uint64) * np.uint64(step)
    table, ids = np.empty(table_size(count), np.int32), np.empty(count, np.int32)
    distinct, counts = np.empty(count, np.uint64), np.empty(count, np.int32)
    assert number_values(values, count, table, ids, distinct, counts) == len(np.unique(values))
