"""What a Bloom filter marked, and how much of that by mistake."""

from __future__ import annotations

from typing import Any

from corpusmill.report.yields import percent, table

_PART = {"paragraph": "characters", "ngram": "n-grams"}


def bloom_text(found: dict[str, Any]) -> str:
    """`found`: the manifest's entry."""
    documents, duplicates, made = found["documents"], found["duplicates"], found["filter"]
    what = "duplicates" if found["over"] not in _PART else "repeated by more than 0.8"
    lines = [
        f"{found['name']}: {duplicates:,} of {documents:,} documents are {what} ({percent(duplicates, documents)} %); "
        f"the filter holds {made['keys']:,} keys, of new ones it takes {made['real_error_rate']:.2g} for known"
    ]
    if found["over"] in _PART:
        part = f"{found['repeated']:,} of {found['total']:,} {_PART[found['over']]}"
        lines.append(f"{found['spans']:,} paragraphs are repeated; {part} were there before")
    if found["not_compared"]:
        lines.append(f"{found['not_compared']:,} documents have nothing to be compared by")
    lines += found["warnings"]
    rows = [[code, f"{n:,}", f"{d:,}", percent(d, n)] for code, (n, d) in found["languages"].items() if d]
    lines.append(table(["language", "documents", "duplicates", "%"], rows, left=(0,)))
    return "\n".join(lines)
