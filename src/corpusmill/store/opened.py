"""`corpusmill.open(RUN)`: the tables of a finished run as Arrow data sets and as SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpusmill.store import manifest

_TABLES = ("documents", "signals", "minhash", "pages", "quarantine")
_NAMED_TABLE = re.compile(
    r"((?:selections|scores|clusters|duplicates|duplicate_spans|contaminants|languages|edits|measured/[^/]+)/[^/]+)/.+[.]parquet"
)


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

    def contaminants(self, name: str) -> Any:
        """What the contaminants of this name say of each document: schema.CONTAMINANTS."""
        return self._dataset(f"contaminants/{name}")

    def languages(self, name: str) -> Any:
        """What `corpusmill languages --name` found of the documents and their lines."""
        return self._dataset(f"languages/{name}")

    def measured(self, text: str, family: str) -> Any:
        """Signals that rules of selections name: `stored` is the text of the documents; see the folder measured/."""
        return self._dataset(f"measured/{text}/{family}")

    @property
    def tables(self) -> dict[str, Any]:
        """All tables by the names that `sql` knows them by, as `documents` and `selections_NAME`."""
        found = {name: getattr(self, name) for name in _TABLES}
        folders = sorted({folder for path in self.manifest["outputs"] if (folder := _folder_of_table(path))})
        found |= {re.sub(r"\W", "_", folder): self._dataset(folder) for folder in folders}
        return {name: table for name, table in found.items() if table is not None}

    def sql(self, query: str) -> Any:
        """A DuckDB relation over all `tables`.

        `corpusmill.open("RUN").sql("select language, count(*) from documents group by all")`
        """
        import duckdb

        connection = duckdb.connect()
        for name, table in self.tables.items():
            connection.register(name, table)
        return connection.sql(query)

    def _dataset(self, folder: str) -> Any:
        """None where the run has no such table."""
        import pyarrow.dataset as ds  # imports pandas where that is installed, so only when it is asked for

        paths = (path for path in self.manifest["outputs"] if path.startswith(f"{folder}/"))
        listed = [str(self.root / path) for path in paths if path.endswith(".parquet")]
        return ds.dataset(listed, format="parquet") if listed else None


def _folder_of_table(path: str) -> str | None:
    """The folder of a table that has a name of its own, as `selections/gopher`."""
    match = _NAMED_TABLE.fullmatch(path)
    return match[1] if match else None


def open_run(run: str | Path) -> OpenedRun:
    """Raises RunRefused where `run` is not a finished run."""
    opened = OpenedRun(Path(run))
    manifest.read_run(opened.root)
    return opened
