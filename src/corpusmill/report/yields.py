"""The yield tables as text, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from corpusmill.keys import BUCKETS

REASONS_SHOWN = 3
LANGUAGES_SHOWN = 8


def yield_table(manifest: dict[str, Any]) -> str:
    """What each stage got, kept and lost, and the three most frequent reasons."""
    rows = []
    start = manifest["read"]
    for stage in manifest["stages"]:
        dropped, quarantined = sum(stage["dropped"].values()), sum(stage["quarantined"].values())
        reasons = sorted({**stage["dropped"], **stage["quarantined"]}.items(), key=lambda item: (-item[1], item[0]))
        top = ", ".join(f"{reason} {count:,}" for reason, count in reasons[:REASONS_SHOWN])
        numbers = [f"{n:,}" for n in (stage["in"], stage["kept"], dropped, quarantined)]
        rows.append([stage["stage"], *numbers, percent(stage["kept"], start), top])
    for name, selection in manifest["selections"].items():
        rules = sorted(selection["rules"].items(), key=lambda item: (-item[1], item[0]))
        top = ", ".join(f"{rule} {count:,}" for rule, count in rules[:REASONS_SHOWN] if count)
        documents, kept = selection["documents"], selection["kept"]
        numbers = [f"{n:,}" for n in (documents, kept, documents - kept, 0)]
        rows.append([f"select {name}", *numbers, percent(kept, start), top])
    for name, (documents, tokens) in _token_totals(manifest).items():
        rows.append([f"tokenize {name}", f"{documents:,}", f"{documents:,}", "0", "0", "", f"{tokens:,} tokens"])
    head = ["stage", "in", "kept", "dropped", "quarantined", "% of start", "most frequent reasons"]
    return table(head, rows, left=(0, 6))


def buckets_table(manifest: dict[str, Any]) -> str:
    """Documents by language and bucket, the languages with most documents first."""
    counts: dict[str, dict[str, int]] = {}
    for name, found in manifest["languages"].items():
        language, _, bucket = name.partition("_")
        counts.setdefault(language, {})[bucket] = found["documents"]
    buckets = [bucket for bucket in BUCKETS if any(bucket in found for found in counts.values())]
    ranked = sorted(counts.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    rows = [[language, *(f"{found.get(bucket, 0):,}" for bucket in buckets)] for language, found in ranked]
    if len(rows) > LANGUAGES_SHOWN:
        rest = [found for _, found in ranked[LANGUAGES_SHOWN:]]
        sums = (f"{sum(found.get(bucket, 0) for found in rest):,}" for bucket in buckets)
        rows[LANGUAGES_SHOWN:] = [[f"{len(rest)} more", *sums]]
    return table(["documents", *buckets], rows, left=(0,))


def counts_table(manifest: dict[str, Any]) -> str:
    """Documents, characters and tokens by language and bucket, as the RedPajama-V2 data card has them."""
    tokens: dict[str, int] = {}
    for counted in manifest["tokens"]:
        name = f"{counted['language']}_{counted['bucket']}"
        tokens[name] = tokens.get(name, 0) + counted["tokens"]
    rows = []
    for name, counts in manifest["languages"].items():
        language, _, bucket = name.partition("_")
        numbers = [f"{counts['documents']:,}", f"{counts['characters']:,}"]
        rows.append([language, bucket, *numbers, f"{tokens[name]:,}" if name in tokens else "–"])
    return table(["language", "bucket", "documents", "characters", "tokens (selected)"], rows, left=(0, 1))


def selection_table(manifest: dict[str, Any], name: str) -> str:
    """One selection: what each rule fails, and what it alone removes."""
    selection = manifest["selections"].get(name, {"documents": 0, "kept": 0, "rules": {}, "only": {}})
    order = selection.get("definitions", {}).get("order", selection["rules"])
    rows = [[rule, f"{selection['rules'][rule]:,}", f"{selection['only'][rule]:,}"] for rule in order]
    kept, documents = selection["kept"], selection["documents"]
    line = f"selection {name}: {kept:,} of {documents:,} documents kept ({percent(kept, documents)} %)"
    return f"{line}\n{table(['rule', 'fails', 'only this rule'], rows, left=(0,))}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: tuple[int, ...]) -> str:
    """Columns aligned right, those of `left` on the left.

    >>> print(table(["a", "n"], [["x", "10"]], left=(0,)))
    a   n
    x  10
    """
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = []
    for row in [head, *rows]:
        cells = (
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def percent(part: int, whole: int) -> str:
    """One decimal and no sign, as columns of tables have it; a dash of nothing."""
    return f"{100 * part / whole:.1f}" if whole else "–"


def _token_totals(manifest: dict[str, Any]) -> dict[str, tuple[int, int]]:
    totals: dict[str, tuple[int, int]] = {}
    for counted in manifest["tokens"]:
        documents, tokens = totals.get(counted["tokenizer"], (0, 0))
        totals[counted["tokenizer"]] = documents + counted["documents"], tokens + counted["tokens"]
    return totals
