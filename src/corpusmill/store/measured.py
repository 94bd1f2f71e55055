"""What a run measured with every document."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq

from corpusmill.signals.names import RPV2_SIGNALS
from corpusmill.store import layout


def has_redpajama2(root: Path, outputs: Iterable[str]) -> bool:
    """Whether `outputs`, the files of a run, hold RedPajama-V2's signals of every document: `signals.redpajama2`."""
    path = next((path for path in outputs if path.startswith(layout.QUALITY_SIGNALS)), None)
    return path is None or RPV2_SIGNALS[0] in pq.read_schema(root / path).names
