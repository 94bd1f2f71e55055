"""Greedy clusters in plain Python: oracle of kernels/duplicates/leaders.py."""

from __future__ import annotations

from collections.abc import Sequence


def lead(sets: Sequence[frozenset[int]], minimum: float, contained: bool = False) -> list[tuple[int, float]]:
    """(leader, similarity to it) of each set, in order: the most similar leader before it, the earliest of equals.

    >>> lead([frozenset({1, 2, 3}), frozenset({9}), frozenset({1, 2})], 0.6)
    [(0, 1.0), (1, 1.0), (0, 0.6666666666666666)]
    """
    found: list[tuple[int, float]] = []
    for i, own in enumerate(sets):
        best = (i, 1.0)
        for j in range(i):
            if found[j][0] == j:
                shared = len(own & sets[j])
                similarity = shared / len(own) if contained else shared / len(own | sets[j])
                if similarity >= minimum and (best[0] == i or similarity > best[1]):
                    best = (j, similarity)
        found.append(best)
    return found
