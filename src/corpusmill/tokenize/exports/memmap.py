"""A flat file of ids, `<name>.bin`, as `np.memmap` opens it, and where its documents are.

`<name>.bounds.npy` is int64 [documents + 1]: document i is at [bounds[i], bounds[i + 1]), its separator included. Ids
are uint16, or uint32 where the vocabulary needs them; the manifest says which.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from corpusmill.files import write_npy
from corpusmill.tokenize.exports.stream import Stream


def write_memmap(stream: Stream, shard: int, bin_path: Path, bounds_path: Path) -> int:
    """One shard of `stream`; returns the documents."""
    dtype = np.dtype(f"<u{stream.dtype.itemsize}")
    with bin_path.open("wb") as file:
        for ids in stream.blocks(shard):
            file.write(ids.astype(dtype, copy=False).data)
    bounds = stream.shards[shard].open().offsets.copy()
    if stream.separator is not None:
        bounds += np.arange(bounds.size)
    write_npy(bounds_path, bounds)
    return int(bounds.size) - 1
