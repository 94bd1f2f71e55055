"""Windows with enough different marks, against all windows one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.matching.windows import best_windows

MARKS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4)), max_size=15)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(groups=st.lists(MARKS, max_size=4), width=st.integers(1, 12), needed=st.integers(1, 4))
def test_against_all_windows(groups: list[list[tuple[int, int]]], width: int, needed: int):
    groups = [sorted(group, key=lambda mark: mark[0]) for group in groups]
    flat = [mark for group in groups for mark in group]
    offsets = np.append(0, np.cumsum([len(group) for group in groups])).astype(np.int64)
    kept, best = np.zeros(len(flat), np.bool_), np.full(len(groups), -1, np.int64)
    places, marks = (np.array([mark[i] for mark in flat], np.int64) for i in (0, 1))
    count = len(groups)
    best_windows(offsets, places, marks, np.full(count, width), np.full(count, needed), 5, kept, best)
    expected_kept, expected_best = [], []
    for group in groups:
        windows = [
            {mark for mark in enumerate(group) if start <= mark[1][0] < start + width} for start in range(-width, 32)
        ]
        different = [len({mark for _, (_, mark) in window}) for window in windows]
        expected_best.append(max(different, default=0))
        good = set().union(*(w for w, n in zip(windows, different, strict=True) if n >= needed))
        expected_kept += [mark in good for mark in enumerate(group)]
    assert best.tolist() == expected_best
    assert kept.tolist() == expected_kept
