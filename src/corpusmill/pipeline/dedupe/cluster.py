"""The dedupe task: clusters of duplicates over a whole run, one survivor each. Nothing is removed.

It writes a table of clusters and a column of scores, `<name>_duplicate`, for each key of documents: 1 where another
document of the cluster stays, 0 where none does. A rule with `max = 0` over that column keeps one of each.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.dedupe.exact import EXACT_KEYS
from corpusmill.dedupe.hosts import RemovedByHost
from corpusmill.dedupe.lsh import clusters_of, key_writer
from corpusmill.dedupe.minhash import SIMILARITY_BANDS, Bands
from corpusmill.dedupe.partitions import LEAST_MEMORY_BYTES, plan
from corpusmill.dedupe.shuffle import ShuffleFile
from corpusmill.dedupe.survivors import POLICIES, survivors
from corpusmill.errors import RecipeError, RunRefused
from corpusmill.pipeline.dedupe.columns import RANKS, ids, rows_of, write_bands, write_exact
from corpusmill.pipeline.score import refuse_name, refuse_other
from corpusmill.pipeline.task import Progress, Report, Task
from corpusmill.schema import CLUSTERS, SCORES, Key, batch_of
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.folder import RunFolder
from corpusmill.store.tables import TableWriter

METHODS = ("exact", "minhash")

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class DedupeParameters:
    """How duplicates are found, and which of them stays."""

    method: str  # "exact" or "minhash"
    key: str = "text"  # exact: what is equal
    similarity: float = 0.8  # minhash: 1.0, 0.9, 0.8 or 0.7, as RedPajama-V2 cuts its signatures
    keep: str = "first"
    memory_bytes: int = 1 << 30

    def mistakes(self) -> list[str]:
        found = []
        for name, value, known in (
            ("method", self.method, METHODS),
            ("key", self.key, tuple(EXACT_KEYS)),
            ("keep", self.keep, tuple(POLICIES)),
            ("similarity", self.similarity, tuple(SIMILARITY_BANDS)),
        ):
            if value not in known:
                found.append(f"{name} {value!r} is unknown; wanted one of {', '.join(map(str, known))}")
        if self.memory_bytes < LEAST_MEMORY_BYTES:
            found.append(f"memory of {self.memory_bytes:,} bytes: wanted at least {LEAST_MEMORY_BYTES:,}")
        return found


def duplicate_column(name: str) -> str:
    """The column of scores of the duplicates `name`."""
    return f"{name}_duplicate"


@dataclass(frozen=True)
class Dedupe:
    """Writes clusters and duplicates of all `keys`; documents are numbered through them in this order.

    Memory: `parameters.memory_bytes` to find clusters; then 1 byte a document, 40 bytes a document in a cluster, the
    ids of survivors, and a counter for each host.
    """

    keys: tuple[Key, ...]
    duplicates: str  # the name
    parameters: DedupeParameters
    sha256: tuple[tuple[str, str], ...]  # of the documents of each key, and of what is compared

    kind = "dedupe"

    @property
    def name(self) -> str:
        return self.duplicates

    def depends_on(self) -> dict[str, Any]:
        return asdict(self) | {"parameters": self._described()}

    def _described(self) -> dict[str, Any]:
        """What decides the result: the memory given does not, nor what the method has no use for."""
        left_out = {"memory_bytes", "similarity" if self.parameters.method == "exact" else "key"}
        return {name: value for name, value in asdict(self.parameters).items() if name not in left_out}

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        firsts = np.cumsum([0, *(rows_of(root / layout.documents(key)) for key in self.keys)])
        compared = np.zeros(int(firsts[-1]), np.bool_)
        documents, clusters = self._clusters(root, attempt, firsts, compared, report)
        ranks = self._column(root, firsts, documents, RANKS[self.parameters.keep])
        stays = documents[survivors(clusters, ranks)]
        staying = np.unique(stays)
        names = dict(zip(staying.tolist(), self._column(root, firsts, staying, ids), strict=True))
        counts: Counter[str] = Counter()
        duplicates: Counter[str] = Counter()
        hosts = RemovedByHost()
        for key, begin, end, mine in self._parts(firsts, documents):
            removed = np.zeros(end - begin, np.bool_)
            removed[documents[mine] - begin] = documents[mine] != stays[mine]
            counts[key.language] += end - begin
            duplicates[key.language] += int(removed.sum())
            table = pq.read_table(root / layout.documents(key), columns=["doc_id", "source_domain"])
            doc_ids = table["doc_id"].combine_chunks().cast(pa.string())
            hosts.add(table["source_domain"].to_pylist(), removed)
            stay = [names[place] for place in stays[mine].tolist()]
            self._write_clusters(attempt, key, doc_ids.take(pa.array(documents[mine] - begin)), stay)
            self._write_scores(attempt, key, doc_ids, pa.array(removed.astype(float)))
        return {
            "name": self.duplicates,
            "column": duplicate_column(self.duplicates),
            **self._described(),
            "documents": int(firsts[-1]),
            "not_compared": int((~compared).sum()),
            "clusters": len(names),
            "duplicates": sum(duplicates.values()),
            "largest_cluster": int(np.unique(clusters, return_counts=True)[1].max(initial=0)),
            "languages": {code: [counts[code], duplicates[code]] for code in sorted(counts)},
            "hosts": hosts.most(),
        }

    def _clusters(
        self, root: Path, attempt: Attempt, firsts: Numbers, compared: npt.NDArray[np.bool_], report: Report
    ) -> tuple[Numbers, Numbers]:
        """Documents in clusters of two or more, ascending, and the cluster of each; marks those that have a key."""
        exact = self.parameters.method == "exact"
        cut = Bands(1, 1) if exact else SIMILARITY_BANDS[self.parameters.similarity]
        partitions = plan(int(firsts[-1]), cut.bands, self.parameters.memory_bytes)
        scratch = attempt.folder / "scratch"
        scratch.mkdir()
        with key_writer(scratch / "keys", partitions) as writer:
            for number, key in enumerate(self.keys):
                begin, end = int(firsts[number]), int(firsts[number + 1])
                if exact:
                    write_exact(writer, root / layout.documents(key), self.parameters.key, begin, compared[begin:end])
                else:
                    write_bands(writer, root / layout.minhash(key), cut, begin, compared[begin:end])
                report(Progress(self.name, end, end))
        found = list(clusters_of([ShuffleFile(scratch / "keys")], partitions, scratch))
        shutil.rmtree(scratch)
        nothing = np.zeros(0, np.int64)
        documents = np.concatenate([nothing, *(piece.documents for piece in found)])
        return documents, np.concatenate([nothing, *(piece.clusters for piece in found)])

    def _parts(self, firsts: Numbers, documents: Numbers) -> Iterator[tuple[Key, int, int, slice]]:
        """Each key, its first document and the one after its last, and where its documents stand in `documents`."""
        places = np.searchsorted(documents, firsts).tolist()
        numbers = firsts.tolist()
        for i, key in enumerate(self.keys):
            yield key, numbers[i], numbers[i + 1], slice(places[i], places[i + 1])

    def _column(self, root: Path, firsts: Numbers, documents: Numbers, read: Callable[[Path], Any]) -> Any:
        """What `read` finds in each key's documents, of the chosen ones, in their order."""
        parts = []
        for key, begin, _, mine in self._parts(firsts, documents):
            if mine.start < mine.stop:
                parts.append(read(root / layout.documents(key))[documents[mine] - begin])
        return np.concatenate(parts) if parts else np.zeros(0)

    def _write_clusters(self, attempt: Attempt, key: Key, doc_ids: pa.Array, stays: list[str]) -> None:
        survivor = [doc_id == name for doc_id, name in zip(doc_ids.to_pylist(), stays, strict=True)]
        columns = {"doc_id": doc_ids, "cluster": stays, "survivor": survivor}
        described = {"corpusmill.method": self.parameters.method}
        with TableWriter(attempt.path(layout.clusters(self.duplicates, key)), CLUSTERS, described) as writer:
            writer.write(batch_of(CLUSTERS, columns, len(doc_ids)))

    def _write_scores(self, attempt: Attempt, key: Key, doc_ids: pa.Array, scores: pa.Array) -> None:
        with TableWriter(attempt.path(layout.scores(duplicate_column(self.duplicates), key)), SCORES) as writer:
            writer.write(batch_of(SCORES, {"doc_id": doc_ids, "score": scores}, len(doc_ids)))


def add_duplicates(
    folder: RunFolder,
    name: str,
    parameters: DedupeParameters,
    execute: Callable[[RunFolder, Sequence[Task], str], bool],
) -> bool:
    """Find the duplicates of an open run; whether that had been done before.

    Raises RecipeError for a name or parameters that are none, RunRefused where there is nothing to compare by, or where
    the run has duplicates found otherwise under this name.
    """
    if mistakes := parameters.mistakes():
        raise RecipeError(mistakes)
    refuse_name(name, duplicate_column(name))
    hashes = folder.hashes()
    keys = folder.document_keys()
    read = layout.documents
    if parameters.method == "minhash":
        keys, read = [key for key in keys if layout.minhash(key) in hashes], layout.minhash
        if not keys:
            raise RunRefused(f"{folder.root} has no MinHash signatures; run with signals.minhash = true, or use exact")
    sha256 = tuple((hashes[layout.documents(key)], hashes[read(key)]) for key in keys)
    task = Dedupe(tuple(keys), name, parameters, sha256)
    refuse_other(folder, duplicate_column(name), [task], f"duplicates {name!r} found otherwise")
    return execute(folder, [task], "dedupe")
