"""The loader: a run as the dicts that filter functions written for RedPajama-V2 expect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq

from corpusmill.errors import Refused
from corpusmill.keys import Key
from corpusmill.store import layout, manifest
from corpusmill.store.measured import has_redpajama2
from corpusmill.store.rpv2 import CCNET_FIELDS, signal_records

# Documents without a perplexity lie in bucket "all": they are measured, so they go with head and middle.
PARTITIONS = {
    "head": ("head",),
    "middle": ("middle",),
    "tail": ("tail",),
    "head_middle": ("head", "middle", "all"),
    "all": ("head", "middle", "tail", "all"),
}


def load(
    run: str | Path,
    partition: str = "head_middle",
    snapshots: Sequence[str] | None = None,
    languages: Sequence[str] | None = None,
) -> Iterator[dict[str, str | None]]:
    """Documents of a finished run, in the order of their keys.

    Yields dicts with `raw_content`, `doc_id`, `meta` (JSON: the document's other CCNet fields) and `quality_signals`
    (JSON: name → list of [start, end, score]; null for what is not measured: the tail, and all of a run with
    `signals.redpajama2 = false`). None means all snapshots or languages. Raises Refused for an unknown partition and
    RunRefused for an unfinished run.
    """
    if partition not in PARTITIONS:
        raise Refused(f"partition {partition!r} is unknown; wanted one of {', '.join(PARTITIONS)}")
    root = Path(run)
    outputs = manifest.read_run(root)["outputs"]
    keys = sorted(key for path in outputs if (key := layout.key_of_documents(path)) is not None)
    return _documents(root, [key for key in keys if _wanted(key, partition, snapshots, languages)], outputs)


def _wanted(key: Key, partition: str, snapshots: Sequence[str] | None, languages: Sequence[str] | None) -> bool:
    return (
        key.bucket in PARTITIONS[partition]
        and (snapshots is None or key.snapshot in snapshots)
        and (languages is None or key.language in languages)
    )


def _documents(root: Path, keys: list[Key], outputs: dict[str, Any]) -> Iterator[dict[str, str | None]]:
    any_measured = has_redpajama2(root, outputs)
    for key in keys:
        measured = any_measured and layout.quality_signals(key) in outputs
        signals = (orjson.dumps(r["quality_signals"]).decode() for r in signal_records(root, key)) if measured else None
        with pq.ParquetFile(root / layout.documents(key)) as file:
            for batch in file.iter_batches(batch_size=512, columns=["doc_id", *CCNET_FIELDS]):
                for row in batch.to_pylist():
                    text, doc_id = row.pop("raw_content"), row.pop("doc_id")
                    yield {
                        "raw_content": text,
                        "doc_id": doc_id,
                        "meta": orjson.dumps(row).decode(),
                        "quality_signals": next(signals) if signals is not None else None,
                    }
