"""Which of the marks along a text lie in a window with enough different ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.machine_code.jit import kernel


@kernel
def best_windows(
    groups: Any, places: Any, marks: Any, widths: Any, needed: Any, most: Any, kept: Any, best: Any
) -> None:
    """kept bool: marks in a window of their group with at least `needed` different marks; best int64: the most in one.

    Marks of group g are groups[g]:groups[g + 1], by places ascending; mark numbers are below `most`. A window of group
    g holds places that differ by less than widths[g]. `best` is by group.
    """
    counts = np.zeros(most, np.int64)
    for group in range(len(groups) - 1):
        first = groups[group]
        different = 0
        done = first  # those before are kept or not for good
        best[group] = 0
        for last in range(groups[group], groups[group + 1]):
            counts[marks[last]] += 1
            different += counts[marks[last]] == 1
            while places[last] - places[first] >= widths[group]:
                counts[marks[first]] -= 1
                different -= counts[marks[first]] == 0
                first += 1
            best[group] = max(best[group], different)
            if different >= needed[group]:
                for at in range(max(first, done), last + 1):
                    kept[at] = True
                done = last + 1
        for at in range(first, groups[group + 1]):
            counts[marks[at]] = 0
