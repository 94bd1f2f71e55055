"""What the first stage says of a block's surroundings, and the choice of blocks, in plain Python: for tests."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import combinations
from typing import Any

from corpusmill.kernels.blocks.reference_features import Row
from corpusmill.kernels.blocks.reference_page import NOTHING, Block, Element, page_of

_NEIGHBOURS, _WINDOWS, _LEVELS = 3, (3, 8, 20), 5


def context_of(pages: Any, number: int, candidate: Sequence[bool], probabilities: Sequence[float]) -> list[Row]:
    """By name the context of each candidate of a page, out of the `probabilities` of its candidates."""
    page = page_of(pages, number, candidate)
    blocks, n = page.blocks, len(page.blocks)
    likely = dict(zip(map(id, blocks), probabilities, strict=True))
    weights = {id(block): weight_of(block.counts) + 0.5 for block in blocks}
    balance = [weights[id(block)] * (2 * likely[id(block)] - 1) for block in blocks]

    def mean(some: Sequence[Block]) -> float:
        return sum(weights[id(b)] * likely[id(b)] for b in some) / sum(weights[id(b)] for b in some)

    def gain(element: Element) -> float:
        return sum(weights[id(block)] * (2 * likely[id(block)] - 1) for block in element.blocks)

    def alike(own: Block, kind: Callable[[Block], Hashable]) -> float:
        return mean([block for block in blocks if kind(block) == kind(own)])

    tree: Element | None = None
    for element in page.elements:
        if element.blocks and (tree is None or gain(element) >= gain(tree)):
            tree = element
    begins, ends = best_run(balance)
    rows: list[Row] = []
    for i, block in enumerate(blocks):
        row: Row = {"likely": probabilities[i]}
        for distance in range(-_NEIGHBOURS, _NEIGHBOURS + 1):
            if distance:
                row[f"likely{distance:+d}"] = probabilities[i + distance] if 0 <= i + distance < n else NOTHING
        for reach in _WINDOWS:
            row[f"likely_window{reach}"] = mean(blocks[max(0, i - reach) : i + reach + 1])
        levels: list[Element] = []
        for element in block.element.chain():
            if not levels or len(element.blocks) > len(levels[-1].blocks):
                levels.append(element)
        for level in range(_LEVELS):
            row[f"likely_container{level}"] = mean(levels[level].blocks) if level < len(levels) else NOTHING
        row["likely_tree"] = any(element is tree for element in block.element.chain())
        row["likely_run"] = begins <= i <= ends
        row["likely_run_blocks"] = i - begins if i < begins else max(0, i - ends)
        row["likely_share"], row["likely_most"] = mean(blocks), max(probabilities)
        main = [weights[id(b)] * likely[id(b)] for b in blocks]
        row["likely_before"] = sum(main[:i]) / sum(main) if sum(main) else 0.0
        row["likely_path"], row["likely_class"] = alike(block, _path), alike(block, _class)
        row["likely_balance_before"], row["likely_balance_behind"] = _faded(balance[:i]), _faded(balance[:i:-1])
        rows.append(row)
    return rows


def _path(block: Block) -> Hashable:
    return block.same_path


def _class(block: Block) -> Hashable:
    return block.same_class


def weight_of(counts: dict[str, int]) -> int:
    """Words, and characters where words are not parted by spaces."""
    return counts["words"] + counts["unspaced_chars"]


def best_run(balance: Sequence[float]) -> tuple[int, int]:
    """First and last of the run with the highest sum: that which ends first, and of those the shortest.

    >>> best_run([1, -2, 3, -1, 2, -9, 4])
    (2, 4)
    """
    runs = [(first, last) for last in range(len(balance)) for first in range(last, -1, -1)]
    return max(runs, key=lambda run: sum(balance[run[0] : run[1] + 1]))


def _faded(balance: Sequence[float]) -> float:
    """The sum of what went before, the older the less, never beyond 200 either way."""
    value = 0.0
    for one in balance:
        value = max(-200.0, min(200.0, 0.7 * value + one))
    return value


def expected_f(probabilities: Sequence[float], weights: Sequence[float], kept: Sequence[int], recall: float) -> float:
    """(1 + recall) E[words rightly kept] / (words kept + recall × E[words of main content]); 0 where there are none."""
    right = sum(probabilities[i] * weights[i] for i in kept)
    main = sum(p * w for p, w in zip(probabilities, weights, strict=True))
    whole = sum(weights[i] for i in kept) + recall * main
    return (1 + recall) * right / whole if whole else 0.0


def highest_f(probabilities: Sequence[float], weights: Sequence[float], recall: float) -> float:
    """The highest expected F over all subsets of at least one block; takes 2 ^ blocks.

    >>> highest_f([1.0, 0.0], [5, 5], 1.0)
    1.0
    """
    every = range(len(weights))
    return max(expected_f(probabilities, weights, kept, recall) for k in every for kept in combinations(every, k + 1))
