"""The tasks of `corpusmill plan-filter`: buckets by a score, tiny runs on each, the law of filtering, a plan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from corpusmill.errors import InputRefused, RecipeError, RunRefused, nearest
from corpusmill.files import json_bytes, sha256_of
from corpusmill.keys import Key
from corpusmill.pipeline.encoding import shared_tokenizer
from corpusmill.pipeline.passes import Execute
from corpusmill.pipeline.prove.add import replace_pass, source_of
from corpusmill.pipeline.prove.tasks import (
    CountTokens,
    ProofTokenizer,
    Source,
    encoded_documents,
    read_tokens,
    shared_references,
)
from corpusmill.pipeline.task import Progress, Report
from corpusmill.pipeline.tokens import ALL
from corpusmill.prove.law.fit import Point
from corpusmill.prove.law.plan import plan
from corpusmill.prove.law.runs import RunParameters, losses
from corpusmill.prove.reference import Given
from corpusmill.prove.sampling import quotas, sample
from corpusmill.store import layout
from corpusmill.store.commit import Attempt
from corpusmill.store.folder import RunFolder

VOCABULARY = 4096


@dataclass(frozen=True)
class FilterPlan:
    """What `corpusmill plan-filter` was asked for."""

    name: str
    score: str
    budgets: tuple[float, ...]
    references: tuple[Given, ...]
    best: str = "high"  # which end of the score is the good one
    buckets: int = 5
    seeds: int = 3
    tokens: int | None = None  # of a sample; None: half of what a bucket has
    scale: float = 1.0  # how many times this run the corpus is that the plan is for
    runs: RunParameters = field(default_factory=RunParameters)

    def mistakes(self) -> list[str]:
        found = []
        if self.best not in ("high", "low"):
            found.append(f"best {self.best!r}: wanted high or low, the end of the score that is good")
        if self.buckets < 2:
            found.append(f"buckets {self.buckets}: wanted 2 or more")
        if self.seeds < 2:
            found.append(f"seeds {self.seeds}: wanted 2 or more: the uncertainty is measured between seeds")
        if not all(1 <= budget < 2**63 for budget in self.budgets or (0,)):
            found.append("tokens: wanted numbers from 1, as --tokens 1e6,1e7,1e8")
        if not 0 < self.scale < math.inf:
            found.append(f"scale {self.scale}: wanted more than 0")
        if f"{self.name}.html" == layout.REPORT or not self.name.replace("_", "").replace("-", "").isalnum():
            found.append(f"name {self.name!r}: wanted letters, digits, '_' and '-', and not 'report'")
        return found


@dataclass(frozen=True)
class AssignBuckets:
    """Which bucket each document is in: parts of equal tokens of every language, from the good end of the score on."""

    plan: str
    source: Source
    score: str
    from_scores: bool  # a column that a model gave; else a signal
    best: str
    buckets: int
    sha256: tuple[str, ...]  # of the tables of tokens and of the score

    kind = "plan_buckets"

    @property
    def name(self) -> str:
        return self.plan

    def depends_on(self) -> dict[str, Any]:
        return asdict(self)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        table = read_tokens(root, self.plan, ALL)
        values = self._values(root)[table["row"].to_numpy()]
        languages = np.array(table["language"].to_pylist())
        tokens = table["tokens"].to_numpy().astype(np.int64)
        buckets = np.full(len(values), -1, np.int64)
        least: dict[str, list[float]] = {}
        for language in sorted(set(languages.tolist())):
            here = np.flatnonzero((languages == language) & ~np.isnan(values))
            order = here[np.argsort(-values[here] if self.best == "high" else values[here], kind="stable")]
            ends = np.cumsum(tokens[order]) - tokens[order] / 2
            total = max(int(tokens[order].sum()), 1)
            buckets[order] = np.minimum((ends * self.buckets / total).astype(np.int64), self.buckets - 1)
            worst = np.max if self.best == "low" else np.min
            inside = [values[here][buckets[here] == bucket] for bucket in range(self.buckets)]
            least[language] = [float(worst(found)) for found in inside if len(found)]
        path = attempt.path(layout.plan_buckets(self.plan))
        columns = {name: table[name] for name in ("doc_id", "language", "tokens", "row")}
        pq.write_table(pa.table({**columns, "bucket": pa.array(buckets)}), path)
        counted = [
            {
                language: int(tokens[(buckets == bucket) & (languages == language)].sum())
                for language in sorted(set(languages.tolist()))
            }
            for bucket in range(self.buckets)
        ]
        return {"selections": [], "tokens": counted, "limits": least, "without_score": int((buckets < 0).sum())}

    def _values(self, root: Path) -> NDArray[np.float64]:
        found = []
        for key in self.source.keys:
            rows = pq.read_metadata(root / layout.documents(key)).num_rows
            path = layout.scores(self.score, key) if self.from_scores else layout.quality_signals(key)
            column = "score" if self.from_scores else self.score
            if not (root / path).exists():  # the tail has no signals
                found.append(np.full(rows, np.nan))
                continue
            values = pq.read_table(root / path, columns=[column])[column]
            found.append(values.cast(pa.float64()).to_numpy())
        return np.concatenate(found) if found else np.empty(0)


@dataclass(frozen=True)
class LawRun:
    """Losses of a model of one bucket, at several numbers of tokens."""

    plan: str
    source: Source
    bucket: int
    seed: int
    quota: tuple[tuple[str, int], ...]
    runs: RunParameters
    buckets_sha256: str
    tokenizer_sha256: str
    references: tuple[Given, ...]

    kind = "plan_run"

    @property
    def name(self) -> str:
        return f"{self.plan}/{self.bucket}/{self.seed}"

    def depends_on(self) -> dict[str, Any]:
        described = asdict(self)
        for each in described["references"]:
            del each["path"]
        return described

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        tokenizer = shared_tokenizer(root / layout.proof(self.plan).tokenizer, self.tokenizer_sha256)
        table = pq.read_table(root / layout.plan_buckets(self.plan))
        table = table.filter(pa.array(table["bucket"].to_numpy() == self.bucket))
        doc_ids, languages, tokens = (table[name].to_pylist() for name in ("doc_id", "language", "tokens"))
        taken = sample(doc_ids, languages, tokens, dict(self.quota), self.seed)
        rows = table["row"].to_numpy()[taken.rows]
        documents = encoded_documents(root, self.source, tokenizer, rows, taken.tokens)

        def say(note: str) -> None:
            report(Progress(f"bucket {self.bucket + 1}, seed {self.seed}", note=note))

        found = losses(documents, tokenizer, shared_references(self.references), self.runs, self.seed, say)
        say("finished")
        unique = sum(count for _, count in self.quota)
        return {"selections": [], "unique": unique, "losses": [[tokens, loss] for tokens, loss in found]}


@dataclass(frozen=True)
class MakePlan:
    """The law and the plan: `plan.json`."""

    plan: str
    described: str  # JSON: points, sizes, budgets and what the plan was of

    kind = "plan_filter"

    @property
    def name(self) -> str:
        return self.plan

    def depends_on(self) -> dict[str, Any]:
        return asdict(self)

    def run(self, root: Path, attempt: Attempt, report: Report) -> dict[str, Any]:
        described = orjson.loads(self.described)
        points = [Point(**point) for point in described.pop("points")]
        found = {"selections": [], **described, **asdict(plan(points, described["sizes"], described["budgets"]))}
        content = json_bytes({**found, "points": [asdict(point) for point in points]})
        attempt.path(layout.plan(self.plan)).write_bytes(content)
        return found


def add_plan(folder: RunFolder, wanted: FilterPlan, execute: Execute) -> bool:
    """Plan a filter on an open run; whether that had been done before.

    Raises RecipeError for parameters that make no plan, RunRefused for a score that the run has not, InputRefused for
    too little text, or runs that show no law.
    """
    if mistakes := wanted.mistakes():
        raise RecipeError(mistakes)
    if not wanted.references:
        raise InputRefused("there is no held-back text: say --reference LANGUAGE=FILE, as --reference en=held-back.txt")
    languages = tuple(sorted(shared_references(wanted.references)))
    source = source_of(folder, ALL, languages)
    from_scores, paths = _score_files(folder, wanted.score, source.keys)
    train = ProofTokenizer(wanted.name, source, VOCABULARY, ())
    done = replace_pass(folder, [train], execute)
    path = layout.proof(wanted.name).tokenizer
    sha256 = sha256_of(folder.root / path)
    done &= replace_pass(folder, [CountTokens(wanted.name, source, path, sha256, wanted.references, (), None)], execute)
    hashes = folder.hashes()
    read = (hashes[layout.proof_tokens(wanted.name, ALL)], *(hashes[each] for each in paths))
    assign = AssignBuckets(wanted.name, source, wanted.score, from_scores, wanted.best, wanted.buckets, read)
    done &= replace_pass(folder, [assign], execute)
    counted = next(entry.counts for entry in folder.of_kind("plan_buckets") if entry.name == wanted.name)
    quota = quotas({f"bucket {i + 1}": tokens for i, tokens in enumerate(counted["tokens"])}, wanted.tokens, 1)
    buckets_sha256 = folder.hashes()[layout.plan_buckets(wanted.name)]
    runs = [
        LawRun(
            wanted.name, source, bucket, seed, tuple(sorted(quota.items())), wanted.runs, buckets_sha256, sha256,
            wanted.references,
        )
        for seed in range(wanted.seeds)
        for bucket in range(wanted.buckets)
    ]  # fmt: skip
    done &= replace_pass(folder, runs, execute)
    current = {run.name for run in runs}
    points = [
        {"bucket": int(bucket), "seed": int(seed), "tokens": tokens, "unique": entry.counts["unique"], "loss": loss}
        for entry in folder.of_kind("plan_run")
        if entry.name in current
        for _, bucket, seed in [entry.name.split("/")]
        for tokens, loss in entry.counts["losses"]
    ]
    described = {
        "plan": wanted.name,
        "score": wanted.score,
        "best_end": wanted.best,
        "proxy": wanted.runs.proxy,
        "seeds": wanted.seeds,
        "scale": wanted.scale,
        "limits": counted["limits"],
        "without_score": counted["without_score"],
        "sizes": [wanted.scale * sum(tokens.values()) for tokens in counted["tokens"]],
        "budgets": sorted(wanted.budgets),
        "points": points,
    }
    make = MakePlan(wanted.name, orjson.dumps(described, option=orjson.OPT_SORT_KEYS).decode())
    return done & replace_pass(folder, [make], execute)


def _score_files(folder: RunFolder, score: str, keys: Sequence[Key]) -> tuple[bool, list[str]]:
    """Whether the score is a column that a model gave, and the files that it stands in."""
    hashes = folder.hashes()
    scored = {column for entry in folder.entries.values() for column in entry.columns}
    if score in scored:
        return True, [path for key in keys if (path := layout.scores(score, key)) in hashes]
    paths = [path for key in keys if (path := layout.quality_signals(key)) in hashes]
    schema = pq.read_schema(folder.root / paths[0]) if paths else pa.schema([])
    numbers = {field.name for field in schema if pa.types.is_floating(field.type) or pa.types.is_integer(field.type)}
    if score not in numbers:
        raise RunRefused(f"{folder.root} has no column of numbers {score!r}.{nearest(score, numbers | scored)}")
    return False, paths
