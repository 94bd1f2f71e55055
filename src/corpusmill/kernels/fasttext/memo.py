"""The rows of words that were met before: most words of a text are, and the n-grams of each cost many hashes.

A table of fixed slots, in which a new word takes the place of an old one. The rows of a word are kept in the order in
which they are added up, so sums are the same to the bit whatever is remembered.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.bits import peek32, peek64, poke32, poke64
from corpusmill.kernels.words.word_keys import mixed_key
from corpusmill.machine_code.jit import inlined

_SLOT_BYTES, _SLOTS = 64, 1 << 16  # four megabytes in all
_COUNT_AT, _ROWS_AT = 16, 20  # behind the key
_MOST_ROWS = (_SLOT_BYTES - _ROWS_AT) // 4


def empty_memo() -> npt.NDArray[np.uint8]:
    return np.zeros(_SLOTS * _SLOT_BYTES, np.uint8)


@inlined
def memo_slot(memo: Any, first: Any, second: Any) -> Any:
    """The only slot where the word of a key can be."""
    return memo + _SLOT_BYTES * (mixed_key(first, second) & (_SLOTS - 1))


@inlined
def recall(slot: Any, rows: Any, count: Any) -> Any:
    """Append the rows of a slot to the int64 at the address `rows`; returns the new count."""
    known = peek32(slot + _COUNT_AT)
    for k in range(known):
        poke64(rows + 8 * (count + k), np.uint64(peek32(slot + _ROWS_AT + 4 * k)))
    return count + known


@inlined
def remember(slot: Any, first: Any, second: Any, rows: Any, before: Any, count: Any) -> None:
    """Keep the rows from `before` on as those of a key, if there is room for them."""
    if count - before > _MOST_ROWS:
        return
    poke64(slot, first)
    poke64(slot + 8, second)
    poke32(slot + _COUNT_AT, count - before)
    for k in range(count - before):
        poke32(slot + _ROWS_AT + 4 * k, np.int64(peek64(rows + 8 * (before + k))))
