"""What an index of evaluation sets holds, as those see it who look for it in texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from corpusmill.batch import Hashes, Int32s, Int64s
from corpusmill.decontaminate.arrays import Array
from corpusmill.decontaminate.styles import Style
from corpusmill.decontaminate.table import Table
from corpusmill.models.card import Card


@dataclass(frozen=True)
class Grams:
    """What is looked for, and where it stands in items: gram g in those of postings starts[g]:starts[g + 1]."""

    table: Table
    starts: Int64s
    items: Int32s
    places: Int32s  # first unit in the item
    lengths: Int32s  # units


@dataclass(frozen=True)
class Wholes:
    """Short items, looked for by their beginnings: beginning b is that of the wholes starts[b]:starts[b + 1]."""

    table: Table
    starts: Int64s
    hashes: Hashes
    items: Int32s
    places: Int32s
    lengths: Int32s


class Indexed:
    """Evaluation items and how texts are compared with them. Grams are numbered: first `grams`, then `wholes`."""

    def __init__(self, path: Path, card: Card, arrays: Mapping[str, Array]) -> None:
        self.path, self.card, self._arrays = path, card, arrays
        self.style = Style(**card.parameters["style"])
        self.benchmarks: list[str] = [each["name"] for each in card.parameters["benchmarks"]]

    @cached_property
    def grams(self) -> Grams:
        table = Table(*(self._arrays[f"gram_{name}"] for name in ("hashes", "buckets", "bits")))
        return Grams(table, *(self._arrays[f"gram_{name}"] for name in ("starts", "items", "places", "lengths")))

    @cached_property
    def wholes(self) -> Wholes:
        table = Table(*(self._arrays[f"whole_{name}"] for name in ("beginnings", "buckets", "bits")))
        names = ("starts", "hashes", "items", "places", "lengths")
        return Wholes(table, *(self._arrays[f"whole_{name}"] for name in names))

    @property
    def gram_count(self) -> int:
        """Grams and wholes."""
        return len(self.grams.table.hashes) + len(self.wholes.hashes)

    @property
    def item_benchmarks(self) -> Int32s:
        """[items] which of `benchmarks` each is of."""
        return self._arrays["item_benchmarks"]

    @property
    def item_units(self) -> Int32s:
        return self._arrays["item_units"]

    @cached_property
    def sketch_sizes(self) -> Int64s:
        """[items] different grams that are looked for of each."""
        return np.bincount(self.grams.items, minlength=len(self.item_units))

    @cached_property
    def identities(self) -> pa.Array:
        """[items] names within their benchmark."""
        return self._strings("identities")

    @cached_property
    def texts(self) -> pa.Array:
        """[items] question and answer."""
        return self._strings("texts")

    def _strings(self, name: str) -> pa.Array:
        offsets, data = (pa.py_buffer(self._arrays[f"{name}_{part}"]) for part in ("offsets", "data"))
        return pa.LargeStringArray.from_buffers(len(self.item_units), offsets, data)
