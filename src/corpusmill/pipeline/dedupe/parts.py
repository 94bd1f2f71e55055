"""How the documents of a run are cut into parts, each the work of one task, and where the passes keep what they find.

Documents are numbered through the keys of a run in their order. Parts depend on the numbers of documents alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from corpusmill.keys import Key
from corpusmill.store import layout

PART_DOCUMENTS = 250_000

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """Consecutive keys; those of another run than the one at work name its folder."""

    name: str
    keys: tuple[Key, ...]
    firsts: tuple[int, ...]  # number of the first document of each key, and of the first after the last key
    run: str | None = None

    @property
    def bounds(self) -> tuple[int, int]:
        """Its first document, and the first after it."""
        return self.firsts[0], self.firsts[-1]

    def folder(self, root: Path) -> Path:
        return root if self.run is None else Path(self.run)

    def of_keys(self, documents: Numbers) -> Iterator[tuple[Key, int, int, slice]]:
        """Each key, its first document and the one after its last, and where these stand in ascending `documents`."""
        places = np.searchsorted(documents, self.firsts).tolist()
        for i, key in enumerate(self.keys):
            yield key, self.firsts[i], self.firsts[i + 1], slice(places[i], places[i + 1])


def rows_of(path: Path) -> int:
    return int(pq.read_metadata(path).num_rows)


def parts_of(root: Path, keys: Sequence[Key], first: int = 0) -> list[Part]:
    """`keys` in parts of about PART_DOCUMENTS, the first document numbered `first`."""
    firsts = list(accumulate((rows_of(root / layout.documents(key)) for key in keys), initial=first))
    return cut_in_parts(keys, firsts)


def cut_in_parts(keys: Sequence[Key], firsts: Sequence[int], prefix: str = "", run: str | None = None) -> list[Part]:
    """The same of keys whose first documents are known; `prefix` begins the names of the parts."""
    parts: list[Part] = []
    begin = 0
    for end in range(1, len(keys) + 1):
        if firsts[end] - firsts[begin] >= PART_DOCUMENTS or end == len(keys):
            name = f"{prefix}{len(parts):05d}"
            parts.append(Part(name, tuple(keys[begin:end]), tuple(firsts[begin : end + 1]), run))
            begin = end
    return parts


def input_hashes(part: Part, hashes: dict[str, str], tables: Sequence[Any]) -> tuple[str, ...]:
    """Of the files of a part that are read: `tables` are functions of layout."""
    return tuple(hashes[table(key)] for key in part.keys for table in tables)
