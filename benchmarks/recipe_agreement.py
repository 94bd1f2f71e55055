"""How often the recipes on our own words and sentences say what the exact ones say, rule by rule.

    .venv/bin/python benchmarks/recipe_agreement.py --texts RUN_OR_PARQUET [--most 2000] [--recipe fineweb …]
    .venv/bin/python benchmarks/recipe_agreement.py --texts RUN_OR_PARQUET --recipe gopher --words uax29

Texts are the documents of a run folder, or a Parquet file with a column `text` (and `language`; else all are
English). Each recipe is compared with its twin `…-fast`, or with `--words` and `--sentences` with itself on other
words. FineWeb-2 is asked only about texts in languages that it has thresholds for, the others about English ones.
Prints two tables: verdicts, and rules: how many texts fail it by one side only, and the relative difference of the
value that it looks at (median and 95th percentile over texts in which both have one and they are not both 0).
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.artifacts import Artifacts
from corpusmill.pipeline.judge import Judge, by_language, documents_of
from corpusmill.pipeline.recipe import Recipe, load
from corpusmill.rules.expression import Expression
from corpusmill.signals.fineweb2 import fineweb2_settings

BATCH = 512
RECIPES = ("gopher", "fineweb", "fineweb-v1", "fineweb2", "c4", "c4-datatrove")


@dataclass(frozen=True)
class Judged:
    """What one recipe says of n texts."""

    keep: np.ndarray  # bool[n]
    first: list[str | None]  # the first rule that each fails
    fails: dict[str, np.ndarray]  # bool[n] by rule
    values: dict[str, np.ndarray]  # float64[n] by rule with an expression over whole texts; NaN: none


def judged(recipe: Recipe, documents: pa.RecordBatch) -> Judged:
    judge = Judge(recipe, Artifacts(None))
    names = recipe.rule_set.names
    keep, first, bits = [], [], []
    values: dict[str, list[np.ndarray]] = {rule.name: [] for rule in recipe.rule}
    for language, rows in by_language(documents):
        for start in range(0, len(rows), BATCH):
            batch = documents.take(pa.array(rows[start : start + BATCH]))
            found = judge(batch, language)
            keep.append(np.asarray(found.verdicts["keep"].to_numpy(zero_copy_only=False)))
            bits.append(found.verdicts["failed_rules"].to_numpy())
            first += [failed[0]["rule"] if failed else None for failed in found.verdicts["failed"].to_pylist()]
            for rule in recipe.rule:
                values[rule.name].append(Expression.parse(rule.value).evaluate(found.columns, len(batch)))
    all_bits = np.concatenate(bits)
    fails = {name: all_bits >> place & 1 == 1 for place, name in enumerate(names)}
    return Judged(np.concatenate(keep), first, fails, {name: np.concatenate(parts) for name, parts in values.items()})


def documents_in(path: Path, most: int | None) -> pa.RecordBatch:
    """Texts of a run folder or a file, spread evenly over it."""
    if path.is_dir():
        import corpusmill

        found = corpusmill.open(path).documents.to_table(columns=["doc_id", "raw_content", "language"])
        found = found.sort_by("doc_id")
        texts, languages = found["raw_content"].to_pylist(), found["language"].to_pylist()
    else:
        found = pq.read_table(path)
        texts = found["text"].to_pylist()
        languages = found["language"].to_pylist() if "language" in found.column_names else ["en"] * len(texts)
    rows = [row for row, text in enumerate(texts) if text.strip()]
    if most is not None and most < len(rows):
        rows = [rows[i * len(rows) // most] for i in range(most)]
    names = [str(row) for row in rows]
    return documents_of(names, [texts[row] for row in rows], [languages[row] for row in rows], [None] * len(rows))


def wanted(recipe: Recipe, documents: pa.RecordBatch) -> pa.RecordBatch:
    """The documents that the recipe is about."""
    if recipe.settings == "fineweb2":
        chosen = [fineweb2_settings(language) is not None for language in documents["language"].to_pylist()]
    else:
        chosen = [language == "en" for language in documents["language"].to_pylist()]
    return documents.filter(pa.array(chosen))


def differences(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """|a - b| over the greater of the two, where both are numbers and not both are 0."""
    greater = np.maximum(np.abs(ours), np.abs(theirs))
    with np.errstate(invalid="ignore"):
        there = greater > 0
    return np.abs(ours - theirs)[there] / greater[there]


def percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.2f}" if whole else "–"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, required=True, help="a run folder, or a Parquet file")
    parser.add_argument("--recipe", nargs="+", default=RECIPES)
    parser.add_argument("--most", type=int, help="so many texts, spread evenly; default: all")
    parser.add_argument("--words", help="compare with the recipe itself on these words")
    parser.add_argument("--sentences", help="and these sentences")
    arguments = parser.parse_args()
    chosen = {"words": arguments.words, "sentences": arguments.sentences}
    settings = [f"segment.{name}={value}" for name, value in chosen.items() if value is not None]
    documents = documents_in(arguments.texts, arguments.most)
    print(
        "| recipe | texts | kept | kept by the twin | same verdict, % | same first reason, % | only exact | only twin |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    rules = []
    for name in arguments.recipe:
        exact, twin = load(name), load(name, settings) if settings else load(f"{name}-fast")
        texts = wanted(exact, documents)
        one, other = judged(exact, texts), judged(twin, texts)
        rows = texts.num_rows
        same = np.count_nonzero(one.keep == other.keep)
        reasons = sum(a == b for a, b in zip(one.first, other.first, strict=True))
        only = np.count_nonzero(one.keep & ~other.keep), np.count_nonzero(~one.keep & other.keep)
        print(
            f"| {name} | {rows:,} | {np.count_nonzero(one.keep):,} | {np.count_nonzero(other.keep):,} | "
            f"{percent(same, rows)} | {percent(reasons, rows)} | {only[0]:,} | {only[1]:,} |",
            flush=True,
        )
        for rule, fails in one.fails.items():
            alone = np.count_nonzero(fails & ~other.fails[rule]), np.count_nonzero(~fails & other.fails[rule])
            spread = differences(one.values[rule], other.values[rule]) if rule in one.values else np.zeros(0)
            if any(alone) or spread.any():
                middle, high = np.percentile(spread, [50, 95]) * 100 if len(spread) else (np.nan, np.nan)
                shown = [f"{value:.2f}" if not np.isnan(value) else "–" for value in (middle, high)]
                rules.append(
                    f"| {name} | {rule} | {np.count_nonzero(fails):,} | {percent(sum(alone), rows)} | "
                    f"{alone[0]:,} | {alone[1]:,} | {shown[0]} | {shown[1]} |"
                )
    print("\n| recipe | rule | fail it | differs, % | only exact fails | only twin fails | median, % | 95th, % |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    print("\n".join(rules))


if __name__ == "__main__":
    main()
