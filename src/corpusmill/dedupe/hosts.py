"""Documents and duplicates by a name of theirs: what loses most of its pages is pointed out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

SHOWN = 20

Flags = npt.NDArray[np.bool_]
Counted = list[tuple[str, int, int]]  # name, documents, duplicates

_COUNTED = pa.schema([("name", pa.string()), ("documents", pa.int64()), ("duplicates", pa.int64())])


class ByName:
    """Counters; memory for every name that occurs.

    >>> counted = ByName()
    >>> counted.add(pa.array(["a.org", "b.org", "a.org"]), np.array([True, False, False]))
    >>> counted.most(), counted.counts()
    ([('a.org', 2, 1)], {'a.org': [2, 1], 'b.org': [1, 0]})
    """

    def __init__(self) -> None:
        self._table = _COUNTED.empty_table()

    def add(self, names: pa.Array | pa.ChunkedArray, removed: Flags) -> None:
        """One name a document; null counts as empty."""
        ones = pa.array(np.ones(len(removed), np.int64))
        found = pa.table([names.cast(pa.string()).fill_null(""), ones, pa.array(removed.astype(np.int64))], _COUNTED)
        self._join(found)

    def add_all(self, name: str, removed: Flags) -> None:
        """One name for all these documents."""
        self._join(pa.table([[name], [len(removed)], [int(removed.sum())]], _COUNTED))

    def _join(self, found: pa.Table) -> None:
        joined = pa.concat_tables([self._table, found]).group_by("name")
        self._table = joined.aggregate([("documents", "sum"), ("duplicates", "sum")]).rename_columns(_COUNTED.names)

    def counts(self) -> dict[str, list[int]]:
        """Documents and duplicates of every name, sorted."""
        rows = self._table.sort_by("name").to_pylist()
        return {row["name"]: [row["documents"], row["duplicates"]] for row in rows}

    def most(self) -> Counted:
        """The names that lose most documents."""
        return self._ranked(self._table["duplicates"].to_numpy() > 0)

    def alarming(self, min_documents: int, min_fraction: float) -> Counted:
        """Those of at least so many documents that lose more than this part of them; the empty name is none."""
        documents, duplicates = self._table["documents"].to_numpy(), self._table["duplicates"].to_numpy()
        named = self._table["name"].to_numpy(zero_copy_only=False) != ""
        return self._ranked(named & (documents >= min_documents) & (duplicates > min_fraction * documents))

    def _ranked(self, chosen: Flags) -> Counted:
        rows = self._table.filter(pa.array(chosen)).sort_by([("duplicates", "descending"), ("name", "ascending")])
        return [(row["name"], row["documents"], row["duplicates"]) for row in rows.slice(0, SHOWN).to_pylist()]
