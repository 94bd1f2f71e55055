"""What a search for repeated passages found."""

from __future__ import annotations

from typing import Any

from corpusmill.errors import printable
from corpusmill.report.yields import percent, table

SHOWN_CHARS = 60


def substring_text(found: dict[str, Any]) -> str:
    """`found`: the manifest's entry."""
    repeated, total = found["repeated"], found["total"]
    lines = [
        f"{found['name']}: {found['with_spans']:,} of {found['documents']:,} documents have {found['spans']:,} spans "
        f"of passages that are elsewhere too: {repeated:,} of {total:,} characters ({percent(repeated, total)} %)",
        f"{found['duplicates']:,} documents have less than {found['left_chars']} characters left; a rule over "
        f"{found['left_column']} drops them",
    ]
    rows = [[code, f"{n:,}", f"{r:,}", percent(r, n)] for code, (n, r) in found["characters"].items() if r]
    lines.append(table(["language", "characters", "in spans", "%"], rows, left=(0,)))
    if found.get("passages"):
        lines.append("what is repeated most, in one group of shards:")
        rows = [[f"{p['occurrences']:,}", f"{p['tokens']:,}", _shown(p["text"])] for p in found["passages"]]
        lines.append(table(["times", "tokens", "passage"], rows, left=(2,)))
    return "\n".join(lines)


def _shown(text: str) -> str:
    short = " ".join(text[: 2 * SHOWN_CHARS].split())
    return printable(short if len(short) <= SHOWN_CHARS and short == text else f"{short[:SHOWN_CHARS]}…")
