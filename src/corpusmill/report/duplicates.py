"""What a deduplication found: by language, and what would lose most of its pages."""

from __future__ import annotations

from typing import Any

from corpusmill.errors import printable
from corpusmill.report.yields import percent, table

_LOSING = {"languages": "language", "sources": "source", "hosts": "host"}


def duplicates_text(manifest: dict[str, Any], name: str) -> str:
    found = manifest["duplicates"][name]
    documents, duplicates = found["documents"], found["duplicates"]
    lines = [
        f"{name}: {duplicates:,} of {documents:,} documents are duplicates ({percent(duplicates, documents)} %), "
        f"in {found['clusters']:,} clusters; the largest has {found['largest_cluster']:,}"
    ]
    if found["not_compared"]:
        lines.append(f"{found['not_compared']:,} documents have nothing to be compared by: they are in no cluster")
    for what, count in found["changes"].items():
        lines.append(f"of earlier runs {count:,} documents changed: {what}")
    rows = [[code, f"{n:,}", f"{d:,}", percent(d, n)] for code, (n, d) in found["languages"].items() if d]
    if rows:
        lines.append(table(["language", "documents", "duplicates", "%"], rows, left=(0,)))
    for which, what in _LOSING.items():
        if alarming := found["alarms"][which]:
            lines.append(f"{which} that lose more than {100 * found['alarm_fraction']:g} % of their pages:")
            rows = [[printable(one), f"{n:,}", f"{d:,}", percent(d, n)] for one, n, d in alarming]
            lines.append(table([what, "documents", "duplicates", "%"], rows, left=(0,)))
    return "\n".join(lines)
