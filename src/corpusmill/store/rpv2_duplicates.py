"""Export of duplicates by digest as RedPajama-V2 publishes them (§12): `duplicates/<key>.duplicates.parquet`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.errors import RunRefused
from corpusmill.keys import Key
from corpusmill.schema import DUPLICATES
from corpusmill.store import layout
from corpusmill.store.commit import Attempt

SCHEMA = pa.schema([(field.name, field.type) for field in DUPLICATES])  # as there: nullable, no metadata


def digest_duplicates(described: dict[str, Any], name: str | None) -> str | None:
    """Which duplicates of the manifest `described` are exported: `name`, or the only ones; None where there are none.

    Raises RunRefused where `name` is none of them, or there are several and none is named.
    """
    names = sorted(each for each, found in described["duplicates"].items() if found.get("over") == "digest")
    if name is not None and name not in names:
        raise RunRefused(
            f"there are no duplicates by digest of the name {name!r}; there are: {', '.join(names) or '–'}"
        )
    if name is None and len(names) > 1:
        raise RunRefused(f"there are several duplicates by digest; name one with --duplicates: {', '.join(names)}")
    return name or (names[0] if names else None)


def export_duplicates(root: Path, out: Path, name: str, keys: list[Key], outputs: dict[str, Any]) -> None:
    """A file of each key that was compared, also where it has no duplicate."""
    for key in keys:
        if layout.duplicates(name, key) in outputs:
            rows = pq.read_table(root / layout.duplicates(name, key))
            with Attempt(out) as attempt:
                path = attempt.path(f"duplicates/{key.path}.duplicates.parquet")
                pq.write_table(rows.cast(SCHEMA), path)
                attempt.commit()
