"""Which document is which, and what it draws: hashes of a seed and an identity, never of a place or a moment.

A document is known by its id, the number of its piece, and, in a folder that is a mix already, by its epoch and copy.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch

Keys = npt.NDArray[np.uint64]


def identities(doc_ids: pa.Array, *numbers: npt.NDArray[np.int64]) -> Keys:
    """A 64-bit hash of each id with its numbers: piece, epoch, copy; all 0 gives the hash of the id alone.

    >>> one, other = identities(pa.array(["a", "a"]), np.array([0, 1]))
    >>> bool(one == other)
    False
    """
    from corpusmill.kernels.hashes.hashing import hash_spans

    ids = TextBatch(doc_ids)
    found: Keys = np.empty(len(doc_ids), np.uint64)
    hash_spans(ids.data, ids.offsets[:-1], ids.offsets[1:], found)
    for place, values in enumerate(numbers):
        told = values != 0
        if told.any():
            found[told] = keyed(found[told], values[told].astype(np.uint64) * salt("number", place))
    return found


def salt(*what: str | int) -> np.uint64:
    """64 bits for one purpose: different words and numbers give unrelated keys of the same documents."""
    described = "\x1f".join(map(str, what)).encode()
    return np.uint64(int.from_bytes(hashlib.sha256(described).digest()[:8], "little"))


def keyed(identities: Keys, salts: Keys | np.uint64) -> Keys:
    """Uniform 64-bit keys of documents for one purpose (SplitMix64 of identity plus salt)."""
    from corpusmill.kernels.hashes.hashing import splitmix_each

    out: Keys = np.empty(len(identities), np.uint64)
    with np.errstate(over="ignore"):
        splitmix_each(identities + salts, np.uint64(0), out)
    return out


def uniform(keys: Keys) -> npt.NDArray[np.float64]:
    """Numbers in [0, 1) with 53 bits."""
    return (keys >> np.uint64(11)).astype(np.float64) * 2.0**-53
