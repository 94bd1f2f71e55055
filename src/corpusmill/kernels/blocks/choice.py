"""Which blocks of a page to keep, by the probability that each belongs to the main content, and by their neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address
from corpusmill.kernels.blocks.page import Parsed, numbered, weight
from corpusmill.kernels.hashes.hashing import hash_in_lower_case
from corpusmill.kernels.html.elements import IN_HEADING, IN_TABLE, NUMBERS
from corpusmill.machine_code.jit import kernel

_TABLE = NUMBERS["table"]
_LEAST_CELLS = 4  # of a table of data
_MOST_CELL_WORDS = 30  # in the mean; tables of more are there for the layout


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


@kernel
def repeated_runs(parsed: Parsed, firsts: Any, rows: Any, repeats: Any, least_words: int, out: Any) -> None:
    """Set `out` bool for the blocks of every run that stood on the page before, block for block in the same order.

    Runs are of two blocks and `least_words` at least; each block is compared with its latest copy.
    `repeats`: blocks that may have a copy, so that pages without any cost nothing.
    """
    for page in range(firsts.size - 1):
        first, last = firsts[page], firsts[page + 1]
        if not np.any(repeats[first:last]):
            continue
        before = _copies_before(parsed, rows[first:last])
        begin = 0
        while begin < before.size:
            end, words = begin + 1, weight(parsed.counts[rows[first + begin]])
            while end < before.size and before[begin] >= 0 and before[end] == before[end - 1] + 1:
                words += weight(parsed.counts[rows[first + end]])
                end += 1
            if end - begin > 1 and words >= least_words:
                out[first + begin : first + end] = True
            begin = end


@kernel
def _copies_before(parsed: Parsed, rows: Any) -> Any:
    """Of each block the place among `rows` of the latest before it with the same text, in any case; -1: none."""
    hashes = np.empty(rows.size, np.uint64)
    text = address(parsed.text)
    for i in range(rows.size):
        start, end = np.int64(parsed.block_start[rows[i]]), np.int64(parsed.block_end[rows[i]])
        hashes[i] = hash_in_lower_case(text, start, end, parsed.text.size)
    groups = numbered(hashes)
    latest, before = np.full(rows.size, -1, np.int64), np.empty(rows.size, np.int64)
    for i in range(rows.size):
        before[i] = latest[groups[i]]
        latest[groups[i]] = i
    return before


@kernel
def pool_tables(parsed: Parsed, firsts: Any, rows: Any, probabilities: Any) -> None:
    """Give all blocks of a table of data the mean of their `probabilities`, by words: it is kept whole or not at all.

    Blocks belong to the nearest table around them. It is one of data if it has some blocks, none of them a heading, and
    these are short in the mean.
    """
    for page in range(firsts.size - 1):
        first, last = firsts[page], firsts[page + 1]
        tabled = False
        for i in range(first, last):
            tabled = tabled or parsed.block_flags[rows[i]] & IN_TABLE != 0
        if not tabled:
            continue
        base = parsed.element_offsets[page]
        tables = _tables_around(parsed, page)
        blocks, words, likely = np.zeros(tables.size, np.int64), np.zeros(tables.size), np.zeros(tables.size)
        for i in range(first, last):
            table = tables[parsed.block_element[rows[i]] - base]
            if table >= 0:
                size = np.float64(weight(parsed.counts[rows[i]]))
                blocks[table] += -last if parsed.block_flags[rows[i]] & IN_HEADING else 1
                words[table] += size
                likely[table] += size * probabilities[i]
        for i in range(first, last):
            table = tables[parsed.block_element[rows[i]] - base]
            if table >= 0 and blocks[table] >= _LEAST_CELLS and 0 < words[table] < _MOST_CELL_WORDS * blocks[table]:
                probabilities[i] = likely[table] / words[table]


@kernel
def _tables_around(parsed: Parsed, page: int) -> Any:
    """Of each element of a page the nearest table that it is in or is, from the page's first; -1: none."""
    base = parsed.element_offsets[page]
    tables = np.empty(parsed.element_offsets[page + 1] - base, np.int64)
    for e in range(tables.size):
        parent = parsed.element_parent[base + e] - base
        outer = tables[parent] if 0 <= parent < e else -1
        tables[e] = e if parsed.element_tag[base + e] == _TABLE else outer
    return tables
