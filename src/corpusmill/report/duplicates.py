"""What a deduplication found: by language, and the hosts that would lose most of their pages."""

from __future__ import annotations

from typing import Any

from corpusmill.errors import printable
from corpusmill.report.yields import percent, table

ALARM_DOCUMENTS, ALARM_FRACTION = 20, 0.5  # a host of so many documents that loses more than this part is pointed out


def duplicates_text(manifest: dict[str, Any], name: str) -> str:
    found = manifest["duplicates"][name]
    documents, duplicates = found["documents"], found["duplicates"]
    lines = [
        f"{name}: {duplicates:,} of {documents:,} documents are duplicates ({percent(duplicates, documents)} %), "
        f"in {found['clusters']:,} clusters; the largest has {found['largest_cluster']:,}"
    ]
    if found["not_compared"]:
        lines.append(f"{found['not_compared']:,} documents have nothing to be compared by: they are in no cluster")
    rows = [[code, f"{n:,}", f"{d:,}", percent(d, n)] for code, (n, d) in found["languages"].items() if d]
    lines.append(table(["language", "documents", "duplicates", "%"], rows, left=(0,)))
    alarming = [
        (host, n, d) for host, n, d in found["hosts"] if host and n >= ALARM_DOCUMENTS and d > ALARM_FRACTION * n
    ]
    if alarming:
        lines.append("hosts that lose more than half of their pages:")
        rows = [[printable(host), f"{n:,}", f"{d:,}", percent(d, n)] for host, n, d in alarming]
        lines.append(table(["host", "documents", "duplicates", "%"], rows, left=(0,)))
    return "\n".join(lines)
