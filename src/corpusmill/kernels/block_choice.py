"""Which blocks of a page to keep, by the probability that each belongs to the main content."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.block_page import weight
from corpusmill.kernels.jit import kernel


@kernel
def best_choice(probabilities: Any, firsts: Any, rows: Any, counts: Any, out: Any) -> None:
    """Set `out` bool for the blocks `rows` that give each page the highest expected F1 of words.

    With the most likely k blocks kept, F1 = 2 E[right] / (kept + E[main]); k is what makes it highest, 1 at least.
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
            expected = 2.0 * right / (kept + main + 1e-9)
            if expected > most:
                most, best = expected, k
        for k in range(best + 1):
            out[rows[first + order[k]]] = True
