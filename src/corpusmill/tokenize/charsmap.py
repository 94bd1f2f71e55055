"""How a SentencePiece model says that texts are normalised: a double array of what is replaced, and what by.

The field `precompiled_charsmap`: the size of the double array in bytes (uint32), its units (uint32, in the format of
Darts-clone), and strings that end in NUL. A unit: the byte that leads to it in bits 0 to 7, whether a string ends there
in bit 8, and in bits 10 to 30 how far it is to the units of the next bytes (times 256 where bit 9 is set); where a
string ends the first of these has bit 31 set, and in the other bits the place of what it is replaced by.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_LEAD = 4
_IS_VALUE, _HAS_VALUE = np.uint32(1 << 31), np.uint32(1 << 8)
_LABEL = np.uint32(0x800000FF)  # of a unit with a value no byte is the label


class Charsmap(NamedTuple):
    """A map, and what is to be known of it before a kernel follows it."""

    units: npt.NDArray[np.uint32]
    strings: bytes
    alone: dict[int, bytes]  # what single bytes are replaced by
    later: frozenset[int]  # bytes that stand behind the first one of what is replaced
    made: frozenset[bytes]  # all that something is replaced by

    @classmethod
    def of(cls, field: bytes) -> Charsmap:
        """Raises ValueError for what is no such map.

        >>> Charsmap.of(b"").alone
        {}
        """
        if not field:
            return cls(np.zeros(1, np.uint32), b"", {}, frozenset(), frozenset())
        size = int.from_bytes(field[:_LEAD], "little")
        if len(field) <= _LEAD or size % 4 or not 0 < size < len(field) - _LEAD:
            raise ValueError("the normalisation rules are cut off")
        units = np.frombuffer(field, "<u4", size // 4, _LEAD).astype(np.uint32)
        strings = field[_LEAD + size :]
        first, first_bytes = _next(units, np.zeros(1, np.int64))
        met, later, new = np.zeros(len(units), np.bool_), set[int](), first
        while new.size:
            met[new] = True
            new, labels = _next(units, new)
            later.update(labels.tolist())
            new = np.unique(new[~met[new]])
        made = _made(units, np.flatnonzero(met & (units & _HAS_VALUE != 0)), strings)
        single = zip(first.tolist(), first_bytes.tolist(), strict=True)
        alone = {byte: made[place] for place, byte in single if place in made}
        return cls(units, strings, alone, frozenset(later), frozenset(made.values()))


def _bases(units: npt.NDArray[np.uint32], places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """What the places of the units behind those at `places` are made of, and the next byte."""
    here = units[places]
    return places ^ ((here >> np.uint32(10)).astype(np.int64) << ((here & np.uint32(1 << 9)) >> np.uint32(6)))


def _next(
    units: npt.NDArray[np.uint32], places: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The units that come behind some, and the bytes that lead there."""
    labels = np.arange(1, 256, dtype=np.int64)
    children = _bases(units, places)[:, None] ^ labels
    known = children < len(units)
    found = known & (units[np.where(known, children, 0)] & _LABEL == labels.astype(np.uint32))
    return children[found], np.broadcast_to(labels, children.shape)[found]


def _made(units: npt.NDArray[np.uint32], places: npt.NDArray[np.int64], strings: bytes) -> dict[int, bytes]:
    """What is replaced at `places`, all of which have a value."""
    leaves = _bases(units, places)
    if leaves.max(initial=0) >= len(units) or not (units[leaves] & _IS_VALUE).all():
        raise ValueError("a normalisation rule without a value")
    begins = (units[leaves] & ~_IS_VALUE).tolist()
    if max(begins, default=0) > strings.rfind(b"\0"):
        raise ValueError("a normalisation rule leads nowhere")
    return {place: strings[at : strings.index(b"\0", at)] for place, at in zip(places.tolist(), begins, strict=True)}
