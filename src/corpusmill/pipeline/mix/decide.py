"""The pass that decides: what balancing keeps, how many tokens each source gives in each stage, and where they end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow.parquet as pq

from corpusmill.errors import Refused
from corpusmill.files import write_npy
from corpusmill.mix.balance import KEPT, Keep, keep_probabilities, tail_share, threshold_of
from corpusmill.mix.draw import START, Boundary, Cut, Documents, copies_of, elements_of, find_cuts
from corpusmill.mix.parameters import BalanceParameters, Mix
from corpusmill.mix.plan import MOST_POOLS, Pool, Targets, targets
from corpusmill.mix.summary import Drawn, summary
from corpusmill.pipeline.mix.inputs import MixShard, MixSource
from corpusmill.pipeline.mix.measure import LABELS, merged_labels
from corpusmill.pipeline.mix.rows import steps
from corpusmill.pipeline.task import Report
from corpusmill.store import layout
from corpusmill.store.commit import Attempt

PLAN = layout.work("mix", "plan.json")
KEEP = layout.work("mix", "keep.npy")
SHOWN_LABELS = 10


@dataclass(frozen=True)
class Plan:
    """What the passes after it go by."""

    pools: tuple[tuple[str, str | None], ...]  # source and group, sorted
    cuts: tuple[tuple[Cut, ...], ...]  # [stage][pool] where the pool's part of the stage ends
    stage_tokens: tuple[int, ...]  # that are drawn
    stage_documents: tuple[int, ...]

    @classmethod
    def read(cls, root: Path) -> Plan:
        content = orjson.loads((root / PLAN).read_bytes())
        cuts = tuple(
            tuple(Cut(e, k, tuple(last) if last else None) for e, k, last in stage) for stage in content["cuts"]
        )
        pools = tuple((source, group) for source, group in content["pools"])
        return cls(pools, cuts, tuple(content["stage_tokens"]), tuple(content["stage_documents"]))

    def write(self, path: Path) -> None:
        cuts = [[[cut.epoch, cut.key, cut.last] for cut in stage] for stage in self.cuts]
        path.write_bytes(orjson.dumps(asdict(self) | {"cuts": cuts}))

    def pools_of(self, source: str) -> dict[str | None, int]:
        return {group: place for place, (name, group) in enumerate(self.pools) if name == source}


@dataclass(frozen=True)
class DecideMix:
    """Writes the plan; its counts are what the mix says of itself.

    Memory: the labels of [balance], a batch of documents, and what finding the cuts takes.
    """

    mix: Mix
    sources: tuple[MixSource, ...]
    sha256: tuple[str, ...]  # of what was measured

    kind = "mix_decide"

    @property
    def name(self) -> str:
        return self.mix.name

    def depends_on(self) -> dict[str, Any]:
        mix = asdict(self.mix)
        for source in mix["source"]:
            del source["tokens"], source["run"]
        return {"mix": mix, "sha256": self.sha256}

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        keep, balanced = self._balanced(root)
        write_npy(attempt.path(KEEP), keep.table)
        groups = [(source.name, group) for source in self.sources for group in _groups(root, source)]
        if len(groups) > MOST_POOLS:
            raise Refused(
                f"by has {len(groups):,} values in all sources, wanted at most {MOST_POOLS:,}; "
                "[balance] is for labels of many values"
            )
        names = {group: place for place, group in enumerate(groups)}

        def batches() -> Iterator[Documents]:
            for source in self.sources:
                pools = {group: place for (name, group), place in names.items() if name == source.name}
                for part in source.parts:
                    for shard in part.shards:
                        yield from documents_of(root, shard, self.mix, pools, keep)

        pools = self._pools(root, groups, batches())
        wanted = targets(self.mix, pools)
        cuts, drawn = self._cuts(pools, wanted, batches)
        plan = Plan(
            tuple(groups),
            cuts,
            tuple(sum(each.tokens for each in stage) for stage in drawn),
            tuple(sum(each.documents for each in stage) for stage in drawn),
        )
        plan.write(attempt.path(PLAN))
        use = self._use(cuts[-1], batches())
        return summary(self.mix, pools, wanted, drawn, use, balanced)

    def _balanced(self, root: Path) -> tuple[Keep, list[dict[str, Any]]]:
        """Probabilities of all labels, and what is said of them, group by group."""
        balance = self.mix.balance
        if balance is None:
            return Keep(np.empty(0, KEPT), 1.0), []
        parts = [part for source in self.sources if self.mix.balances(source.name) for part in source.parts]
        counted = LABELS.empty_table()
        for part in parts:
            counted = merged_labels([counted, pq.read_table(root / part.labels_file)])
        counted = counted.combine_chunks()
        table = np.empty(counted.num_rows, KEPT)
        table["label"] = counted["label"].to_numpy()
        counts = counted["documents"].to_numpy()
        encoded = counted["group"].combine_chunks().dictionary_encode("encode")
        codes, names = encoded.indices.to_numpy(zero_copy_only=False), encoded.dictionary.to_pylist()
        share = _share(balance, counts, codes, names)
        said = []
        for code in sorted(range(len(names)), key=lambda code: str(names[code])):
            mine = np.flatnonzero(codes == code)
            threshold = self._threshold(balance, names[code], counts[mine], share)
            table["keep"][mine] = keep_probabilities(counts[mine], threshold)
            most = mine[np.lexsort([table["label"][mine], -counts[mine]])][:SHOWN_LABELS]
            said.append(
                {
                    "group": names[code],
                    "labels": len(mine),
                    "occurrences": int(counts[mine].sum()),
                    "threshold": int(threshold),
                    "tail_share": tail_share(counts[mine], threshold),
                    "head_labels": int((counts[mine] > threshold).sum()),
                    "most": [
                        [counted["name"][i].as_py(), int(counts[i]), float(table["keep"][i])] for i in most.tolist()
                    ],
                }
            )
        return Keep(table, 1.0 if balance.keep_unlabelled else 0.0), said

    def _threshold(self, balance: BalanceParameters, group: str | None, counts: Any, share: float) -> int:
        if balance.threshold is not None and (balance.by is None or group == balance.reference):
            return balance.threshold
        return threshold_of(counts, share)

    def _pools(self, root: Path, groups: Sequence[tuple[str, str | None]], batches: Iterator[Documents]) -> list[Pool]:
        documents, tokens = np.zeros(len(groups), np.int64), np.zeros(len(groups), np.int64)
        for batch in batches:
            known = batch.pools >= 0
            pools, copies = batch.pools[known], batch.copies[known]
            documents += _summed(pools, copies, len(groups))
            tokens += _summed(pools, copies * batch.tokens[known], len(groups))
        found = {source.name: _groups(root, source) for source in self.sources}
        return [
            Pool(source, group, *found[source][group], int(documents[i]), int(tokens[i]))
            for i, (source, group) in enumerate(groups)
        ]

    def _cuts(
        self, pools: Sequence[Pool], wanted: Targets, batches: Any
    ) -> tuple[tuple[tuple[Cut, ...], ...], list[list[Drawn]]]:
        """Where each stage ends in each pool, and what it has of it."""
        epochs = [
            [divmod(t, p.epoch_tokens) if p.epoch_tokens else (0, 0) for t, p in zip(stage, pools, strict=True)]
            for stage in wanted.targets
        ]
        asked = [Boundary(i, e, rest) for stage in epochs for i, (e, rest) in enumerate(stage) if rest]
        found = iter(find_cuts(batches, asked, self.mix.seed))
        cuts, sums, drawn = [], [(0, 0)] * len(pools), []
        for stage in epochs:
            row, given = [], []
            for i, (epoch, rest) in enumerate(stage):
                cut, tokens, documents = next(found) if rest else (Cut(epoch), 0, 0)
                row.append(cut)
                tokens += epoch * pools[i].epoch_tokens
                documents += epoch * pools[i].epoch_documents
                given.append(Drawn(documents - sums[i][1], tokens - sums[i][0]))
                sums[i] = (tokens, documents)
            cuts.append(tuple(row))
            drawn.append(given)
        return tuple(cuts), drawn

    def _use(self, cuts: Sequence[Cut], batches: Iterator[Documents]) -> list[tuple[int, int, int]]:
        """Of each pool, the documents that are drawn at all, their tokens, and the most copies of one."""
        used, tokens, most = ([0] * len(cuts) for _ in range(3))
        for batch in batches:
            for pool in np.unique(batch.pools[batch.pools >= 0]).tolist():
                documents, cut = batch.of(pool), cuts[pool]
                if cut == START or not len(documents):
                    continue
                times = documents.copies * cut.epoch
                if cut != Cut(cut.epoch):
                    elements = elements_of(documents, cut.epoch, self.mix.seed)
                    before = elements.rows[cut.before(cut.epoch, documents, elements)]
                    times = times + np.bincount(before, minlength=len(documents))
                used[pool] += int((times > 0).sum())
                tokens[pool] += int(documents.tokens[times > 0].sum())
                most[pool] = max(most[pool], int(times.max()))
        return list(zip(used, tokens, most, strict=True))


def documents_of(
    root: Path, shard: MixShard, mix: Mix, pools: dict[str | None, int], keep: Keep
) -> Iterator[Documents]:
    """The documents of a shard, step by step: those of no pool are of pool -1, and have no copies."""
    first = shard.first
    for batch in steps(root / shard.measured):
        hashes = batch["identity"].to_numpy()
        expected = batch["expected"].to_numpy()
        if mix.balances(shard.source):
            offsets = batch["labels"].offsets.to_numpy()
            expected = expected * keep.of(batch["labels"].flatten().to_numpy(), offsets - offsets[0])
        groups = batch["group"].dictionary_encode("encode")
        places = np.array([pools.get(name, -1) for name in groups.dictionary.to_pylist()], np.int64)
        numbers = np.arange(first, first + batch.num_rows)
        first += batch.num_rows
        yield Documents(
            places[groups.indices.to_numpy(zero_copy_only=False)],
            hashes,
            batch["tokens"].to_numpy().astype(np.int64),
            copies_of(hashes, expected, mix.seed),
            numbers,
        )


def _groups(root: Path, source: MixSource) -> dict[str | None, tuple[int, int]]:
    """Documents and tokens of each group, sorted; one without documents where there are none."""
    found: dict[str | None, tuple[int, int]] = {}
    for part in source.parts:
        for name, documents, tokens in orjson.loads((root / part.counts_file).read_bytes()):
            before = found.get(name, (0, 0))
            found[name] = (before[0] + documents, before[1] + tokens)
    return dict(sorted(found.items(), key=lambda item: (item[0] is None, str(item[0])))) or {None: (0, 0)}


def _share(balance: BalanceParameters, counts: Any, codes: Any, names: list[str | None]) -> float:
    """The tail share that all groups get."""
    if balance.tail_share is not None:
        return balance.tail_share
    if balance.by is None:
        return 0.0
    if balance.reference not in names:
        known = ", ".join(str(name) for name in names[:12])
        raise Refused(f"balance.reference {balance.reference!r}: no document is in that group; there are {known}")
    return tail_share(counts[codes == names.index(balance.reference)], balance.threshold or 0)


def _summed(pools: Any, values: Any, size: int) -> Any:
    """Sums by pool, exact: floats would not be."""
    sums = np.zeros(size, np.int64)
    np.add.at(sums, pools, values)
    return sums
