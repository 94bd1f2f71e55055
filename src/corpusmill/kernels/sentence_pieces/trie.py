"""Byte strings with numbers as a double array: where one goes on with a byte is one read away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.bits import peek64
from corpusmill.machine_code.jit import inlined, kernel

# A cell: in the low bits the byte that leads to it and IS_CELL, the number that ends there and 1, and in the high half
# the base of what comes next: the cell of byte b, if there is one, is base + b. No two cells have the same base, but
# for those with nothing behind: theirs is 0, where no cell is that its byte would lead to.
_BYTE = np.uint64(0x1FF)
_IS_CELL = np.uint64(0x100)
_NUMBER_SHIFT, _BASE_SHIFT = np.uint64(9), np.uint64(32)
_NUMBER = np.uint64((1 << 23) - 1)
MOST_NUMBER = (1 << 23) - 2
_MOST_TRIED = 512  # holes, before the next bytes go behind all others
_MOST_CELLS = 1 << 28


@inlined
def root(cells: Any) -> Any:
    """The cell of the empty string. `cells`: the address of a trie."""
    return peek64(cells)


@inlined
def step(cell: Any, byte: Any, cells: Any) -> Any:
    """The cell that a byte (int64) leads to, 0: none."""
    found = peek64(cells + 8 * (np.int64(cell >> _BASE_SHIFT) + byte))
    return found if found & _BYTE == np.uint64(byte) | _IS_CELL else np.uint64(0)


@inlined
def number_at(cell: Any) -> Any:
    """The number of the string that ends at a cell; -1: none does."""
    return np.int64((cell >> _NUMBER_SHIFT) & _NUMBER) - 1


@kernel
def _fill(content: Any, starts: Any, numbers: Any, cells: Any, links: Any, is_base: Any, stack: Any) -> Any:
    """Fill `cells` with sorted strings; False where they are too few. `links`: of each hole the next and the last."""
    room = len(cells) - 256
    for k in range(len(cells)):
        links[k, 0], links[k, 1] = k + 1, k - 1
    links[0, 0] = 1  # cell 0 is the root's, and the head of the list of holes
    behind = 1  # all that are taken
    stack[0, 0], stack[0, 1], stack[0, 2], stack[0, 3] = 0, 0, numbers.size, 0
    depth = 1
    labels = np.empty(257, np.int64)
    while depth:
        depth -= 1
        cell, low, high, size = stack[depth, 0], stack[depth, 1], stack[depth, 2], stack[depth, 3]
        if low < high and starts[low + 1] - starts[low] == size:
            cells[cell] |= np.uint64(numbers[low] + 1) << _NUMBER_SHIFT
            low += 1
        if low == high:
            continue
        count = 0
        for k in range(low, high):
            label = np.int64(content[starts[k] + size])
            if count == 0 or labels[count - 1] != label:
                labels[count] = label
                count += 1
        hole = links[0, 0]
        base = np.int64(0)
        for _ in range(_MOST_TRIED):
            if hole >= room:
                break
            base = np.int64(hole - labels[0])
            fits = base > 0 and not is_base[base]
            for k in range(1, count):
                if not fits or base + labels[k] >= room or cells[base + labels[k]]:
                    fits = False
                    break
            if fits:
                break
            base = np.int64(0)
            hole = links[hole, 0]
        if base <= 0:
            base = np.int64(behind)
            while base < room and is_base[base]:
                base = np.int64(base + 1)
        if base >= room - 256:
            return False
        is_base[base] = True
        cells[cell] |= np.uint64(base) << _BASE_SHIFT
        first = low
        for k in range(count):
            child = base + labels[k]
            cells[child] = np.uint64(labels[k]) | _IS_CELL
            links[links[child, 1], 0], links[links[child, 0], 1] = links[child, 0], links[child, 1]
            behind = max(behind, child + 1)
            last = first
            while last < high and np.int64(content[starts[last] + size]) == labels[k]:
                last += 1
            stack[depth, 0], stack[depth, 1], stack[depth, 2], stack[depth, 3] = child, first, last, size + 1
            depth += 1
            first = last
    return True


def trie_of(numbers: Mapping[bytes, int]) -> npt.NDArray[np.uint64]:
    """The cells of a trie of strings, none of which is empty, with their numbers, 0 to MOST_NUMBER.

    Raises ValueError for numbers, or strings, that there is no room for.
    """
    words = sorted(numbers)
    if words and (not words[0] or not 0 <= min(numbers.values()) <= max(numbers.values()) <= MOST_NUMBER):
        raise ValueError("an empty string, or a number that does not fit")
    content = np.frombuffer(b"".join(words), np.uint8)
    starts = np.cumsum([0, *map(len, words)])
    values = np.fromiter((numbers[word] for word in words), np.int64, len(words))
    size = 1 << max(11, (2 * content.size).bit_length())
    while size <= _MOST_CELLS:
        cells = np.zeros(size, np.uint64)
        links = np.empty((size + 1, 2), np.int64)
        stack = np.empty((len(words) + 256, 4), np.int64)
        if _fill(content, starts, values, cells, links, np.zeros(size, np.bool_), stack):
            used = int(cells.nonzero()[0].max(initial=0))
            highest = int((cells >> _BASE_SHIFT).max())
            return cells[: max(used, highest + 256) + 1].copy()
        size *= 2
    raise ValueError(f"a trie of {content.size} bytes takes more than {_MOST_CELLS} cells")
