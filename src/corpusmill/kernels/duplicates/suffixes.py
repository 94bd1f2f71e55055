"""Suffix arrays by induced sorting (Nong, Zhang and Chan 2009) and common prefixes (Kasai and others 2001).

Both take time in proportion to the sequence. Numbers are int32 in the range of `values`; the end of a sequence is less
than any of them. A position is *falling* where its suffix is greater than the next one, else *rising*; it is a *valley*
where it rises and the one before falls. Valleys are sorted first, the rest is induced from their order. The plain
oracle is in reference_substrings.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.machine_code.jit import inlined, kernel

_NONE = -1


def suffix_array(ids: np.ndarray, values: int) -> np.ndarray:
    """int32[n]: where the suffixes of `ids` begin, in their order; 0 <= ids < values.

    Memory: beside `ids` at most 21 bytes a number while it is made, 4 that stay.
    """
    rising = np.empty(len(ids), np.bool_)
    valleys = find_valleys(ids, rising)
    counts = np.zeros(values, np.int32)
    count_numbers(ids, counts)  # np.bincount would take 8 bytes a number
    order = np.empty(len(ids), np.int32)
    induce(ids, rising, valleys, counts, order)
    names, distinct = name_valleys(ids, rising, order, len(valleys))
    if distinct < len(valleys):
        sorted_names = suffix_array(names, distinct)
    else:
        sorted_names = np.empty(len(valleys), np.int32)
        sorted_names[names] = np.arange(len(valleys), dtype=np.int32)
    induce(ids, rising, valleys[sorted_names], counts, order)
    return order


@kernel
def count_numbers(ids: Any, counts: Any) -> None:
    """Add to counts[v] how often v occurs."""
    for i in range(len(ids)):
        counts[ids[i]] += 1


@inlined
def _is_valley(rising: Any, at: Any) -> Any:
    return at > 0 and rising[at] and not rising[at - 1]


@kernel
def find_valleys(ids: Any, rising: Any) -> Any:
    """Fill `rising` bool[n]; returns the valleys, int32, ascending."""
    n = len(ids)
    count = 0
    for i in range(n - 1, -1, -1):
        rising[i] = i + 1 < n and (ids[i] < ids[i + 1] or (ids[i] == ids[i + 1] and rising[i + 1]))
        count += i + 1 < n and rising[i + 1] and not rising[i]
    valleys = np.empty(count, np.int32)
    for i in range(n - 1, 0, -1):
        if _is_valley(rising, i):
            count -= 1
            valleys[count] = i
    return valleys


@kernel
def induce(ids: Any, rising: Any, valleys: Any, counts: Any, order: Any) -> None:
    """Fill `order` with all suffixes, from the order of the valleys; counts[v] = how often v occurs.

    Valleys in any order give suffixes that are sorted up to the valley that ends each.
    """
    n = len(ids)
    place = np.empty(len(counts), np.int32)
    order[:] = _NONE
    _bucket_ends(counts, place)
    for i in range(len(valleys) - 1, -1, -1):
        value = ids[valleys[i]]
        place[value] -= 1
        order[place[value]] = valleys[i]
    _bucket_starts(counts, place)
    if n:
        order[place[ids[n - 1]]] = n - 1  # before it comes the end
        place[ids[n - 1]] += 1
    for i in range(n):
        before = order[i] - 1
        if before >= 0 and not rising[before]:
            order[place[ids[before]]] = before
            place[ids[before]] += 1
    _bucket_ends(counts, place)
    for i in range(n - 1, -1, -1):
        before = order[i] - 1
        if before >= 0 and rising[before]:
            place[ids[before]] -= 1
            order[place[ids[before]]] = before


@inlined
def _bucket_starts(counts: Any, place: Any) -> None:
    total = 0
    for value in range(len(counts)):
        place[value] = total
        total += counts[value]


@inlined
def _bucket_ends(counts: Any, place: Any) -> None:
    total = 0
    for value in range(len(counts)):
        total += counts[value]
        place[value] = total


@kernel
def name_valleys(ids: Any, rising: Any, order: Any, count: Any) -> Any:
    """Numbers for the pieces from valley to valley, equal for equal ones and in their order.

    Returns int32[count], by the valleys' positions, and how many are different.
    """
    n = len(ids)
    by_place = np.full(n // 2 + 1, _NONE, np.int32)  # two valleys never touch
    last, name = _NONE, _NONE
    for i in range(n):
        at = order[i]
        if _is_valley(rising, at):
            if last == _NONE or not _same_piece(ids, rising, last, at):
                name += 1
            by_place[at >> 1] = name
            last = at
    names = np.empty(count, np.int32)
    found = 0
    for i in range(len(by_place)):
        if by_place[i] != _NONE:
            names[found] = by_place[i]
            found += 1
    return names, name + 1


@inlined
def _same_piece(ids: Any, rising: Any, left: Any, right: Any) -> Any:
    """Whether the pieces from two valleys up to the next ones, these included, are equal."""
    n = len(ids)
    size = 0
    while left + size < n and right + size < n and ids[left + size] == ids[right + size]:
        if size and (_is_valley(rising, left + size) or _is_valley(rising, right + size)):
            return _is_valley(rising, left + size) and _is_valley(rising, right + size)
        size += 1
    return False


@kernel
def common_prefixes(ids: Any, order: Any, ranks: Any, out: Any) -> None:
    """out[i] = numbers that the suffixes order[i - 1] and order[i] share from their starts on; out[0] = 0.

    `ranks` int32[n] is filled with the places of the suffixes in `order`.
    """
    n = len(ids)
    for i in range(n):
        ranks[order[i]] = i
    shared = 0
    for at in range(n):
        rank = ranks[at]
        if rank == 0:
            out[rank] = shared = 0
            continue
        other = order[rank - 1]
        while at + shared < n and other + shared < n and ids[at + shared] == ids[other + shared]:
            shared += 1
        out[rank] = shared
        shared = max(shared - 1, 0)


@kernel
def number_hashes(hashes: Any, firsts: Any, slots: Any, numbers: Any, given: Any, out: Any) -> Any:
    """Write the number of each token and, behind each text, one that no other text and no token has.

    Tokens with equal hashes have equal numbers; `slots` uint64 and `numbers` int32 (-1: free) are a table of the hashes
    seen so far, with room for all of these. Numbers from `given` on are new; returns the first that is not given.
    """
    size = np.uint64(len(slots))
    at = 0
    for text in range(len(firsts) - 1):
        for token in range(firsts[text], firsts[text + 1]):
            value = hashes[token]
            slot = value % size
            while numbers[slot] >= 0 and slots[slot] != value:
                slot += np.uint64(1)
                if slot == size:
                    slot = np.uint64(0)
            if numbers[slot] < 0:
                slots[slot], numbers[slot] = value, given
                given += 1
            out[at] = numbers[slot]
            at += 1
        out[at] = given
        given += 1
        at += 1
    return given


@kernel
def rehash_numbers(slots: Any, numbers: Any, larger_slots: Any, larger_numbers: Any) -> Any:
    """Put what a table of `number_hashes` holds into a free one that is larger; returns how much that is."""
    size = np.uint64(len(larger_slots))
    held = 0
    for i in range(len(slots)):
        if numbers[i] >= 0:
            slot = slots[i] % size
            while larger_numbers[slot] >= 0:
                slot += np.uint64(1)
                if slot == size:
                    slot = np.uint64(0)
            larger_slots[slot], larger_numbers[slot] = slots[i], numbers[i]
            held += 1
    return held


@kernel
def copies_by_suffix(order: Any, prefixes: Any, size: Any, every: Any, copies: Any) -> None:
    """copies[p]: whether the window of `size` numbers at p occurs elsewhere; without `every`: `size` or more before."""
    n = len(order)
    begin = 0
    while begin < n:
        end = begin + 1
        first = order[begin]
        while end < n and prefixes[end] >= size:
            first = min(first, order[end])
            end += 1
        for i in range(begin, end):
            copies[order[i]] = end - begin > 1 and (every or order[i] - first >= size)
        begin = end


@kernel
def maximal_repeats(ids: Any, order: Any, prefixes: Any, size: Any, found: Any) -> Any:
    """Write (length, occurrences, first position) of maximal sequences of `size` or more numbers that occur repeatedly.

    Maximal: lengthened by the number before or the one behind, it occurs less often. They are intervals of common
    prefixes, found with a stack; `found` int64[m, 3] takes the first m. Returns how many there are.
    """
    n = len(order)
    begins, lengths, firsts = np.empty(64, np.int64), np.empty(64, np.int64), np.empty(64, np.int64)
    alike = np.empty(64, np.int64)  # the number before all occurrences; -1: several, or none
    depth = count = 0
    for i in range(1, n + 1):
        shared = prefixes[i] if i < n else 0
        begin = i - 1
        first = np.int64(order[i - 1])
        before = np.int64(ids[first - 1]) if first > 0 else -1
        while depth and lengths[depth - 1] > shared:
            depth -= 1
            begin = begins[depth]
            first = min(first, firsts[depth])
            before = before if before == alike[depth] else -1
            if before == -1:
                if count < len(found):
                    found[count, 0], found[count, 1], found[count, 2] = lengths[depth], i - begin, first
                count += 1
        if shared < size:
            continue
        if depth and lengths[depth - 1] == shared:
            firsts[depth - 1] = min(firsts[depth - 1], first)
            alike[depth - 1] = before if before == alike[depth - 1] else -1
            continue
        if depth == len(begins):
            begins, lengths = np.append(begins, begins), np.append(lengths, lengths)
            firsts, alike = np.append(firsts, firsts), np.append(alike, alike)
        begins[depth], lengths[depth], firsts[depth], alike[depth] = begin, shared, first, before
        depth += 1
    return count
