"""Where a batch of texts has what an index looks for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from corpusmill.batch import Int64s, TextBatch
from corpusmill.decontaminate.indexed import Indexed
from corpusmill.decontaminate.table import Hits
from corpusmill.decontaminate.units import Hashed, units_of


@dataclass(frozen=True)
class Found:
    """One row a hit, by text, then by place; of `chars`: code points of each text."""

    texts: Int64s  # row of the text in its batch
    units: Int64s  # first unit, counted from the text's first
    starts: Int64s  # code points
    ends: Int64s
    grams: Int64s  # numbers of the index
    chars: Int64s  # [n]

    def where(self, kept: npt.NDArray[np.bool_]) -> Found:
        """The hits that are `kept`."""
        texts, units, starts = self.texts[kept], self.units[kept], self.starts[kept]
        return Found(texts, units, starts, self.ends[kept], self.grams[kept], self.chars)


def found_in(index: Indexed, batch: TextBatch) -> Found:
    """All hits in the texts of a batch."""
    units = units_of(batch, index.style.units)
    hits = units.find(index.style.size, index.grams.table)
    lengths = np.full(len(hits.places), index.style.size, np.int64)
    if len(index.wholes.hashes) and isinstance(units, Hashed) and index.style.least_whole is not None:
        wholes = _wholes(index, units, units.find(index.style.least_whole, index.wholes.table))
        places = np.concatenate([hits.places, wholes.places])
        grams = np.concatenate([hits.grams, wholes.grams + len(index.grams.table.hashes)])
        lengths = np.concatenate([lengths, index.wholes.lengths[wholes.grams]])
        order = np.lexsort((grams, places))
        hits, lengths = Hits(places[order], grams[order]), lengths[order]
    texts = np.searchsorted(units.offsets, hits.places, side="right") - 1
    starts, ends = units.spans(hits.places, hits.places + lengths - 1) if len(texts) else (texts, texts)
    starts, ends = _code_points(batch, texts, starts), _code_points(batch, texts, ends)
    chars = np.asarray(pc.utf8_length(batch.texts), np.int64)
    return Found(texts, hits.places - units.offsets[texts], starts, ends, hits.grams, chars)


def _wholes(index: Indexed, units: Hashed, begun: Hits) -> Hits:
    from corpusmill.kernels.matching.gram_lookup import keep_whole

    wholes, room = index.wholes, 1 << 16
    while True:
        out = Hits(np.empty(room, np.int64), np.empty(room, np.int64))
        room = keep_whole(units.hashes, units.offsets, *begun, wholes.starts, wholes.lengths, wholes.hashes, *out)
        if room <= len(out.places):
            return Hits(out.places[:room], out.grams[:room])


def _code_points(batch: TextBatch, texts: Int64s, places: Int64s) -> Int64s:
    """Byte places of the batch as code points from the start of their texts, which come ascending."""
    out = np.empty(len(places), np.int64)
    rows, firsts = np.unique(texts, return_index=True)
    for row, first, last in zip(rows, firsts, np.append(firsts, len(texts))[1:], strict=True):
        begin, end = batch.offsets[row], batch.offsets[row + 1]
        leads = np.append(0, np.cumsum((batch.data[begin:end] & 0xC0) != 0x80))
        out[first:last] = leads[places[first:last] - begin]
    return out
