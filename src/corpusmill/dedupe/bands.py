"""Band keys: 128-bit hashes of (band index, values of the band), straight from the buffer of stored signatures.

Two documents share a key if they share a band (RedPajama-V2 §13: the index is part of it). The converse fails by chance
of 2^-128 for each pair of different bands (kernels/duplicates/band_keys.py), so by n²/2 · 2^-128 for n bands in all:
10^-21 for 100 million documents of 9 bands, 10^-17 for ten billion. Keys are compared as a whole, never by a part.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.dedupe.minhash import Bands
from corpusmill.dedupe.shuffle import ShuffleWriter

KEY_ROW_VALUES = 3  # upper and lower half of the key, number of the document
SEED = 1
_LANES = 4

Signatures = npt.NDArray[np.uint32]  # [documents, values]


def partition_width(partitions: int) -> int:
    """Width of the ranges that cut the upper halves of keys into `partitions` equal parts (see ShuffleWriter)."""
    return -(-(2**64) // partitions)


def write_keys(writer: ShuffleWriter, signatures: pa.Array, first_document: int, cut: Bands) -> None:
    """Write a row (key, key, number) per band of each signature; the first one's number is `first_document`.

    `signatures` is a fixed_size_list<int32 or int64, n> of at least bands · rows values; null gives no rows. The
    writer's buffer must hold the rows of one document. A value of 64 bits is hashed as its two halves.
    """
    from corpusmill.kernels.duplicates.band_keys import band_rows

    values, present = signature_values(signatures, cut)
    factors, starts = key_tables(Bands(cut.bands, cut.rows * _halves(signatures)))
    at = 0
    while at < len(present):
        room = writer.room(cut.bands)
        end = min(len(present), at + len(room) // cut.bands)
        number = np.uint64(first_document + at)
        writer.advance(band_rows(values[at:end], present[at:end], number, factors, starts, room))
        at = end


def signature_values(signatures: pa.Array, cut: Bands) -> tuple[Signatures, npt.NDArray[np.bool_]]:
    """The values uint32[documents, n] without a copy, those of nulls undefined, and which signatures are not null.

    Of n values of 64 bits come 2·n, the lower half of each first.
    """
    halves = _halves(signatures)
    width, used = signatures.type.list_size, cut.bands * cut.rows
    if width < used:
        raise ValueError(f"{cut.bands} bands of {cut.rows} take {used} values, a signature has {width}")
    child = signatures.values  # of the whole array, if this is a slice
    if child.null_count and signatures.drop_null().flatten().null_count:
        raise ValueError("a signature has null values")
    begin = child.offset + signatures.offset * width
    present = signatures.is_valid().to_numpy(zero_copy_only=False)
    if not len(signatures):
        return np.empty((0, width * halves), np.uint32), present
    values = np.frombuffer(child.buffers()[1], np.uint32, len(signatures) * width * halves, 4 * halves * begin)
    return values.reshape(-1, width * halves), present


def _halves(signatures: pa.Array) -> int:
    """How many numbers of 32 bits a value is."""
    kind = signatures.type.value_type
    if kind not in (pa.int32(), pa.int64()):
        raise ValueError(f"wanted signatures of int32 or int64, found {signatures.type}")
    return int(kind.bit_width // 32)


@cache
def key_tables(cut: Bands) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """factors[rows, 4] and starts[bands, 4] of the four hashes; the band's index is the first value hashed."""
    random = np.random.RandomState(SEED)
    drawn = np.frombuffer(random.bytes(8 * _LANES * (cut.rows + 2)), "<u8").reshape(-1, _LANES)
    index = np.arange(cut.bands, dtype=np.uint64)[:, None]
    return np.ascontiguousarray(drawn[2:]), drawn[0] + drawn[1] * index
