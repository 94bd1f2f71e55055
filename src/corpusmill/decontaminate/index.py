"""An index of evaluation sets: a folder with one file of arrays and a card with its hash.

>>> import tempfile, pathlib
>>> from corpusmill.decontaminate.items import Item
>>> from corpusmill.decontaminate.styles import style_named
>>> asked = "How many of the seventy birds on the wire sang when the sun came up?"
>>> folder = pathlib.Path(tempfile.mkdtemp()) / "index"
>>> index = ContaminantIndex.build(folder, [Item("birds", "0", asked, "Eleven.")], style_named("corpusmill"), {})
>>> found = index.find(pa.array([asked.upper() + " ELEVEN!", "Nothing to see."]))
>>> found["hits"].to_pylist(), found["share"].to_pylist(), found["spans"][0].as_py()[0]["item"]
([4, 0], [1.0, 0.0], '0')
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpusmill.batch import Hashes, Int64s, TextBatch
from corpusmill.decontaminate.arrays import Array, open_arrays, write_arrays
from corpusmill.decontaminate.found import Found, found_in
from corpusmill.decontaminate.grams import Wanted, main_text, wanted_of
from corpusmill.decontaminate.indexed import Indexed
from corpusmill.decontaminate.items import Item
from corpusmill.decontaminate.settle import settled
from corpusmill.decontaminate.styles import Style
from corpusmill.decontaminate.table import Table
from corpusmill.errors import InputRefused, ModelRefused
from corpusmill.models.card import CARD, Card, begin, finish, read_card

KIND, ARRAYS = "contaminants", "contaminants.arrays"


class ContaminantIndex(Indexed):
    """An index in a folder of its own, and what texts have in common with it."""

    @classmethod
    def build(cls, path: Path, items: Sequence[Item], style: Style, files: Mapping[str, str]) -> ContaminantIndex:
        """Write the index of `items` to the folder `path`, in place of an earlier one.

        `files`: name and sha256 of what the items were read from. Raises InputRefused where there is no item, or none
        that the style can look for, and RunRefused where `path` is something else.
        """
        if not items:
            raise InputRefused("there are no items to build an index of; wanted NAME=FILE with at least one")
        wanted = wanted_of(items, style)
        arrays = _arrays_of(items, wanted)
        checked = np.zeros(len(items), np.bool_)
        checked[wanted.runs.items] = checked[wanted.wholes.items] = True
        if not checked.any():
            raise InputRefused(
                f"all {len(items):,} items are shorter than style {style.name} can look for; "
                "take one that matches short items as a whole: --style corpusmill"
            )
        benchmarks = [
            {"name": name, "items": count, "uncheckable": int((~checked[at : at + count]).sum())}
            for name, at, count in _runs(items)
        ]
        begin(path)
        write_arrays(path / ARRAYS, arrays)
        described = {"style": dataclasses.asdict(style), "benchmarks": benchmarks}
        finish(path, Card(KIND, 1, described, dict(files), {ARRAYS: ""}))
        return cls.open(path)

    @classmethod
    def open(cls, path: str | Path) -> ContaminantIndex:
        """Raises ModelRefused where it is missing, damaged, or of another version."""
        path = Path(path)
        if not (path / CARD).is_file():
            raise ModelRefused(f"{path} is no index: it has no {CARD}  (corpusmill contaminants build makes one)")
        card = read_card(path, KIND)
        try:
            return cls(path, card, open_arrays(path / ARRAYS))
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise ModelRefused(
                f"{path} is damaged or of another version: {error}; make it again: corpusmill contaminants build"
            ) from None

    def search(self, texts: pa.Array) -> Found:
        """Every place of `texts` where something that is looked for stands, not yet settled."""
        return found_in(self, TextBatch(texts))

    def find(self, texts: pa.Array) -> pa.Table:
        """What each text has in common with the items, row by row; null counts as empty.

        hits: runs found; items: of how many items; share: the largest part of an item that is covered; pieces and
        left_chars: what the style's cut leaves, 0 pieces where nothing; spans: of code points, with benchmark, item and
        how much of it the text covers; cuts: what is cut. The style's `most_documents` is for whole runs, not for this.
        """
        found = self.search(texts)
        return settled(self, found, None).table

    def as_json(self) -> dict[str, Any]:
        """Style and benchmarks, for people and the manifest."""
        return {**self.card.parameters, "grams": len(self.grams.table.hashes), "wholes": len(self.wholes.hashes)}


def _runs(items: Sequence[Item]) -> list[tuple[str, int, int]]:
    """Name, first item and number of items of each benchmark; items of one lie together."""
    found: list[tuple[str, int, int]] = []
    for number, item in enumerate(items):
        if found and found[-1][0] == item.benchmark:
            name, at, count = found[-1]
            found[-1] = name, at, count + 1
        else:
            found.append((item.benchmark, number, 1))
    names = [name for name, _, _ in found]
    if len(set(names)) != len(names):
        raise ValueError("items of one benchmark do not lie together")
    return found


def _arrays_of(items: Sequence[Item], wanted: Wanted) -> dict[str, Array]:
    numbers = {name: number for number, (name, _, _) in enumerate(_runs(items))}
    runs, wholes = wanted.runs, wanted.wholes
    order = np.lexsort((runs.items, runs.hashes))
    table, starts = _laid_out(runs.hashes[order])
    by_beginning = np.lexsort((wholes.items, wholes.hashes, wholes.lengths, wanted.beginnings))
    whole_table, whole_starts = _laid_out(wanted.beginnings[by_beginning])
    return {
        "gram_hashes": table.hashes,
        "gram_buckets": table.buckets,
        "gram_bits": table.bits,
        "gram_starts": starts,
        "gram_items": runs.items[order],
        "gram_places": runs.places[order],
        "gram_lengths": runs.lengths[order],
        "whole_beginnings": whole_table.hashes,
        "whole_buckets": whole_table.buckets,
        "whole_bits": whole_table.bits,
        "whole_starts": whole_starts,
        "whole_hashes": wholes.hashes[by_beginning],
        "whole_items": wholes.items[by_beginning],
        "whole_places": wholes.places[by_beginning],
        "whole_lengths": wholes.lengths[by_beginning],
        "item_benchmarks": np.array([numbers[item.benchmark] for item in items], np.int32),
        "item_units": wanted.units,
        **_spelled_out("identities", [item.identity for item in items]),
        **_spelled_out("texts", [main_text(item) for item in items]),
    }


def _laid_out(hashes: Hashes) -> tuple[Table, Int64s]:
    """The table of sorted hashes that may repeat, and where each distinct one's begin."""
    distinct, firsts = np.unique(hashes, return_index=True)
    return Table.of(distinct), np.append(firsts, len(hashes)).astype(np.int64)


def _spelled_out(name: str, texts: Sequence[str]) -> dict[str, Array]:
    encoded = [text.encode() for text in texts]
    offsets = np.append(0, np.cumsum([len(text) for text in encoded])).astype(np.int64)
    return {f"{name}_offsets": offsets, f"{name}_data": np.frombuffer(b"".join(encoded), np.uint8)}
