"""`corpusmill.open(RUN)`: the tables of a finished run as Arrow data sets and as SQL."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.dataset as ds

from corpusmill.store import manifest


@dataclass(frozen=True)
class OpenedRun:
    """A finished run, read only. Attributes are lazy pyarrow data sets over the files that the manifest lists."""

    root: Path

    @property
    def manifest(self) -> dict[str, Any]:
        return manifest.read(self.root)

    @property
    def documents(self) -> Any:
        return self._dataset("documents")

    @property
    def signals(self) -> Any:
        return self._dataset("quality_signals")

    @property
    def minhash(self) -> Any:
        return self._dataset("minhash")

    @property
    def pages(self) -> Any:
        return self._dataset("pages")

    @property
    def quarantine(self) -> Any:
        return self._dataset("quarantine")

    def selection(self, name: str) -> Any:
        """Verdicts of the selection `name`."""
        return self._dataset(f"selections/{name}")

    def scores(self, name: str) -> Any:
        """The column of scores `name`: doc_id and score."""
        return self._dataset(f"scores/{name}")

    def clusters(self, name: str) -> Any:
        """Documents that share a cluster of the duplicates `name` with others, and which of them stays."""
        return self._dataset(f"clusters/{name}")

    @property
    def duplicates(self) -> Any:
        """Documents whose digest an earlier one had, of all Bloom duplicates over digests."""
        return self._dataset("duplicates")

    def duplicates_of(self, name: str) -> Any:
        """The same, of the Bloom duplicates `name`."""
        return self._dataset(f"duplicates/{name}")

    def duplicate_spans(self, name: str) -> Any:
        """What is repeated inside each document: paragraphs by a Bloom filter, or substrings."""
        return self._dataset(f"duplicate_spans/{name}")

    def passages(self, name: str) -> Any:
        """What `corpusmill dedupe --method substring --by suffix_array` found to be repeated most in each group."""
        return self._dataset(f"passages/{name}")

    def languages(self, name: str) -> Any:
        """What `corpusmill languages --name` found of the documents and their lines."""
        return self._dataset(f"languages/{name}")

    def sql(self, query: str) -> Any:
        """A DuckDB relation; `documents`, `signals`, `minhash`, `pages` and `quarantine` are its tables.

        `corpusmill.open("RUN").sql("select language, count(*) from documents group by all")`
        """
        connection = duckdb.connect()
        for name in ("documents", "signals", "minhash", "pages", "quarantine"):
            found = getattr(self, name)
            if found is not None:
                connection.register(name, found)
        return connection.sql(query)

    def _dataset(self, folder: str) -> Any:
        """None where the run has no such table."""
        paths = (path for path in self.manifest["outputs"] if path.startswith(f"{folder}/"))
        listed = [str(self.root / path) for path in paths if path.endswith(".parquet")]
        return ds.dataset(listed, format="parquet") if listed else None


def open_run(run: str | Path) -> OpenedRun:
    """Raises RunRefused where `run` is not a finished run."""
    opened = OpenedRun(Path(run))
    manifest.read(opened.root)
    return opened
