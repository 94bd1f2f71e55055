"""What is known of documents beside their tokens: columns that a run has stored, looked up by id."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.errors import InputRefused, RecipeError, nearest
from corpusmill.keys import Key
from corpusmill.mix.parameters import FROM_IDS, Mix, SourceParameters
from corpusmill.schema import DOCUMENTS
from corpusmill.signals.hosts import host_of
from corpusmill.store import layout, manifest

_ID = r"^(?P<key>\d{4}-\d{2}/\d{4,}/(?P<language>[a-z]{2,3}(?:-[a-z]+)?)_(?P<bucket>[a-z]+))\.json\.gz/\d+$"
METADATA = "metadata."  # and a field of the JSON object that the input brought
DOMAIN = "domain"  # the registered domain of source_domain


@dataclass(frozen=True)
class Labels:
    """Where the labels of one source's documents lie."""

    source: str
    run: str | None
    tables: tuple[tuple[str, str], ...]  # label, and the table that has it: id, documents, quality_signals, scores
    clusters: str | None  # duplicates whose clusters' sizes are asked for
    sha256: str  # of all files that are read

    @classmethod
    def find_all(cls, mix: Mix, beside: Path) -> dict[str, Labels]:
        """Raises RecipeError with every label that there is none of."""
        mistakes: list[str] = []
        found = {source.name: _find(mix, source, beside, mistakes) for source in mix.source}
        if mistakes:
            raise RecipeError(mistakes)
        return found

    def of(self, doc_ids: pa.Array) -> dict[str, pa.Array]:
        """Each label, in the order of the ids.

        Raises InputRefused for ids that are no run's, and for documents that the run does not have.
        """
        if not self.tables:
            return {}
        parsed = pc.extract_regex(doc_ids, _ID)
        if parsed.null_count:
            strange = doc_ids.filter(pc.is_null(parsed))[0].as_py()
            raise InputRefused(
                f"source {self.source}: {strange!r} is no document of a run, so its labels are not known; wanted ids "
                "as <snapshot>/<shard>/<language>_<bucket>.json.gz/<line>"
            )
        keys = parsed.field("key")
        named = {name: parsed.field(name) for name in ("language", "bucket")}
        named["snapshot"] = pc.utf8_slice_codeunits(keys, 0, 7)
        columns = {name: named[name] for name, table in self.tables if table == "id"}
        return columns | self._stored(doc_ids, keys)

    def sizes(self, doc_ids: pa.Array) -> tuple[pa.Array, pa.Array]:
        """The cluster of each document and which earlier run its survivor is in; null: it is alone."""
        keys = pc.extract_regex(doc_ids, _ID).field("key")
        found = self._looked_up(
            doc_ids, keys, lambda key: layout.clusters(str(self.clusters), key), ["cluster", "earlier"], True
        )
        return found["cluster"], found["earlier"]

    def _stored(self, doc_ids: pa.Array, keys: pa.Array) -> dict[str, pa.Array]:
        found: dict[str, pa.Array] = {}
        for table, path in (("documents", layout.documents), ("quality_signals", layout.quality_signals)):
            names = [name for name, where in self.tables if where == table]
            if names:
                fields = sorted({_field(name) for name in names})
                columns = self._looked_up(doc_ids, keys, path, fields, table != "documents")
                found |= {name: _made(name, columns[_field(name)]) for name in names}
        for name, where in self.tables:
            if where == "scores":
                path = functools.partial(layout.scores, name)
                found[name] = self._looked_up(doc_ids, keys, path, ["score"], True)["score"]
        return found

    def _looked_up(
        self, doc_ids: pa.Array, keys: pa.Array, path: Any, fields: Sequence[str], may_lack: bool
    ) -> dict[str, pa.Array]:
        """`fields` of the documents; null where the table `may_lack` the document, else it is refused."""
        encoded = keys.dictionary_encode()
        parts, places = [], []
        for number, name in enumerate(encoded.dictionary.to_pylist()):
            mine = pc.indices_nonzero(pc.equal(encoded.indices, number))
            table = _table(Path(str(self.run)) / path(Key.parse(name)), tuple(fields), self.sha256)
            ids = doc_ids.take(mine)
            rows = pc.index_in(ids, table["doc_id"].combine_chunks())
            if rows.null_count and not may_lack:
                strange = ids.filter(pc.is_null(rows))[0].as_py()
                raise InputRefused(
                    f"source {self.source}: {self.run} has no document {strange!r}; its tokens are of another run"
                )
            parts.append(table.select(list(fields)).take(rows))
            places.append(mine)
        if not parts:
            return {name: pa.nulls(0) for name in fields}
        order = pc.array_sort_indices(pa.concat_arrays(places))
        whole = pa.concat_tables(parts).take(order).combine_chunks()
        return {name: _one(whole[name]) for name in fields}


