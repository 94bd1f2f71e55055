"""Runs of units (words, lines) looked up in a table of known ones.

The table: sorted distinct hashes, `buckets` int32 with where those of each value of the upper bits begin, and before it
a bit for each value of some more upper bits, so that nearly all runs that are not known cost one look at a bit.
`reference_gram_lookup.py` is the plain oracle.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, peek64, prefetch
from corpusmill.kernels.hashes.hashing import splitmix
from corpusmill.machine_code.jit import inlined, kernel

MULTIPLIER = np.uint64(0xD1342543DE82EF95)
_ONE, _LOW, _WORD = np.uint64(1), np.uint64(63), np.uint64(6)
_AHEAD = 16  # runs whose bits are on their way from memory; a power of two


@kernel
def mark(hashes: Any, shift: Any, bits: Any) -> None:
    """Set the bit of each hash; `bits` uint64 has one for each value of hash >> shift."""
    for i in range(hashes.size):
        place = hashes[i] >> np.uint64(shift)
        bits[place >> _WORD] |= _ONE << (place & _LOW)


@inlined
def _find(wanted: Any, known: Any, buckets: Any, bucket_shift: Any, bits_at: Any, bit_shift: Any) -> Any:
    """The place of a hash in `known`, or -1."""
    place = wanted >> np.uint64(bit_shift)
    if not peek64(bits_at + 8 * np.int64(place >> _WORD)) >> (place & _LOW) & _ONE:
        return -1
    bucket = np.int64(wanted >> np.uint64(bucket_shift))
    for at in range(buckets[bucket], buckets[bucket + 1]):
        if known[at] == wanted:
            return at
    return -1


@kernel
def run_hashes(units: Any, offsets: Any, size: Any, out: Any) -> Any:
    """Hashes of all runs of `size` units, text after text.

    Returns begins int64[n+1]: where each text's are in `out`.
    """
    begins = np.zeros(offsets.size, np.int64)
    leaving = _ONE
    for _ in range(size):
        leaving *= MULTIPLIER
    at = 0
    for text in range(offsets.size - 1):
        first = offsets[text]
        rolled = np.uint64(0)
        for i in range(first, offsets[text + 1]):
            rolled = rolled * MULTIPLIER + units[i]
            if i - first >= size:
                rolled -= units[i - size] * leaving
            if i - first >= size - 1:
                out[at] = splitmix(rolled)
                at += 1
        begins[text + 1] = at
    return begins


@kernel
def find_known(
    hashes: Any, known: Any, buckets: Any, bucket_shift: Any, bits: Any, bit_shift: Any, places: Any, found: Any
) -> Any:
    """places[k], found[k] int64: the k-th hash that is known, and which it is; returns how many are.

    More than there is room for are counted, not written.
    """
    count = 0
    bits_at = address(bits)
    for i in range(hashes.size):
        at = _find(hashes[i], known, buckets, bucket_shift, bits_at, bit_shift)
        if at >= 0:
            if count < places.size:
                places[count], found[count] = i, at
            count += 1
    return count


@kernel
def find_runs(
    units: Any, offsets: Any, size: Any, known: Any, buckets: Any, bucket_shift: Any, bits: Any, bit_shift: Any,
    places: Any, found: Any,
) -> Any:  # fmt: skip
    """As `find_known` over the runs of `size` units; places: the first unit of each."""
    leaving = _ONE
    for _ in range(size):
        leaving *= MULTIPLIER
    count = 0
    bits_at = address(bits)
    waiting = np.zeros(_AHEAD, np.uint64)
    for text in range(offsets.size - 1):
        first, stop = offsets[text], offsets[text + 1]
        if stop - first < size:
            continue
        rolled = np.uint64(0)
        for i in range(first, first + size - 1):
            rolled = rolled * MULTIPLIER + units[i]
        before = np.uint64(0)
        runs = stop - first - size + 1
        for run in range(runs + _AHEAD):
            slot = run & (_AHEAD - 1)
            if run >= _AHEAD:
                at = _find(waiting[slot], known, buckets, bucket_shift, bits_at, bit_shift)
                if at >= 0:
                    if count < places.size:
                        places[count], found[count] = first + run - _AHEAD, at
                    count += 1
            if run < runs:
                rolled = rolled * MULTIPLIER + units[first + run + size - 1] - before * leaving
                before = units[first + run]
                waiting[slot] = splitmix(rolled)
                prefetch(bits_at + 8 * np.int64(waiting[slot] >> np.uint64(bit_shift) >> _WORD))
    return count


@kernel
def keep_whole(
    units: Any, offsets: Any, places: Any, found: Any, first_parts: Any, lengths: Any, hashes: Any, out_places: Any,
    out_parts: Any,
) -> Any:  # fmt: skip
    """Of known beginnings those whose whole part follows; returns how many, as `find_known`.

    `places` ascending: first units, `found`: which beginning. Beginning b is that of the parts
    first_parts[b]:first_parts[b + 1], of `lengths` units, ascending, and with `hashes`, as `whole_hash` makes them.
    """
    count = 0
    text = 0
    for k in range(places.size):
        first = places[k]
        while offsets[text + 1] <= first:
            text += 1
        stop = first
        rolled = spelled = np.uint64(0)
        for part in range(first_parts[found[k]], first_parts[found[k] + 1]):
            if first + lengths[part] > offsets[text + 1]:
                break
            if stop < first + lengths[part]:
                while stop < first + lengths[part]:
                    rolled = rolled * MULTIPLIER + units[stop]
                    stop += 1
                spelled = splitmix(rolled + np.uint64(stop - first))
            if spelled == hashes[part]:
                if count < out_places.size:
                    out_places[count], out_parts[count] = first, part
                count += 1
    return count


@kernel
def whole_hash(units: Any, first: Any, stop: Any) -> Any:
    """The hash of units[first:stop] as one."""
    rolled = np.uint64(0)
    for i in range(first, stop):
        rolled = rolled * MULTIPLIER + units[i]
    return splitmix(rolled + np.uint64(stop - first))
