"""The ids of many texts end to end: what tokenizers give, and what the files of a ragged pair hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa


class FlatIds(NamedTuple):
    """Ids of texts, one after another, and how many each text has.

    >>> flat = FlatIds.of([np.array([7, 8]), np.array([], np.int64)], np.dtype("<u2"))
    >>> flat.ids, flat.lengths, flat.rows()
    (array([7, 8], dtype=uint16), array([2, 0]), [array([7, 8], dtype=uint16), array([], dtype=uint16)])
    """

    ids: npt.NDArray[Any]
    lengths: npt.NDArray[np.int64]

    @classmethod
    def of(cls, rows: Sequence[npt.ArrayLike], dtype: np.dtype[Any] | None = None) -> Self:
        """`rows` are the ids of one text each; without a `dtype` they keep theirs."""
        arrays = [np.asarray(row) for row in rows]
        lengths = np.fromiter((row.size for row in arrays), np.int64, len(arrays))
        filled = [row for row in arrays if row.size]  # an empty list has another type than ids
        ids = np.concatenate(filled) if filled else np.empty(0, np.int64)
        return cls(ids if dtype is None else ids.astype(dtype, copy=False), lengths)

    def rows(self) -> list[npt.NDArray[Any]]:
        """The ids of each text, views of `ids`."""
        return np.split(self.ids, np.cumsum(self.lengths)[:-1]) if self.lengths.size else []

    def copied(self) -> FlatIds:
        """Ids that stay when the tokenizer is called again."""
        return FlatIds(self.ids.copy(), self.lengths)

    def replaced(self, places: Sequence[int], rows: Sequence[npt.ArrayLike]) -> FlatIds:
        """The same with other `rows` at `places`."""
        every: list[npt.ArrayLike] = [*self.rows()]
        for place, row in zip(places, rows, strict=True):
            every[place] = row
        return FlatIds.of(every, self.ids.dtype)


class InRows:
    """A tokenizer of Arrow strings also takes Python's, and gives an array a text."""

    def encode(self, texts: pa.Array) -> FlatIds:
        raise NotImplementedError

    def prepare(self) -> None:
        """Nothing to do."""

    def encode_batch(self, texts: Sequence[str]) -> list[npt.NDArray[Any]]:
        return self.encode(pa.array(texts, pa.large_string())).copied().rows()
