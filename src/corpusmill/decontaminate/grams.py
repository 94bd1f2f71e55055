"""The runs of evaluation items that texts are searched for, by the options of a style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import Hashes, Int32s, Int64s, TextBatch
from corpusmill.decontaminate.items import Item
from corpusmill.decontaminate.shapes import without_labels
from corpusmill.decontaminate.styles import Style
from corpusmill.decontaminate.units import Hashed, Spelled, units_of, word_counts
from corpusmill.dedupe.fineweb import joined, ngram_hashes

LEAST_SKETCHED = 8  # items of fewer different runs match as a whole
COMMON_ITEMS = 8  # runs of more items are not sketched: they are the prompt's


Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Grams:
    """Runs of items; row i: what is looked for, the item, its first unit there, and how many units it covers."""

    hashes: Hashes
    items: Int32s
    places: Int32s
    lengths: Int32s


@dataclass(frozen=True)
class Wanted:
    """All that is looked for of a list of items."""

    runs: Grams
    wholes: Grams  # short items
    beginnings: Hashes  # of the wholes: the hash of their first `least_whole` units
    units: Int32s  # of each item


def main_text(item: Item) -> str:
    """Question and answer."""
    return " ".join(text for text in (item.query, item.label) if text)


def wanted_of(items: Sequence[Item], style: Style) -> Wanted:
    """What is looked for of each item."""
    if style.units == "paragraphs":
        return _paragraphs(items, style)
    if style.units in ("spacy_en", "simplified"):
        return _label_and_query(items, style)
    return _texts(items, style)


def datatrove_hashes(label: str, query: str | None, style: Style) -> list[int]:
    """The hashes of one item in datatrove's order: runs of the label, of the query, then over the border.

    >>> from corpusmill.decontaminate.styles import style_named
    >>> style = style_named("datatrove-fast", ["size=2"])
    >>> [hex(value) for value in datatrove_hashes("Paris, France", "Where?", style)]
    ['0xf29fee9f470c9ce0', '0x1d0137a74eae85ae']
    """
    tokens = _spelled([label, query or ""], style)
    found = _label_and_query_rows(tokens[:1], tokens[1:] if query is not None else [[]], style)
    return [int(value) for value in found.hashes]


def _texts(items: Sequence[Item], style: Style) -> Wanted:
    """Runs of each item's text, and of the ways in which it is written without the prompt's labels."""
    texts, owners, moved = [], [], []
    for number, item in enumerate(items):
        main = main_text(item)
        bare = without_labels(item.query or "")
        shift = int(bool(item.query) and not (item.query or "").lstrip().startswith(bare[:20]))
        ways = {
            main: 0,
            item.query or main: 0,
            bare or main: shift,
            f"{bare} {item.label or ''}".strip() or main: shift,
        }
        for text, place in ways.items():
            texts.append(text)
            owners.append(number)
            moved.append(place)
    batch = TextBatch(pa.array(texts, pa.large_string()))
    units = units_of(batch, style.units)
    assert isinstance(units, Hashed)
    counts, owner, shifts = np.diff(units.offsets), np.array(owners, np.int32), np.array(moved, np.int32)
    first = np.flatnonzero(np.diff(owner, prepend=-1))  # the main text of each item
    totals = counts[first].astype(np.int32)
    hashes, begins = units.runs(style.size)
    row = np.repeat(np.arange(len(texts)), np.diff(begins))
    places = np.arange(len(hashes)) - begins[row] + shifts[row]
    most = np.maximum(totals[owner[row]] - style.size, 0)
    spelled = _letters(batch, units, begins, style.size) >= style.least_letters
    lengths = np.full(len(hashes), style.size)
    places = np.minimum(places, most)
    runs = _distinct(hashes[spelled], owner[row][spelled], places[spelled], lengths[spelled])
    short: Flags = np.zeros(len(items), np.bool_)
    if style.sketch is not None:
        runs, short = _sketched(runs, style.sketch, len(items))
    if style.least_whole is None:
        return Wanted(runs, _none(), np.empty(0, np.uint64), totals)
    letters = np.append(0, np.cumsum(units.ends - units.starts))
    chars = letters[units.offsets[1:]] - letters[units.offsets[:-1]]
    whole = (counts >= style.least_whole) & ((counts < style.size) | short[owner])
    whole &= chars >= style.least_whole_chars
    beginnings, starts = units.runs(style.least_whole)
    return Wanted(runs, *_wholes(units, np.flatnonzero(whole), owner, shifts, beginnings, starts), totals)


def _letters(batch: TextBatch, units: Hashed, begins: Int64s, size: int) -> Int64s:
    """Letters of ASCII, and bytes that are not ASCII, of each run."""
    data = batch.data
    counted = np.append(0, np.cumsum((data >= 0x80) | ((data | 0x20) - 0x61 < 26)))
    row = np.repeat(np.arange(len(begins) - 1), np.diff(begins))
    firsts = np.arange(len(row)) - begins[row] + units.offsets[row]
    found: Int64s = counted[units.ends[firsts + size - 1]] - counted[units.starts[firsts]]
    return found


def _wholes(
    units: Hashed, rows: Int64s, owner: Int32s, shifts: Int32s, beginnings: Hashes, starts: Int64s
) -> tuple[Grams, Hashes]:
    from corpusmill.kernels.matching.gram_lookup import whole_hash

    hashes = np.array([whole_hash(units.hashes, units.offsets[r], units.offsets[r + 1]) for r in rows], np.uint64)
    lengths = np.diff(units.offsets)[rows].astype(np.int32)
    keys: dict[tuple[int, int], int] = {}
    for at, row in enumerate(rows.tolist()):  # the same text of one item once
        keys.setdefault((int(owner[row]), int(hashes[at])), at)
    kept = np.array(sorted(keys.values()), np.int64)
    grams = Grams(hashes[kept], owner[rows[kept]], shifts[rows[kept]], lengths[kept])
    return grams, beginnings[starts[rows[kept]]]


def _sketched(runs: Grams, size: int, items: int) -> tuple[Grams, Flags]:
    """The `size` least hashed runs of each item that few others have; and which items have too few for that."""
    _, which, shared = np.unique(runs.hashes, return_inverse=True, return_counts=True)
    rare = shared[which] <= COMMON_ITEMS
    order = np.lexsort((runs.hashes, ~rare, runs.items))
    owners = runs.items[order]
    begins = np.searchsorted(owners, np.arange(items + 1))
    rank = np.arange(len(order)) - begins[owners]
    few = np.bincount(runs.items[rare], minlength=items) < LEAST_SKETCHED
    kept = order[(rank < size) & rare[order] & ~few[owners]]
    return Grams(runs.hashes[kept], runs.items[kept], runs.places[kept], runs.lengths[kept]), few


def _paragraphs(items: Sequence[Item], style: Style) -> Wanted:
    """Lines of questions, of answers and of both; and the whole of each where it has several lines."""
    texts, owners = [], []
    for number, item in enumerate(items):
        for text in dict.fromkeys([main_text(item), item.query or "", item.label or ""]):
            texts.append(text)
            owners.append(number)
    batch = TextBatch(pa.array(texts, pa.large_string()))
    units = units_of(batch, style.units)
    counts, owner = np.diff(units.offsets), np.array(owners, np.int32)
    row = np.repeat(np.arange(len(texts)), counts)
    places = np.arange(len(row)) - units.offsets[row]
    lines = counts - (counts > 1)
    whole = places == lines[row]
    hashes, _ = units.runs(1)
    starts, ends = units.spans(np.arange(len(row)), np.arange(len(row)))
    spelled = pa.array([bytes(batch.data[s:e]).decode() for s, e in zip(starts, ends, strict=True)], pa.large_string())
    enough = word_counts(spelled) >= style.least_paragraph_words
    totals = lines[np.flatnonzero(np.diff(owner, prepend=-1))].astype(np.int32)
    owned = owner[row]
    runs = _distinct(
        hashes[enough],
        owned[enough],
        np.minimum(np.where(whole, 0, places), totals[owned] - 1)[enough],
        np.where(whole, lines[row], 1)[enough],
    )
    return Wanted(runs, _none(), np.empty(0, np.uint64), totals)


def _label_and_query(items: Sequence[Item], style: Style) -> Wanted:
    labels = _spelled([item.label or "" for item in items], style)
    queries = _spelled([item.query or "" for item in items], style)
    totals = np.array([len(q) + len(a) for q, a in zip(queries, labels, strict=True)], np.int32)
    rows = _label_and_query_rows(labels, queries, style)
    return Wanted(
        _distinct(rows.hashes, rows.items, rows.places, rows.lengths), _none(), np.empty(0, np.uint64), totals
    )


def _label_and_query_rows(labels: Sequence[list[str]], queries: Sequence[list[str]], style: Style) -> Grams:
    """Of all items, in datatrove's order within each."""
    sequences, owners, begins = [], [], []
    for number, (label, query) in enumerate(zip(labels, queries, strict=True)):
        border = query[-style.size + 1 :] if style.size > 1 else []
        parts = [(label, len(query))]
        if style.query_grams:
            parts.append((query, 0))
        if style.overlap_grams:
            parts.append((border + label[: style.size - 1] if border else [], len(query) - len(border)))
        for sequence, place in parts:
            sequences.append(sequence)
            owners.append(number)
            begins.append(place)
    found = ngram_hashes(joined(pa.array(sequences, pa.large_list(pa.large_string()))), style.size)
    row = np.repeat(np.arange(len(sequences)), np.diff(found.begins))
    places = np.arange(len(row)) - found.begins[row] + np.array(begins, np.int64)[row]
    return Grams(
        found.hashes,
        np.array(owners, np.int32)[row],
        places.astype(np.int32),
        np.full(len(row), style.size, np.int32),
    )


def _spelled(texts: Sequence[str], style: Style) -> list[list[str]]:
    """The words of each text."""
    units = units_of(TextBatch(pa.array(texts, pa.large_string())), style.units)
    assert isinstance(units, Spelled)
    data = units.words.data.tobytes()
    spelled = [
        data[start:end].decode()
        for start, end in zip(units.words.starts.tolist(), units.words.ends.tolist(), strict=True)
    ]
    offsets = units.offsets.tolist()
    return [spelled[offsets[i] : offsets[i + 1]] for i in range(len(texts))]


def _distinct(hashes: Hashes, items: Int32s, places: Int64s | Int32s, lengths: Int64s | Int32s) -> Grams:
    """By hash, then item; of one item the first place of a hash."""
    order = np.lexsort((places, items, hashes))
    hashes, items = hashes[order], items[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (hashes[1:] != hashes[:-1]) | (items[1:] != items[:-1])
    kept = order[new]
    return Grams(
        hashes[new], items[new].astype(np.int32), places[kept].astype(np.int32), lengths[kept].astype(np.int32)
    )


def _none() -> Grams:
    none = np.empty(0, np.int32)
    return Grams(np.empty(0, np.uint64), none, none, none)
