"""Plans stay within the memory they are given."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corpusmill.dedupe.partitions import LEAST_MEMORY_BYTES, Partitions, plan


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.integers(0, 10**11), st.integers(1, 128), st.integers(LEAST_MEMORY_BYTES, 1 << 40))
def test_no_step_takes_more_than_the_memory(documents: int, bands: int, memory_bytes: int):
    try:
        found = plan(documents, bands, memory_bytes)
    except ValueError:
        assume(False)
    assert found.peak_bytes <= memory_bytes
    assert found.partitions >= 1 and found.ranges >= 1
    assert found.range_documents * found.ranges >= documents
    assert found.slots * found.partitions >= 1.5 * found.rows


@pytest.mark.parametrize(
    ("documents", "memory_bytes", "ranges"),
    [(0, 16 << 20, 1), (1_000_000, 16 << 20, 1), (10_000_000, 32 << 20, 10), (100_000_000, 4 << 30, 1)],
)
def test_documents_are_cut_where_they_do_not_fit(documents: int, memory_bytes: int, ranges: int):
    assert plan(documents, 9, memory_bytes).ranges == ranges


def test_ten_billion_documents_on_one_machine():
    found = plan(10_000_000_000, 9, 32 << 30)
    assert found.peak_bytes <= 32 << 30 and found.ranges == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, 1, LEAST_MEMORY_BYTES - 1), "at least 16777216 bytes"),
        ((-1, 1, 1 << 30), "found -1"),
        ((1, 0, 1 << 30), "found 1 and 0"),
        ((1_000_000_000, 9, 64 << 20), "more than 67108864 bytes"),
    ],
)
def test_what_cannot_be_planned(arguments: tuple[int, int, int], message: str):
    with pytest.raises(ValueError, match=message):
        plan(*arguments)


def test_several_ranges_take_more_disk():
    one, two = (Partitions(1000, 9, 1, ranges, 1 << 20) for ranges in (1, 2))
    assert one.bytes_on_disk == 1000 * 9 * 24
    assert two.bytes_on_disk == 1000 * 9 * (24 + 16) + 1000 * 36
