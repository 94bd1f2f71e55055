"""What the first stage says of a block's surroundings: columns for the second."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import borrowed
from corpusmill.kernels.blocks.page import Parsed, lent, weight
from corpusmill.machine_code.jit import kernel

NEIGHBOURS = 3  # on either side
WINDOWS = (3, 8, 20)  # blocks on either side
LEVELS = 5  # containers around a block, each with more text than the one before
_DECAY, _MOST = 0.7, 200.0  # of the balance that goes along the page


@kernel
def block_context(parsed: Parsed, blocks: Any, groups: Any, firsts: Any, probabilities: Any, out: Any, at: int) -> None:
    """Fill columns of `out` float32 from `at`, a row a candidate, by the `probabilities` float32 of the first stage.

    blocks int64: row of each candidate, those of a page from `firsts[page]`; groups: as features.py returns them.
    """
    parsed, out = lent(parsed), borrowed(out)
    for page in range(firsts.size - 1):
        first, last = firsts[page], firsts[page + 1]
        if first < last:
            begins, ends = parsed.element_offsets[page], parsed.element_offsets[page + 1]
            _context(
                parsed, begins, ends - begins, blocks[first:last], groups[first:last], probabilities[first:last],
                out[first:last, at:],
            )  # fmt: skip


@kernel
def _context(parsed: Parsed, base: int, elements: int, blocks: Any, groups: Any, probabilities: Any, rows: Any) -> None:
    n = blocks.size
    element = np.empty(n, np.int64)
    weights, balance = np.empty(n), np.empty(n)
    weight_before, likely_before = np.zeros(n + 1), np.zeros(n + 1)
    held, likely = np.zeros(elements), np.zeros(elements)
    highest = 0.0
    for i in range(n):
        element[i] = parsed.block_element[blocks[i]] - base
        weights[i] = weight(parsed.counts[blocks[i]]) + 0.5
        balance[i] = weights[i] * (2.0 * probabilities[i] - 1.0)
        held[element[i]] += weights[i]
        likely[element[i]] += weights[i] * probabilities[i]
        weight_before[i + 1] = weight_before[i] + weights[i]
        likely_before[i + 1] = likely_before[i] + weights[i] * probabilities[i]
        highest = max(highest, probabilities[i])
    for e in range(elements - 1, 0, -1):
        parent = parsed.element_parent[base + e] - base
        held[parent] += held[e]
        likely[parent] += likely[e]
    wider = np.full(elements, -1, np.int64)
    best, most = 0, -np.inf
    for e in range(elements):
        if held[e] > 0 and 2.0 * likely[e] - held[e] >= most:
            best, most = e, 2.0 * likely[e] - held[e]
        if e:
            parent = np.int64(parsed.element_parent[base + e] - base)
            wider[e] = parent if held[parent] > held[e] else wider[parent]
    inside = np.zeros(elements, np.bool_)  # of the element that holds the most of what is likely, less what is not
    inside[best] = True
    for e in range(best + 1, elements):
        inside[e] = inside[parsed.element_parent[base + e] - base]
    begins, ends = _best_run(balance)
    column = 1
    for i in range(n):
        x = rows[i]
        x[0] = probabilities[i]
        column = 1
        for distance in range(-NEIGHBOURS, NEIGHBOURS + 1):
            if distance:
                x[column] = probabilities[i + distance] if 0 <= i + distance < n else np.nan
                column += 1
        for reach in WINDOWS:
            low, high = max(0, i - reach), min(n, i + reach + 1)
            x[column] = (likely_before[high] - likely_before[low]) / (weight_before[high] - weight_before[low])
            column += 1
        e = element[i]
        x[column + LEVELS] = inside[e]
        for _ in range(LEVELS):
            x[column] = likely[e] / held[e] if e >= 0 else np.nan
            column += 1
            e = wider[e] if e >= 0 else -1
        x[column + 1] = begins <= i <= ends
        x[column + 2] = min(i - begins, 0) + max(i - ends, 0)
        x[column + 3] = likely_before[n] / weight_before[n]
        x[column + 4] = likely_before[i] / likely_before[n] if likely_before[n] > 0 else 0.0
        x[column + 5] = highest
    column += 6
    _group_means(groups[:, 0], weights, probabilities, rows, column)
    _group_means(groups[:, 1], weights, probabilities, rows, column + 1)
    before, behind = 0.0, 0.0
    for i in range(n):
        rows[i, column + 2] = before
        before = max(-_MOST, min(_MOST, before * _DECAY + balance[i]))
        rows[n - 1 - i, column + 3] = behind
        behind = max(-_MOST, min(_MOST, behind * _DECAY + balance[n - 1 - i]))


@kernel
def _best_run(balance: Any) -> Any:
    """First and last block of the run with the highest sum."""
    most, begins, ends = -np.inf, 0, 0
    current, start = 0.0, 0
    for i in range(balance.size):
        if current <= 0:
            current, start = balance[i], i
        else:
            current += balance[i]
        if current > most:
            most, begins, ends = current, start, i
    return begins, ends


@kernel
def _group_means(groups: Any, weights: Any, probabilities: Any, rows: Any, column: int) -> None:
    held, likely = np.zeros(groups.size), np.zeros(groups.size)
    for i in range(groups.size):
        held[groups[i]] += weights[i]
        likely[groups[i]] += weights[i] * probabilities[i]
    for i in range(groups.size):
        rows[i, column] = likely[groups[i]] / held[groups[i]]
