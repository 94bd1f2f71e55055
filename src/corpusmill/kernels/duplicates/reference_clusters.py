"""Clusters in plain Python: oracle of the kernels."""

from __future__ import annotations

from collections.abc import Sequence


def clusters(signatures: Sequence[Sequence[int] | None], bands: int, rows: int) -> dict[int, int]:
    """Document → least document of its component, for documents in components of two or more; null: no bands.

    >>> clusters([[1, 2], [9, 2], None, [9, 8], [5, 5]], 2, 1)
    {0: 0, 1: 0, 3: 0}
    """
    buckets: dict[tuple[int, bytes], list[int]] = {}
    for document, signature in enumerate(signatures):
        for band in range(bands) if signature is not None else ():
            assert signature is not None
            values = signature[band * rows : (band + 1) * rows]
            key = band, b"".join((value % 2**32).to_bytes(4, "big") for value in values)
            buckets.setdefault(key, []).append(document)
    return components([(document, bucket[0]) for bucket in buckets.values() for document in bucket[1:]])


def components(edges: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Node → least node of its component, for every node that an edge names, ascending."""
    parents: dict[int, int] = {}

    def root(node: int) -> int:
        while parents.setdefault(node, node) != node:
            node = parents[node]
        return node

    for left, right in edges:
        least, greatest = sorted((root(left), root(right)))
        parents[greatest] = least
    return {node: root(node) for node in sorted(parents)}
