"""Shingles of texts as 64-bit hashes, and MinHash signatures over them.

A shingle is a run of `units` words: `\\w+` of the lower-cased text. A text in which Thai, Hangul, kana or Han make up
more than a fifth of the characters is cut by characters instead. A text with fewer units is one shingle. So every text
but one without a word can be compared, in any language.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch, empty

SEED = 42

Hashes = npt.NDArray[np.uint64]
Begins = npt.NDArray[np.int64]
Table = npt.NDArray[np.uint32]


class Shingles(NamedTuple):
    """Of n texts: text t has `hashes[begins[t]:begins[t + 1]]`."""

    hashes: Hashes
    begins: Begins


def shingles(texts: pa.Array, units: int) -> Shingles:
    """Hashes in the order of the text, with repetitions; a null text has none.

    >>> shingles(pa.array(["One two, one two!", "Alone", ""]), 2).begins.tolist()
    [0, 3, 4, 4]
    """
    from corpusmill.kernels.characters.tables import unicode_tables
    from corpusmill.kernels.duplicates.shingles import shingle_hashes

    if units < 1:
        raise ValueError(f"wanted shingles of at least one unit, found {units}")
    batch = TextBatch(texts)
    longest = int(np.diff(batch.offsets).max(initial=0))
    out = empty(len(batch.data), np.uint64)
    begins = shingle_hashes(
        batch.data, batch.offsets, units, _multiplier(), unicode_tables(), empty(longest, np.uint64), out
    )
    return Shingles(out[: begins[-1]], begins)


def distinct_shingles(texts: pa.Array, units: int) -> Shingles:
    """The set of each text: its hashes ascending, each once."""
    from corpusmill.kernels.duplicates.shingles import distinct

    found = shingles(texts, units)
    begins = distinct(found.hashes, found.begins)
    return Shingles(found.hashes[: begins[-1]], begins)


def signatures(found: Shingles, values: int, seed: int = SEED) -> pa.Array:
    """MinHash signatures, fixed_size_list<int32, values> with the bits of uint32; null for texts without a shingle."""
    from corpusmill.kernels.duplicates.shingles import least_permuted

    least = least_permuted(found.hashes, found.begins, *_permutations(values, seed))
    return pa.FixedSizeListArray.from_arrays(
        pa.array(least.reshape(-1).view(np.int32)), values, mask=pa.array(np.diff(found.begins) == 0)
    )


@cache
def _multiplier() -> np.uint64:
    drawn = np.frombuffer(np.random.RandomState(SEED).bytes(8), "<u8")[0]
    return np.uint64(drawn | np.uint64(1))


@cache
def _permutations(values: int, seed: int) -> tuple[Table, Table]:
    drawn = np.frombuffer(np.random.RandomState(seed).bytes(8 * values), "<u4").reshape(2, values)
    return drawn[0] | np.uint32(1), drawn[1].copy()
