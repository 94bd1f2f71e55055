"""Which files RedPajama-V2's exact deduplication passes over: those with a line whose digest cannot be read (§12)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from corpusmill.keys import Key
from corpusmill.schema import QUARANTINE_HEAD_BYTES
from corpusmill.store import layout

_PARSED = ("field_missing", "field_type", "invalid_utf8", "out_of_range")  # the line is JSON, a field of it is wrong


def is_passed_over(root: Path, key: Key) -> bool:
    """Whether the documents of `key` are from a file of lines of which one was lost together with its digest."""
    path = root / layout.quarantine(key.path)
    if not path.exists():  # no line was lost, or the documents are of archives
        return False
    lost = pq.read_table(path, columns=["reason", "message", "head", "length"]).to_pylist()
    return any(not _has_digest(line) for line in lost)


def _has_digest(line: dict[str, Any]) -> bool:
    if 0 <= line["length"] <= QUARANTINE_HEAD_BYTES:
        try:
            fields = json.loads(line["head"].decode("utf-8", "surrogateescape"))
        except (ValueError, RecursionError):
            return False
        return isinstance(fields, dict) and isinstance(fields.get("digest"), str)
    return line["reason"] in _PARSED and "digest" not in (line["message"] or "").partition(" holds ")[0]
