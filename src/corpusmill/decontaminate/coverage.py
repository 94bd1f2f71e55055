"""How much of each evaluation item a whole corpus has: PaLM's clean and dirty items, Llama 2's four classes.

PaLM: an item is contaminated if 70 % of its n-grams occur; Llama 2: by the part of its tokens that matches cover, under
20 % clean, from 80 % on dirty (decontamination specification). What is looked for is that of the index, here as there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.decontaminate.indexed import Indexed

PALM, LLAMA_CLEAN, LLAMA_DIRTY = 0.7, 0.2, 0.8

Flags = npt.NDArray[np.bool_]
Shares = npt.NDArray[np.float64]


def item_shares(index: Indexed, seen: Flags) -> tuple[Shares, Shares]:
    """Of each item the part of its n-grams that occur, and of its units that these cover; seen: [grams]."""
    count = len(index.item_units)
    grams, wholes = index.grams, index.wholes
    owners = np.repeat(np.arange(len(grams.starts) - 1), np.diff(grams.starts))
    here = seen[owners]
    occurring = np.bincount(grams.items[here], minlength=count)
    of_grams = occurring / np.maximum(index.sketch_sizes, 1)
    whole = seen[len(grams.table.hashes) :]
    items = np.concatenate([grams.items[here], wholes.items[whole]]).astype(np.int64)
    starts = np.concatenate([grams.places[here], wholes.places[whole]]).astype(np.int64)
    lengths = np.concatenate([grams.lengths[here], wholes.lengths[whole]])
    covered = np.bincount(items, weights=union_parts(items, starts, starts + lengths), minlength=count)
    of_units = np.minimum(1.0, covered / np.maximum(index.item_units, 1))
    of_grams[wholes.items[whole]] = np.maximum(of_grams, of_units)[wholes.items[whole]]
    return of_grams, of_units


def union_parts(
    groups: npt.NDArray[np.int64], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """What each span adds to those of its group that begin before it: their sum is the length of the union.

    >>> union_parts(np.array([0, 0, 1]), np.array([0, 2, 2]), np.array([3, 5, 4])).tolist()
    [3, 2, 2]
    """
    order = np.lexsort((ends, starts, groups))
    step = int(ends.max(initial=0)) + 1
    begins, stops = starts[order] + groups[order] * step, ends[order] + groups[order] * step
    before = np.append(0, np.maximum.accumulate(stops)[:-1])
    added = np.empty(len(order), np.int64)
    added[order] = np.maximum(0, stops - np.maximum(begins, before))
    return added


def benchmarks_hit(index: Indexed, seen: Flags) -> list[dict[str, Any]]:
    """Counts of each benchmark's items; `partly` have something in the corpus, `palm` 70 % of their n-grams.

    llama: clean, not clean but under 80 %, dirty; what cannot be looked for is in `uncheckable` alone.
    """
    of_grams, of_units = item_shares(index, seen)
    checkable = np.zeros(len(index.item_units), np.bool_)
    checkable[index.grams.items] = checkable[index.wholes.items] = True
    found = []
    for number, name in enumerate(index.benchmarks):
        own = index.item_benchmarks == number
        units, grams = of_units[own & checkable], of_grams[own & checkable]
        found.append(
            {
                "name": name,
                "items": int(own.sum()),
                "uncheckable": int((own & ~checkable).sum()),
                "partly": int(((units > 0) | (grams > 0)).sum()),
                "fully": int((units >= 1).sum()),
                "palm": int((grams >= PALM).sum()),
                "clean": int((units < LLAMA_CLEAN).sum()),
                "between": int(((units >= LLAMA_CLEAN) & (units < LLAMA_DIRTY)).sum()),
                "dirty": int((units >= LLAMA_DIRTY).sum()),
            }
        )
    return found
