"""The table of words, their ids and how long these hold: slots as of `byte_pairs/table.py`, one id fewer in them."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import peek32, peek64, poke32, poke64
from corpusmill.kernels.byte_pairs.table import COUNT_SHIFT, ELSEWHERE, IDS, LONG
from corpusmill.machine_code.jit import inlined

# Behind the key lie up to three ids, and in the last 32 bits how long they hold and, highest, their number. ELSEWHERE
# there: their number and how long they hold, 32 bits each, and where in the arena a long word's bytes and all ids are.
MOST_INLINE = 3
MOST_HELD = (1 << 28) - 1
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


@inlined
def held(slot: Any) -> Any:
    """How long the ids of a word hold: while a number is less than this one."""
    word = peek64(slot + 24)
    if word < ELSEWHERE:
        return np.int64(word >> _HALF) & MOST_HELD
    return np.int64(peek64(slot + 16) >> _HALF)


@inlined
def copy_ids(slot: Any, second: Any, arena: Any, out: Any) -> Any:
    """Write the ids of a slot as uint32; returns their number. Room for four is written in any case."""
    word = peek64(slot + 24)
    if word < ELSEWHERE:
        poke64(out, peek64(slot + 16))
        poke64(out + 8, word & _LOW)
        return np.int64(word >> COUNT_SHIFT)
    count = np.int64(peek64(slot + 16) & _LOW)
    place = arena + np.int64(word & IDS) + (np.int64(second ^ LONG) if second >= LONG else 0)
    for k in range(count):
        poke32(out + 4 * k, peek32(place + 4 * k))
    return count


@inlined
def keep(slot: Any, first: Any, second: Any, at: Any, ids: Any, count: Any, until: Any, arena: Any, place: Any) -> Any:
    """Fill an empty slot, and the arena from `place` on; returns where that goes on. `ids`: an address."""
    poke64(slot, first)
    poke64(slot + 8, second)
    if second < LONG and count <= MOST_INLINE:
        poke64(slot + 16, peek64(ids))
        last = np.uint64(peek32(ids + 8)) if count == MOST_INLINE else np.uint64(0)
        poke64(slot + 24, last | np.uint64(until) << _HALF | np.uint64(count) << COUNT_SHIFT)
        return place
    poke64(slot + 16, np.uint64(count) | np.uint64(until) << _HALF)
    poke64(slot + 24, ELSEWHERE | np.uint64(place))
    if second >= LONG:
        size = np.int64(second ^ LONG)
        for k in range(0, size, 8):
            poke64(arena + place + k, peek64(at + k))
        place += size
    for k in range(count):
        poke32(arena + place + 4 * k, peek32(ids + 4 * k))
    return place + 4 * count
