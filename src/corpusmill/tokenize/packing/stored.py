"""A packing on disk: three arrays a window, read through the page cache as the tokens themselves are.

    <window>.offsets.npy   1-D int64: pack p holds pieces offsets[p] to offsets[p + 1]
    <window>.pieces.npy    2-D uint32[n, 3]: document (from 0 in the window), first token in it, tokens
    <window>.rows.npy      2-D [packs, length], the folder's type: the packs themselves; only where asked for

With a separator every document has one token more, its last; so a piece that ends with it ends one beyond the document.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.files import write_npy
from corpusmill.tokenize.packing.packing import DOCUMENT, Packing
from corpusmill.tokenize.ragged import RaggedArray

OFFSETS, PIECES, ROWS = ".offsets.npy", ".pieces.npy", ".rows.npy"


class Texts:
    """The documents of consecutive pairs, numbered through: `opened(k)` gives the pair k, of counts[k] documents."""

    def __init__(self, opened: Callable[[int], RaggedArray], counts: Sequence[int], separator: int | None) -> None:
        self._opened, self._separator = opened, separator
        self._ends = list(accumulate(counts))
        self._counts = counts

    def fill(self, pieces: npt.NDArray[Any], out: npt.NDArray[Any]) -> int:
        """Write the tokens of the pieces into `out`, one after another; returns how many."""
        at = 0
        for document, start, size in pieces.tolist():
            pair, first, last = self.place(document)
            tokens = self._opened(pair).data[first + start : min(first + start + size, last)]
            out[at : at + tokens.size] = tokens
            at += size
            if tokens.size < size:
                assert self._separator is not None and tokens.size == size - 1, "the packing is of other tokens"
                out[at - 1] = self._separator
        return at

    def place(self, document: int) -> tuple[int, int, int]:
        """The number of the document's pair, and its first token there and the one after its last."""
        pair = bisect_right(self._ends, document)
        within = document - (self._ends[pair] - self._counts[pair])
        offsets = self._opened(pair).offsets
        return pair, int(offsets[within]), int(offsets[within + 1])


def write_packing(packing: Packing, offsets: Path, pieces: Path) -> None:
    """Raises ValueError where a window has 2^32 documents or more."""
    if packing.pieces.size and int(packing.pieces.max()) >= 2**32:
        most = packing.pieces[:, DOCUMENT].max()
        raise ValueError(f"{pieces}: document {most:,} does not fit 32 bits; pack fewer at once")
    write_npy(offsets, packing.offsets)
    write_npy(pieces, packing.pieces.astype(np.uint32))


def write_rows(packing: Packing, texts: Texts, dtype: np.dtype[Any], pad_id: int, path: Path) -> None:
    """The packs as rows of one length, `pad_id` after their ends."""
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False}
    with path.open("wb", buffering=1 << 20) as stream:
        np.lib.format.write_array_header_1_0(stream, {**header, "shape": (len(packing), packing.length)})
        row = np.empty(packing.length, dtype)
        for number in range(len(packing)):
            row[texts.fill(packing.pack(number), row) :] = pad_id
            stream.write(row.data)
