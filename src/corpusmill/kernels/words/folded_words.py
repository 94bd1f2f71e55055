"""Words of texts as hashes of their folded characters, with the bytes of the text that each was made of.

`reference_folded_words.py` is the plain oracle.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, peek8, peek32
from corpusmill.kernels.characters.folds import (
    ALONE,
    ASCII_DROPPED,
    ASCII_PARTS,
    DROPPED,
    LENGTH_SHIFT,
    PARTS,
    PLACE,
    POOLED,
)
from corpusmill.kernels.characters.utf8 import decode, width
from corpusmill.kernels.hashes.hashing import absorb, splitmix
from corpusmill.machine_code.jit import inlined, kernel

_EMPTY = np.uint64(0x9FB21C651E98DF25)  # not 0, which a U+0000 would leave as it is
_LENGTH = 0x1F


@inlined
def _absorb_folded(state: Any, point: Any, fold_at: Any, pool_at: Any) -> Any:
    """`state` with what the code point is folded to."""
    fold = peek32(fold_at + 4 * point)
    if not fold & POOLED:
        return absorb(state, np.uint64(fold))
    place = fold & PLACE
    for k in range(place, place + (fold >> LENGTH_SHIFT & _LENGTH)):
        state = absorb(state, np.uint64(peek32(pool_at + 4 * k)))
    return state


@kernel
def hash_words(
    data: Any, offsets: Any, kinds: Any, folds: Any, pool: Any, ascii_folds: Any, hashes: Any, starts: Any, ends: Any,
    words: Any,
) -> Any:  # fmt: skip
    """Fill hashes uint64 and byte spans of all words; words int64[n+1]: the first of each text; returns their number.

    data uint8, offsets int64[n+1]: the UTF-8 of n texts; the tables are those of folds.py. There is room for half of
    the bytes and n words. A word spans from its first to behind its last character that is not dropped.
    """
    kind_at, fold_at, pool_at, ascii_at = address(kinds), address(folds), address(pool), address(ascii_folds)
    origin = address(data)
    count = 0
    words[0] = 0
    for text in range(offsets.size - 1):
        at, stop = origin + offsets[text], origin + offsets[text + 1]
        state = _EMPTY
        begin = behind = at
        inside = False
        while at < stop:
            byte = peek8(at)
            if byte < 0x80:
                folded = peek8(ascii_at + byte)
                if folded != ASCII_PARTS:
                    if folded != ASCII_DROPPED:
                        if not inside:
                            inside = True
                            begin = at
                        state = absorb(state, np.uint64(folded))
                        behind = at + 1
                    at += 1
                    continue
                at += 1
            else:
                point = decode(at)
                kind = peek8(kind_at + point)
                size = width(byte)
                if kind == DROPPED:
                    at += size
                    continue
                if kind == ALONE:
                    if inside:
                        hashes[count], starts[count], ends[count] = splitmix(state), begin - origin, behind - origin
                        count += 1
                    hashes[count] = splitmix(_absorb_folded(_EMPTY, point, fold_at, pool_at))
                    starts[count], ends[count] = at - origin, at + size - origin
                    count += 1
                    inside = False
                    state = _EMPTY
                    at += size
                    continue
                if kind != PARTS:
                    if not inside:
                        inside = True
                        begin = at
                    state = _absorb_folded(state, point, fold_at, pool_at)
                    at += size
                    behind = at
                    continue
                at += size
            if inside:
                hashes[count], starts[count], ends[count] = splitmix(state), begin - origin, behind - origin
                count += 1
                state = _EMPTY
                inside = False
        if inside:
            hashes[count], starts[count], ends[count] = splitmix(state), begin - origin, behind - origin
            count += 1
        words[text + 1] = count
    return count
