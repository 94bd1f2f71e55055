"""Numeric signals of a run, exact while they fit, of every k-th document where they do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from corpusmill.errors import InputRefused
from corpusmill.store.tables import has_many_rows

MAX_DOCUMENTS = 200_000
_BATCH_ROWS = 16_384
_PREFIXES = ("rps_doc_", "ccnet_")


@dataclass(frozen=True)
class Sample:
    """Values of the signals, one row a sampled document, in the order of the keys."""

    documents: int  # of the run
    rows: int  # sampled
    step: int  # every step-th document, from the first on
    values: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict)  # by signal; NaN: null
    units: dict[str, str] = field(default_factory=dict)
    keep: npt.NDArray[np.bool_] | None = None  # verdict of the selection; None: there is none for all documents

    @property
    def described(self) -> str:
        if self.step == 1:
            return f"exact: all {self.documents:,} documents"
        return f"sample of {self.rows:,}: document 1 of every {self.step:,}, of {self.documents:,} in the order of keys"


def parquet_files(run: Path, folder: str) -> list[Path]:
    """Committed tables below `pipeline/folder`, sorted; what an unfinished attempt left behind is not one."""
    found = (run / folder).rglob("*.parquet")
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(run).parts))


def sample_signals(run: Path, selection: str | None, limit: int = MAX_DOCUMENTS) -> Sample:
    """At most `limit` rows of all numeric document signals, with the verdicts of `selection`."""
    files = parquet_files(run, "quality_signals")
    documents = 0
    numeric: dict[str, str] = {}
    for path in files:
        footer = _metadata(path)
        documents += footer.num_rows
        for column in footer.schema.to_arrow_schema():
            if column.name.startswith(_PREFIXES) and _is_number(column.type):
                unit = (column.metadata or {}).get(b"unit", b"").decode("utf-8", "replace")
                numeric.setdefault(column.name, unit)
    step = max(1, -(-documents // limit))
    rows = -(-documents // step)
    values = {name: np.full(rows, np.nan) for name in numeric}
    verdicts = [run / "selections" / selection / _selection_of(run, path) for path in files] if selection else []
    judged = bool(verdicts) and all(path.is_file() for path in verdicts)
    keep = np.zeros(rows, np.bool_) if judged else None
    before = 0  # documents of earlier files
    for number, path in enumerate(files):
        with pq.ParquetFile(path) as file:
            present = set(file.schema_arrow.names)
            own = [name for name in numeric if name in present]
            for start, batch in _batches(file, own):
                taken, target = _every(step, before + start, batch.num_rows)
                for name in own:
                    # null becomes NaN; whole numbers above 2^53 lose their last digits, which no bar shows
                    column = (
                        batch[name].cast(pa.float64())
                        if batch[name].type != pa.bool_()
                        else batch[name].cast(pa.int8()).cast(pa.float64())
                    )
                    values[name][target] = column.to_numpy(zero_copy_only=False)[taken]
            total = file.metadata.num_rows
        if keep is not None:
            with pq.ParquetFile(verdicts[number]) as file:
                if file.metadata.num_rows != total:
                    raise InputRefused(
                        f"{verdicts[number]}: {file.metadata.num_rows:,} verdicts for {total:,} documents"
                    )
                for start, batch in _batches(file, ["keep"]):
                    taken, target = _every(step, before + start, batch.num_rows)
                    keep[target] = batch["keep"].to_numpy(zero_copy_only=False)[taken]
        before += total
    return Sample(documents, rows, step, values, {name: unit for name, unit in numeric.items() if unit}, keep)


def _every(step: int, first: int, rows: int) -> tuple[slice, slice]:
    """Which rows of a batch to take, and where they go; `first` is the number of the batch's first document."""
    skipped = -first % step
    place = (first + skipped) // step
    return slice(skipped, None, step), slice(place, place + max(0, -(-(rows - skipped) // step)))


def _batches(file: Any, columns: list[str]) -> Iterator[tuple[int, pa.RecordBatch]]:
    start = 0
    for batch in file.iter_batches(_BATCH_ROWS, columns=columns, use_threads=has_many_rows(file)):
        yield start, batch
        start += batch.num_rows


def _selection_of(run: Path, signals: Path) -> str:
    key = signals.relative_to(run / "quality_signals").as_posix().removesuffix(".signals.parquet")
    return f"{key}.selection.parquet"


def _metadata(path: Path) -> Any:
    try:
        return pq.read_metadata(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise InputRefused(f"{path}: not a Parquet table: {error}") from error


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))
