"""One page as the kernels of features see it: its candidate blocks, and what each element holds of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from corpusmill.kernels.bits import borrowed
from corpusmill.kernels.html.elements import HASH_FACTOR, IN_HEADING, NUMBERS
from corpusmill.kernels.html.tables import CHARS, LINK_CHARS, SENTENCE_ENDS, UNSPACED, WORDS
from corpusmill.machine_code.jit import inlined, kernel

_PARAGRAPH = NUMBERS["p"]
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


class Parsed(NamedTuple):
    """Columns of `extract.blocks.tables` that features are made of; `candidate`: blocks that may be chosen."""

    element_tag: Any
    element_parent: Any
    element_path: Any
    element_depth: Any
    element_ordinal: Any
    element_offsets: Any
    token_offsets: Any
    token_hashes: Any
    block_element: Any
    block_inner: Any
    block_flags: Any
    block_joined: Any
    block_list_depth: Any
    block_start: Any
    block_end: Any
    block_offsets: Any
    counts: Any
    candidate: Any
    text: Any


class Page(NamedTuple):
    """Sums of one page. Elements count from the page's first; blocks from its first candidate."""

    blocks: Any  # int64[n], rows of its candidates
    element: Any  # int64[n], their elements, from the page's first
    chars: Any  # int64[elements], of the candidates inside of each, as are the next
    link_chars: Any
    held: Any  # candidates
    paragraph_chars: Any  # of those that stand in a `<p>` itself
    sentence_ends: Any
    wider: Any  # the nearest ancestor with more characters, -1: none
    chars_before: Any  # int64[n + 1], sums over candidates, as are the next
    links_before: Any
    ends_before: Any
    headings_before: Any
    same_path: Any  # int64[n], number of the group of blocks with equal names of elements down to them
    same_class: Any  # the same by name and tokens of the element and its parent


@inlined
def lent(parsed: Parsed) -> Parsed:
    """The same columns without their owners: a look at a row counts no references."""
    return Parsed(
        borrowed(parsed.element_tag), borrowed(parsed.element_parent), borrowed(parsed.element_path),
        borrowed(parsed.element_depth), borrowed(parsed.element_ordinal), borrowed(parsed.element_offsets),
        borrowed(parsed.token_offsets), borrowed(parsed.token_hashes), borrowed(parsed.block_element),
        borrowed(parsed.block_inner), borrowed(parsed.block_flags), borrowed(parsed.block_joined),
        borrowed(parsed.block_list_depth), borrowed(parsed.block_start), borrowed(parsed.block_end),
        borrowed(parsed.block_offsets), borrowed(parsed.counts), borrowed(parsed.candidate), borrowed(parsed.text),
    )  # fmt: skip


@inlined
def weight(counts: Any) -> Any:
    """What a block counts for: its words, or characters where words are not parted by spaces."""
    return counts[WORDS] + counts[UNSPACED]


@kernel
def page_of(parsed: Parsed, page: int) -> Page:
    first, last = parsed.block_offsets[page], parsed.block_offsets[page + 1]
    base = parsed.element_offsets[page]
    elements = parsed.element_offsets[page + 1] - base
    n = 0
    for block in range(first, last):
        n += parsed.candidate[block]
    blocks, element = np.empty(n, np.int64), np.empty(n, np.int64)
    sums = np.zeros((5, elements), np.int64)
    before = np.zeros((4, n + 1), np.int64)
    path, kind = np.empty(n, np.uint64), np.empty(n, np.uint64)
    i = 0
    for block in range(first, last):
        if not parsed.candidate[block]:
            continue
        at = np.int64(parsed.block_element[block])
        e = at - base
        counts = parsed.counts[block]
        blocks[i], element[i] = block, e
        sums[0, e] += counts[CHARS]
        sums[1, e] += counts[LINK_CHARS]
        sums[2, e] += 1
        if parsed.element_tag[at] == _PARAGRAPH:
            sums[3, e] += counts[CHARS]
        sums[4, e] += counts[SENTENCE_ENDS]
        before[0, i + 1] = before[0, i] + counts[CHARS]
        before[1, i + 1] = before[1, i] + counts[LINK_CHARS]
        before[2, i + 1] = before[2, i] + counts[SENTENCE_ENDS]
        before[3, i + 1] = before[3, i] + (parsed.block_flags[block] & IN_HEADING != 0)
        path[i] = np.uint64(parsed.element_path[at])
        kind[i] = _kind(parsed, at)
        i += 1
    for e in range(elements - 1, 0, -1):
        parent = parsed.element_parent[base + e] - base
        for column in range(5):
            sums[column, parent] += sums[column, e]
    wider = np.empty(elements, np.int64)
    wider[0] = -1
    for e in range(1, elements):
        parent = np.int64(parsed.element_parent[base + e] - base)
        wider[e] = parent if sums[0, parent] > sums[0, e] else wider[parent]
    return Page(
        blocks, element, sums[0], sums[1], sums[2], sums[3], sums[4], wider,
        before[0], before[1], before[2], before[3], numbered(path), numbered(kind),
    )  # fmt: skip


@kernel
def _kind(parsed: Parsed, element: Any) -> Any:
    """Hash of name and tokens of an element and its parent."""
    state = np.uint64(0)
    for _ in range(2):
        state = (state ^ np.uint64(parsed.element_tag[element])) * _SPREAD
        for token in range(parsed.token_offsets[element], parsed.token_offsets[element + 1]):
            state = (state ^ parsed.token_hashes[token]) * HASH_FACTOR
        element = np.int64(parsed.element_parent[element])
        if element < 0:
            break
    return state


@kernel
def numbered(hashes: Any) -> Any:
    """Numbers int64[n] of the different values of `hashes`, in the order in which they come."""
    size = 4
    while size < 2 * hashes.size:
        size *= 2
    last = np.uint64(size - 1)
    owners = np.full(size, -1, np.int64)
    numbers = np.empty(hashes.size, np.int64)
    count = 0
    for i in range(hashes.size):
        slot = ((hashes[i] * _SPREAD) >> np.uint64(32)) & last
        while owners[np.int64(slot)] >= 0 and hashes[owners[np.int64(slot)]] != hashes[i]:
            slot = (slot + np.uint64(1)) & last
        owner = owners[np.int64(slot)]
        if owner < 0:
            owners[np.int64(slot)] = i
            numbers[i] = count
            count += 1
        else:
            numbers[i] = numbers[owner]
    return numbers
