"""Which blocks of a page to keep, by the probability that each belongs to the main content, and by their neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.block_page import weight
from corpusmill.kernels.jit import kernel


@kernel
def best_choice(probabilities: Any, firsts: Any, rows: Any, counts: Any, recall_weight: float, out: Any) -> None:
    """Set `out` bool for the blocks `rows` that give each page the highest expected F measure of words.

    With the most likely k blocks kept, F = (1 + w) E[right] / (kept + w E[main]), where w = `recall_weight` is the
    square of van Rijsbergen's β: 1 for F1, less where what is kept wrongly weighs more than what is missed. k is what
    makes it highest, 1 at least.
    Blocks that are equally likely come in the order of the page.
    """
    for page in range(firsts.size - 1):
        first, last = firsts[page], firsts[page + 1]
        if first == last:
            continue
        order = np.argsort(-probabilities[first:last], kind="mergesort")
        main = 0.0
        for i in range(first, last):
            main += probabilities[i] * np.float64(weight(counts[rows[i]]))
        right, kept, most, best = 0.0, 0.0, -1.0, 0
        for k in range(order.size):
            i = first + order[k]
            size = np.float64(weight(counts[rows[i]]))
            right += probabilities[i] * size
            kept += size
            expected = (1.0 + recall_weight) * right / (kept + recall_weight * main + 1e-9)
            if expected > most:
                most, best = expected, k
        for k in range(best + 1):
            out[rows[first + order[k]]] = True


@kernel
def keep_between(inside: Any, firsts: Any, rows: Any, out: Any) -> None:
    """Set `out` too for the blocks `rows` with `inside` bool that stand between two others that are kept."""
    for page in range(firsts.size - 1):
        kept, begins = False, -1
        for i in range(firsts[page], firsts[page + 1]):
            if inside[i]:
                begins = i if begins < 0 else begins
                continue
            if begins >= 0 and kept and out[rows[i]]:
                for j in range(begins, i):
                    out[rows[j]] = True
            kept, begins = out[rows[i]], -1