def _find(mix: Mix, source: SourceParameters, beside: Path, mistakes: list[str]) -> Labels:
    wanted = mix.labels(source)
    clusters = mix.upsample.duplicates if mix.upsample is not None and mix.upsamples(source.name) else None
    run = None if source.run is None else beside / source.run
    from_ids = [name for name in wanted if name in FROM_IDS]
    stored = [name for name in wanted if name not in FROM_IDS]
    if run is None:
        if stored or clusters:
            what = ", ".join([*stored, *([f"clusters of {clusters}"] if clusters else [])])
            mistakes.append(f'source {source.name}: {what} is known to a run only; wanted run = "FOLDER"')
        return Labels(source.name, None, tuple((name, "id") for name in from_ids), None, "")
    outputs: dict[str, str] = manifest.read_run(run)["outputs"]
    tables = [(name, "id") for name in from_ids]
    known = _known(run, outputs)
    for name in stored:
        if _field(name) not in known:
            mistakes.append(f'source {source.name}: {run} has no column "{name}".{nearest(name, known)}')
        else:
            tables.append((name, known[_field(name)]))
    read = {f"{table}/" if table != "scores" else f"scores/{name}/" for name, table in tables}
    if clusters is not None:
        folder = layout.clusters_folder(clusters)
        if not any(path.startswith(folder) for path in outputs):
            names = {path.split("/")[1] for path in outputs if path.startswith("clusters/")}
            mistakes.append(f'source {source.name}: {run} has no duplicates "{clusters}".{nearest(clusters, names)}')
        read.add(folder)
    files = {path: sha256 for path, sha256 in outputs.items() if any(path.startswith(folder) for folder in read)}
    sha256 = hashlib.sha256(orjson.dumps(files, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return Labels(source.name, str(run.resolve()), tuple(tables), clusters, sha256)


def _known(run: Path, outputs: Iterable[str]) -> dict[str, str]:
    """Every column of the run, and the table that has it."""
    paths = list(outputs)
    known = {path.split("/")[1]: "scores" for path in paths if path.startswith("scores/")}
    signals = next((path for path in paths if path.startswith("quality_signals/")), None)
    if signals is not None:
        known |= {name: "quality_signals" for name in pq.read_schema(run / signals).names if name != "doc_id"}
    return known | {name: "documents" for name in DOCUMENTS.names if name not in ("doc_id", "raw_content")}


def _field(label: str) -> str:
    """The stored column that a label is made of."""
    if label == DOMAIN:
        return "source_domain"
    return "metadata" if label.startswith(METADATA) else label


def _made(label: str, column: pa.Array) -> pa.Array:
    if label == DOMAIN:
        encoded = column.dictionary_encode()
        domains = [host_of(host).registered_domain or host for host in encoded.dictionary.to_pylist()]
        return pa.array(domains, pa.string()).take(encoded.indices)
    if label.startswith(METADATA):
        name = label.removeprefix(METADATA)
        return pa.array([_of_metadata(text, name) for text in column.to_pylist()])
    return column


def _of_metadata(text: str | None, name: str) -> Any:
    value = orjson.loads(text).get(name) if text else None
    return value if isinstance(value, str | int | float | list) else None


@functools.lru_cache(maxsize=4)
def _table(path: Path, fields: tuple[str, ...], sha256: str) -> pa.Table:
    """Ids and fields of one key; `sha256` tells apart files of the same name. None there: a table without rows."""
    if not path.exists():
        return pa.table({name: pa.nulls(0, pa.string() if name == "doc_id" else None) for name in ("doc_id", *fields)})
    table = pq.read_table(path, columns=["doc_id", *fields])
    return table.set_column(0, "doc_id", table["doc_id"].cast(pa.string()))


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
