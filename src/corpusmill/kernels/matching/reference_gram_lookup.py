"""Known runs of units in plain Python: oracle of kernels/matching/gram_lookup.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def runs(units: Sequence[str], size: int, known: Mapping[tuple[str, ...], int]) -> list[tuple[int, int]]:
    """Where each run of `size` units begins that is known, and which it is.

    >>> runs(["a", "b", "a", "b"], 2, {("a", "b"): 7})
    [(0, 7), (2, 7)]
    """
    return whole({run: which for run, which in known.items() if len(run) == size}, units)


def whole(known: Mapping[tuple[str, ...], int], units: Sequence[str]) -> list[tuple[int, int]]:
    """Where each known run of any length begins, and which it is; by place, then by number."""
    return sorted(
        (place, which)
        for run, which in known.items()
        for place in range(len(units) - len(run) + 1)
        if tuple(units[place : place + len(run)]) == run
    )
