"""From hits to what is said of each text: items, how much of each it covers, spans, and what a cut leaves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import Int64s
from corpusmill.decontaminate.coverage import union_parts
from corpusmill.decontaminate.cut import cut_around
from corpusmill.decontaminate.found import Found
from corpusmill.decontaminate.indexed import Indexed
from corpusmill.schema import CONTAMINANTS

SHOWN_ITEMS = 32  # of one gram that stands in many: the first so many are named
COLUMNS = ("hits", "items", "share", "pieces", "left_chars")  # of the table, as scores of a run

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Settled:
    """What is said of n texts."""

    table: pa.Table  # schema.CONTAMINANTS without doc_id
    items: Int64s  # distinct pairs of a text and an item
    grams: Int64s  # distinct grams of the hits that count


@dataclass(frozen=True)
class _Rows:
    """Hits by text and item: one row for each item that has the gram of a hit."""

    hits: Int64s  # which hit
    texts: Int64s
    items: Int64s
    places: Int64s  # first unit in the item
    lengths: Int64s  # units

    def take(self, which: Int64s | Flags) -> _Rows:
        return _Rows(*(each[which] for each in (self.hits, self.texts, self.items, self.places, self.lengths)))

    def firsts(self) -> Int64s:
        """Where each pair of text and item begins; rows are sorted by these."""
        new = np.ones(len(self.hits), np.bool_)
        new[1:] = (self.texts[1:] != self.texts[:-1]) | (self.items[1:] != self.items[:-1])
        return np.flatnonzero(new)


def settled(index: Indexed, found: Found, ignored: Flags | None) -> Settled:
    """`ignored`: [grams] those that are too common to mean anything; None: none are."""
    if ignored is not None:
        found = found.where(~ignored[found.grams])
    rows = _rows(index, found)
    if index.style.sketch is not None:
        rows, found = _in_windows(index, found, rows)
    texts = len(found.chars)
    firsts = rows.firsts()
    shares = _shares(index, found, rows, firsts)
    owners, items = rows.texts[firsts], rows.items[firsts]
    largest = np.zeros(texts)
    np.maximum.at(largest, owners, shares)
    cuts = cut_around(found, index.style)
    columns = {
        "hits": np.bincount(found.texts, minlength=texts),
        "items": np.bincount(owners, minlength=texts),
        "share": largest,
        "pieces": cuts.pieces,
        "left_chars": cuts.left_chars,
        "spans": _spans(index, found, rows, shares),
        "cuts": cuts.lists(),
    }
    names = CONTAMINANTS.names[1:]
    arrays = [pa.array(columns[name]).cast(CONTAMINANTS.field(name).type) for name in names]
    table = pa.Table.from_arrays(arrays, schema=pa.schema([CONTAMINANTS.field(name) for name in names]))
    return Settled(table, items, np.unique(found.grams))


def _rows(index: Indexed, found: Found) -> _Rows:
    """By text, then item, then place in the text."""
    grams, wholes = index.grams, index.wholes
    count = len(grams.table.hashes)
    whole = found.grams >= count
    own = np.minimum(found.grams, count - 1) if count else np.zeros_like(found.grams)
    firsts = np.where(whole, found.grams - count, grams.starts[own])
    lasts = np.where(whole, firsts + 1, grams.starts[np.minimum(own + 1, count)])
    counts = np.minimum(lasts - firsts, SHOWN_ITEMS)
    hits = np.repeat(np.arange(len(counts)), counts)
    at = firsts[hits] + np.arange(len(hits)) - np.repeat(np.cumsum(counts) - counts, counts)
    second = whole[hits]
    items = _either(grams.items, wholes.items, at, second)
    places = _either(grams.places, wholes.places, at, second)
    lengths = _either(grams.lengths, wholes.lengths, at, second)
    rows = _Rows(hits, found.texts[hits], items, places, lengths)
    return rows.take(np.lexsort((hits, items, rows.texts)))


def _either(here: npt.NDArray[np.int32], there: npt.NDArray[np.int32], at: Int64s, second: Flags) -> Int64s:
    out = np.empty(len(at), np.int64)
    out[~second], out[second] = here[at[~second]], there[at[second]]
    return out


def _in_windows(index: Indexed, found: Found, rows: _Rows) -> tuple[_Rows, Found]:
    """The rows in windows with enough of the sketch of their item, and the hits that have such a row."""
    from corpusmill.kernels.matching.windows import best_windows

    firsts = rows.firsts()
    items = rows.items[firsts]
    style, sketched = index.style, index.sketch_sizes
    needed = np.maximum(1, np.ceil(sketched[items] * style.least_share)).astype(np.int64)
    widths = np.ceil(index.item_units[items] * style.window).astype(np.int64)
    kept, best = np.zeros(len(rows.hits), np.bool_), np.zeros(len(firsts), np.int64)
    groups = np.append(firsts, len(rows.hits))
    most = int(index.item_units.max(initial=0)) + 1
    best_windows(groups, found.units[rows.hits], rows.places, widths, needed, most, kept, best)
    kept |= found.grams[rows.hits] >= len(index.grams.table.hashes)  # short items match as a whole
    some = np.zeros(len(found.texts), np.bool_)
    some[rows.hits[kept]] = True
    numbers = np.cumsum(some) - 1
    left = rows.take(kept)
    moved = _Rows(numbers[left.hits], left.texts, left.items, left.places, left.lengths)
    return moved, found.where(some)


def _shares(index: Indexed, found: Found, rows: _Rows, firsts: Int64s) -> npt.NDArray[np.float64]:
    """How much of its item each pair of text and item covers."""
    if not len(firsts):
        return np.zeros(0)
    pairs = np.repeat(np.arange(len(firsts)), np.diff(np.append(firsts, len(rows.hits))))
    if index.style.share_of == "grams" or index.style.sketch is not None:
        totals = index.sketch_sizes[rows.items[firsts]]
        whole = found.grams[rows.hits] >= len(index.grams.table.hashes)
        distinct = np.unique(np.stack([pairs, np.where(whole, -1, rows.places)]), axis=1)[0]
        covered = np.bincount(distinct, minlength=len(firsts))
        complete = np.bincount(pairs[whole], minlength=len(firsts)) > 0
        return np.where(complete, 1.0, np.minimum(1.0, covered / np.maximum(totals, 1)))
    ends = rows.places + rows.lengths
    covered = np.bincount(pairs, weights=union_parts(pairs, rows.places, ends), minlength=len(firsts))
    return np.minimum(1.0, covered / np.maximum(index.item_units[rows.items[firsts]], 1))


def _spans(index: Indexed, found: Found, rows: _Rows, shares: npt.NDArray[np.float64]) -> pa.Array:
    """The hits of each pair as spans of the text, joined where they overlap or touch words of one another."""
    starts, ends = found.starts[rows.hits], found.ends[rows.hits]
    firsts = rows.firsts()
    pairs = np.repeat(np.arange(len(firsts)), np.diff(np.append(firsts, len(starts))))
    order = np.lexsort((ends, starts, pairs))
    step = int(ends.max(initial=0)) + 2
    begins, stops = starts[order] + pairs[order] * step, ends[order] + pairs[order] * step
    furthest = np.maximum.accumulate(stops) if len(stops) else stops
    new = np.ones(len(order), np.bool_)
    new[1:] = begins[1:] > furthest[:-1]
    at = np.flatnonzero(new)
    lasts = np.append(at[1:], len(order)) - 1 if len(at) else at
    pair = pairs[order][at]
    items, owners = rows.items[firsts][pair], rows.texts[firsts][pair]
    benchmarks = pa.array(index.benchmarks, pa.string()).take(pa.array(index.item_benchmarks[items]))
    columns = [
        pa.array(starts[order][at]),
        pa.array(furthest[lasts] - pair * step),
        benchmarks,
        index.identities.take(pa.array(items)).cast(pa.string()),
        pa.array(shares[pair] if len(pair) else np.zeros(0)),
    ]
    kind = CONTAMINANTS.field("spans").type
    structs = pa.StructArray.from_arrays(columns, fields=list(kind.value_type))
    offsets = np.append(0, np.cumsum(np.bincount(owners, minlength=len(found.chars))))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), structs, type=kind)
