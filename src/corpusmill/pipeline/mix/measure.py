"""The passes that look at documents: sizes of clusters, then which documents a source has, and their labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusmill.errors import InputRefused
from corpusmill.files import write_npy
from corpusmill.mix.keys import Keys, identities
from corpusmill.mix.parameters import Mix
from corpusmill.mix.upsample import repetitions
from corpusmill.pipeline.mix.inputs import MixPart, MixShard, MixSource, opened_shard
from corpusmill.pipeline.mix.rows import Ids, ids_of
from corpusmill.pipeline.task import Progress, Report
from corpusmill.store import layout, manifest
from corpusmill.store.commit import Attempt
from corpusmill.store.tables import TableWriter

# One row a document of a shard.
MEASURED = pa.schema(
    [
        pa.field("identity", pa.uint64(), False),
        pa.field("tokens", pa.int32(), False),
        pa.field("expected", pa.float64(), False),  # copies in an epoch before balancing; 0: not of the source
        ("group", pa.string()),  # value of the label that `by` names
        pa.field("labels", pa.list_(pa.uint64()), False),  # hashes of what [balance] counts, with their group
    ]
)

# Occurrences in the documents of a part.
LABELS = pa.schema(
    [
        pa.field("label", pa.uint64(), False),
        ("group", pa.string()),
        ("name", pa.string()),
        pa.field("documents", pa.int64(), False),
    ]
)

SIZES = np.dtype([("cluster", "<u8"), ("size", "<i8")])  # ascending by hash


@dataclass(frozen=True)
class CountClusters:
    """How many documents each cluster has; 16 bytes a cluster, in memory too."""

    source: MixSource

    kind = "mix_sizes"

    @property
    def name(self) -> str:
        return self.source.name

    def depends_on(self) -> dict[str, Any]:
        return {"labels": self.source.labels.sha256, "clusters": self.source.labels.clusters}

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        run = Path(str(self.source.labels.run))
        folder = layout.clusters_folder(str(self.source.labels.clusters))
        clusters, sizes = np.empty(0, np.uint64), np.empty(0, np.int64)
        for path in sorted(manifest.read_run(run)["outputs"]):
            if path.startswith(folder) and path.endswith(".clusters.parquet"):
                table = pq.read_table(run / path, columns=["cluster", "earlier"]).combine_chunks()
                found, counts = np.unique(_clusters(table["cluster"], table["earlier"]), return_counts=True)
                merged, places = np.unique(np.concatenate([clusters, found]), return_inverse=True)
                sums = np.bincount(places, np.concatenate([sizes, counts]), len(merged))
                clusters, sizes = merged, sums.astype(np.int64)
        table = np.empty(len(clusters), SIZES)
        table["cluster"], table["size"] = clusters, sizes
        write_npy(attempt.path(self.source.sizes_file), table)
        return {}


class _Labelled(NamedTuple):
    """Labels of documents, one row each."""

    rows: npt.NDArray[np.int64]
    hashes: Keys
    groups: pa.Array
    names: pa.Array


@dataclass(frozen=True)
class MeasureDocuments:
    """What decides of each document of a part; its labels are counted."""

    mix: Mix
    source: MixSource
    part: MixPart

    kind = "mix_measure"

    @property
    def name(self) -> str:
        return self.part.name

    def depends_on(self) -> dict[str, Any]:
        mix, source = asdict(self.mix), asdict(self.source.parameters)
        for moot in ("tokens", "run", "weight", "max_epochs", "temperature"):
            del source[moot]
        described = {name: mix[name] for name in ("balance", "upsample")}
        return described | {
            "source": source,
            "labels": self.source.labels.sha256,
            "part": self.part.described(),
        }

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        groups: dict[str | None, list[int]] = {}
        counted = LABELS.empty_table()
        sizes = np.load(root / self.source.sizes_file) if self.source.labels.clusters else None
        done = 0
        for shard in self.part.shards:
            with TableWriter(attempt.path(shard.measured), MEASURED) as writer:
                for measured, labels in self._of_shard(shard, sizes):
                    writer.write(measured)
                    _count_groups(groups, measured)
                    counted = _counted(counted, labels) if len(labels.rows) else counted
                    done += measured.num_rows
                    report(Progress(self.name, done, done))
        rows = [[name, *counts] for name, counts in sorted(groups.items(), key=lambda item: (item[0] is None, item[0]))]
        attempt.path(self.part.counts_file).write_bytes(orjson.dumps(rows))
        with TableWriter(attempt.path(self.part.labels_file), LABELS) as writer:
            for batch in counted.to_batches():
                writer.write(batch)
        return {}

    def _of_shard(self, shard: MixShard, sizes: Any) -> Iterator[tuple[pa.RecordBatch, _Labelled]]:
        known = self.source.labels
        if shard.files.ids is None and (known.tables or known.clusters):
            raise InputRefused(
                f"source {self.source.name}: {shard.files.data} has no .ids.parquet, so no label of its documents is "
                "known; make it with corpusmill tokenize, or mix it without conditions, by, [balance] and [upsample]"
            )
        lengths = opened_shard(shard).lengths
        start = 0
        for ids in ids_of(shard, len(lengths)):
            columns = known.of(ids.doc_ids)
            expected = self._kept(columns, len(ids.doc_ids)).astype(np.float64) * self._copies(ids, columns, sizes)
            labels = self._labels(columns, np.flatnonzero(expected > 0))
            by = self.source.parameters.by
            group = _text(columns[by]) if by else pa.nulls(len(expected), pa.string())
            yield (
                pa.RecordBatch.from_arrays(
                    [
                        pa.array(identities(ids.doc_ids, ids.piece, ids.epoch, ids.copy)),
                        pa.array(lengths[start : start + len(expected)].astype(np.int32)),
                        pa.array(expected),
                        group,
                        _lists(labels, len(expected)),
                    ],
                    schema=MEASURED,
                ),
                labels,
            )
            start += len(expected)

    def _kept(self, columns: dict[str, pa.Array], rows: int) -> npt.NDArray[np.bool_]:
        """What the conditions of the source leave."""
        source = self.source.parameters
        kept = np.ones(rows, np.bool_)
        for name in ("language", "bucket"):
            if wanted := getattr(source, name):
                kept &= pc.is_in(columns[name], pa.array(wanted, pa.string())).to_numpy(zero_copy_only=False)
        if source.domain:
            hosts = columns["source_domain"].dictionary_encode()
            inside = pa.array([_is_within(host, source.domain) for host in hosts.dictionary.to_pylist()], pa.bool_())
            kept &= inside.take(hosts.indices).fill_null(False).to_numpy(zero_copy_only=False)
        for condition in source.where:
            kept &= ~condition.rule.verdict(columns, rows)[0]
        return kept

    def _copies(self, ids: Ids, columns: dict[str, pa.Array], sizes: Any) -> npt.NDArray[np.float64]:
        upsample = self.mix.upsample
        if upsample is None or not self.mix.upsamples(self.source.name):
            return np.ones(len(ids.doc_ids))
        if upsample.column is not None:
            numbers = pc.cast(columns[upsample.column], pa.float64()).fill_null(1).to_numpy(zero_copy_only=False)
            if not (numbers >= 1).all():
                raise InputRefused(
                    f"source {self.source.name}: {upsample.column} has sizes under 1, or none that is a number"
                )
            found = numbers.astype(np.int64)
        else:
            clusters, earlier = self.source.labels.sizes(ids.doc_ids)
            alone = pc.is_null(clusters).to_numpy(zero_copy_only=False)
            hashes = _clusters(clusters, earlier)
            places = np.minimum(np.searchsorted(sizes["cluster"], hashes), max(len(sizes) - 1, 0))
            found = np.where(alone, 1, sizes["size"][places] if len(sizes) else 1)
        return repetitions(found, upsample.form, upsample.steps, upsample.exponent, upsample.most)

    def _labels(self, columns: dict[str, pa.Array], rows: npt.NDArray[np.int64]) -> _Labelled:
        """What [balance] counts of the documents `rows`, each label of a document once."""
        balance = self.mix.balance
        if balance is None or not self.mix.balances(self.source.name):
            nothing = pa.nulls(0, pa.string())
            return _Labelled(np.empty(0, np.int64), np.empty(0, np.uint64), nothing, nothing)
        values = columns[balance.label].take(pa.array(rows))
        if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
            owners = rows[pc.list_parent_indices(values).to_numpy()]
            values = pc.list_flatten(values)
        else:
            owners = rows
        names = _text(values)
        groups = pa.nulls(len(names), pa.string())
        if balance.by is not None:
            groups = _text(columns[balance.by]).take(pa.array(owners)).fill_null("")
        there = pc.is_valid(names)
        names, groups, owners = names.filter(there), groups.filter(there), owners[there.to_numpy(zero_copy_only=False)]
        hashes = identities(pc.binary_join_element_wise(groups.fill_null(""), names, "\x1f"))
        order = np.lexsort([hashes, owners])
        again = (np.diff(owners[order]) == 0) & (hashes[order][1:] == hashes[order][:-1])
        first = order[np.concatenate([[True], ~again])] if len(order) else order
        return _Labelled(owners[first], hashes[first], groups.take(pa.array(first)), names.take(pa.array(first)))


def _clusters(clusters: Any, earlier: Any) -> Keys:
    """A hash of each cluster: the document that stays, and the run that it is in."""
    clusters, earlier = (c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c for c in (clusters, earlier))
    runs = pc.cast(earlier, pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64) + 1
    return identities(clusters.cast(pa.string()).fill_null(""), runs)


def _text(column: pa.Array) -> pa.Array:
    """The values as texts; numbers as they are written."""
    return pc.cast(column, pa.string())


def _is_within(host: str | None, domains: tuple[str, ...]) -> bool:
    return host is not None and any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _lists(labels: _Labelled, rows: int) -> pa.Array:
    counts = np.bincount(labels.rows, minlength=rows)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(labels.hashes))


def _count_groups(groups: dict[str | None, list[int]], measured: pa.RecordBatch) -> None:
    table = pa.table([measured["group"], measured["tokens"]], ["group", "tokens"])
    mine = table.filter(pc.greater(measured["expected"], 0))
    for row in mine.group_by("group").aggregate([("tokens", "sum"), ("tokens", "count")]).to_pylist():
        documents, tokens = groups.setdefault(row["group"], [0, 0])
        groups[row["group"]] = [documents + row["tokens_count"], tokens + row["tokens_sum"]]


def _counted(counted: pa.Table, labels: _Labelled) -> pa.Table:
    """Counts so far and those of more documents, ascending by hash."""
    ones = pa.array(np.ones(len(labels.rows), np.int64))
    found = pa.table([pa.array(labels.hashes), labels.groups, labels.names, ones], schema=LABELS)
    return merged_labels([counted, found])


def merged_labels(tables: list[pa.Table]) -> pa.Table:
    """LABELS of all tables together, ascending by hash."""
    wanted = [("group", "min"), ("name", "min"), ("documents", "sum")]
    grouped = pa.concat_tables(tables).group_by("label").aggregate(wanted)
    named = grouped.select(["label", "group_min", "name_min", "documents_sum"]).rename_columns(LABELS.names)
    return named.sort_by("label").cast(LABELS)
