"""Byte-level BPE by our own kernel, straight over Arrow's strings, where it gives the ids of the reference."""

from __future__ import annotations

import functools
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpusmill.kernels.byte_pairs.cuts import COMPOSES, LETTER, RAISED, UNSURE, cut_kinds
from corpusmill.kernels.byte_pairs.encoder import KEPT_SLOTS, BytePairs
from corpusmill.kernels.byte_pairs.scan import SLACK_BYTES, Words, find_words
from corpusmill.schema import numbers_of
from corpusmill.tokenize.byte_pair_file import BytePairFile
from corpusmill.tokenize.cuts import Rows, differing, showing_vocabulary
from corpusmill.tokenize.flat import FlatIds
from corpusmill.tokenize.placing import Placed
from corpusmill.tokenize.prepared import Prepared
from corpusmill.tokenize.trial import Encoders, unsure_characters

_SPOTS = 1 << 12
_OFTEN = (*range(0xD800), *range(0xE000, 0xFFFE))  # the first plane: broken texts have some that are not assigned
_FEW_SLOTS = 1 << 14  # where an engine is tried out
_JAMO = slice(0x1100, 0x1200)
# Where characters are that NFC replaces though they stand alone.
_REPLACED = (range(0x80, 0x3000), range(0xF900, 0xFB50), range(0x1D100, 0x1D200), range(0x2F800, 0x2FA20))


class BytePairEngine:
    """Encodes as the reference does, to ids of `dtype`, which are valid until the next call.

    `reference` has the texts that the kernel is not sure of: with a character of an unknown kind, or one that it is
    told of; with an added token that there are conditions to; or of more than `most_chars`.
    """

    def __init__(
        self,
        file: BytePairFile,
        reference: Rows,
        dtype: np.dtype[Any],
        most_chars: int | None = None,
        kept_slots: int = KEPT_SLOTS,
    ) -> None:
        self.unsure: Sequence[str] = ()  # what it was told of
        self.sure: Sequence[str] = ()
        self._reference, self._most_chars = reference, most_chars or sys.maxsize
        self._kinds = (_composing_kinds() if file.composed else cut_kinds()).copy()
        merges = file.lefts, file.rights, file.made
        self._pairs = BytePairs(file.byte_ids, *merges, file.whole, file.cut, self._kinds, kept_slots, dtype)
        self._outer, self._inner = Words.of(file.added.outer), Words.of(file.added.inner)
        self._spots = np.empty((_SPOTS, 4), np.int64)
        self._placed = Placed(SLACK_BYTES)

    @classmethod
    def recalled(
        cls, prepared: Prepared, reference: Rows, dtype: np.dtype[Any], most_chars: int | None = None
    ) -> BytePairEngine:
        """One that was tried out before."""
        engine = cls(BytePairFile.of_arrays(prepared.file), reference, dtype, most_chars)
        engine.leave(prepared.unsure)
        engine.trust(prepared.sure)
        return engine

    def __call__(self, texts: pa.Array) -> FlatIds:
        data, offsets = self._placed(texts)
        noted = np.zeros(len(texts), np.uint8)
        long = np.flatnonzero(np.diff(offsets) > self._most_chars)  # bytes: characters are not more
        if long.size:
            noted[long[pc.utf8_length(texts.take(numbers_of(long))).to_numpy() > self._most_chars]] = UNSURE
        spots = self._found(data, offsets)
        noted[spots[spots[:, 2] < 0, 3]] = UNSURE
        flat = FlatIds(*self._pairs.encode(data, offsets, noted, spots))
        if noted.any():
            flat = self._composed(texts, noted, spots, flat)
            places = np.flatnonzero(noted & UNSURE)
            flat = flat.replaced(places.tolist(), self._reference(texts.take(numbers_of(places)).to_pylist()))
        return flat

    def rows(self, texts: Sequence[str]) -> list[list[int]]:
        """The same of Python's strings."""
        return [row.tolist() for row in self(pa.array(texts, pa.large_string())).rows()]

    def leaves(self, character: str) -> bool:
        """Whether texts with that character go to the reference."""
        return bool(self._kinds[ord(character)] & UNSURE)

    def leave(self, characters: Sequence[str]) -> None:
        """Texts with one of these go to the reference from now on."""
        self.unsure = (*self.unsure, *characters)
        self._kinds[[*map(ord, characters)]] |= UNSURE

    def trust(self, characters: Sequence[str]) -> None:
        """These, though not assigned in our version of Unicode, are what all such are to the reference, too."""
        self.sure = (*self.sure, *characters)
        self._kinds[[*map(ord, characters)]] &= ~np.uint8(UNSURE)

    def _composed(
        self, texts: pa.Array, noted: npt.NDArray[np.uint8], spots: npt.NDArray[np.int64], flat: FlatIds
    ) -> FlatIds:
        """With the ids of what NFC changes; texts with added tokens, which may end in that, are UNSURE instead."""
        places = np.flatnonzero(noted == COMPOSES)
        rows = dict(zip(places.tolist(), texts.take(numbers_of(places)).to_pylist(), strict=True))
        changed = {place: text for place, text in rows.items() if not unicodedata.is_normalized("NFC", text)}
        for place in changed.keys() & set(spots[:, 3].tolist()):
            noted[place] = UNSURE
            del changed[place]
        if not changed:
            return flat
        flat = flat.copied()
        composed = [unicodedata.normalize("NFC", text) for text in changed.values()]
        return flat.replaced([*changed], self(pa.array(composed, pa.large_string())).rows())

    def _found(self, data: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Where added tokens are."""
        if not self._outer.ids.size and not self._inner.ids.size:
            return self._spots[:0]
        while (count := find_words(data, offsets, self._outer, self._inner, self._spots)) > len(self._spots):
            self._spots = np.empty((2 * count, 4), np.int64)
        return self._spots[:count]


@functools.cache
def _composing_kinds() -> npt.NDArray[np.uint8]:
    """`cut_kinds` with COMPOSES for whatever may stand in a text that is not in NFC."""
    kinds = cut_kinds().copy()
    kinds[(kinds & RAISED != 0) & (kinds & LETTER == 0)] |= COMPOSES  # marks
    kinds[_JAMO] |= COMPOSES
    points = [point for part in _REPLACED for point in part]
    replaced = [point for point in points if not unicodedata.is_normalized("NFC", chr(point))]
    kinds[replaced] |= COMPOSES
    return kinds


def byte_pair_engine(
    file: BytePairFile,
    reference: Encoders,
    dtype: np.dtype[Any],
    special: Sequence[str] = (),
    most_chars: int | None = None,
) -> BytePairEngine | None:
    """Encodes as the reference does; None where it does not, or cannot be tried out. `special` are tried, too."""
    try:
        shown = BytePairFile.of(*showing_vocabulary(), file.cut, True, composed=file.composed)
        showing = BytePairEngine(shown, reference.showing, np.dtype(np.uint32), kept_slots=_FEW_SLOTS)
        engine = BytePairEngine(file, reference.own, dtype, most_chars)
        unsure = unsure_characters(Encoders(engine.rows, showing.rows), reference, special, engine.leaves)
        if unsure is None:
            return None
        engine.leave(unsure)
        if not file.composed:  # what a later version assigns may be composed with what is before it
            new = [character for character in map(chr, _OFTEN) if engine.leaves(character)]
            showing.trust(new)
            differ = {*differing(showing.rows, reference.showing, new), *unsure}
            engine.trust([character for character in new if character not in differ])
    except ValueError:  # what it has no room for
        return None
    return engine
