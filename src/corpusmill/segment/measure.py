"""Spans of bytes → Tokens."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from corpusmill.segment.characters import character_kinds
from corpusmill.segment.tokens import Tokens


def measured(
    data: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    offsets: npt.NDArray[np.int64],
) -> Tokens:
    """The tokens data[starts[i]:ends[i]], none of them empty, measured."""
    from corpusmill.kernels.words.token_measures import measure_tokens

    hashes, powers = np.empty(len(starts), np.uint64), np.empty(len(starts), np.uint64)
    lengths, kinds = np.empty(len(starts), np.int32), np.empty(len(starts), np.uint8)
    measure_tokens(data, starts, ends, character_kinds(), hashes, powers, lengths, kinds)
    return Tokens(hashes, powers, lengths, kinds, offsets)


def measured_words(texts: list[list[str]]) -> Tokens:
    """The words of each text, none of them empty, measured."""
    encoded = [word.encode() for words in texts for word in words]
    ends = np.cumsum([0, *map(len, encoded)])
    offsets = np.cumsum([0, *map(len, texts)])
    return measured(np.frombuffer(b"".join(encoded), np.uint8), ends[:-1], ends[1:], offsets)
