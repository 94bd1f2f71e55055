"""Tables that cannot be written to their end."""

from __future__ import annotations

import gc
from pathlib import Path

import pyarrow as pa
import pytest

from corpusmill.store.tables import TableWriter

BATCH = pa.RecordBatch.from_pydict({"a": [1, 2]})


def test_a_full_disk_is_one_error_and_python_says_nothing_of_it_later(tmp_path: Path, capfd, monkeypatch):
    def full(self: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.ParquetWriter.close", full)
    with pytest.raises(OSError, match="No space"), TableWriter(tmp_path / "a.parquet", BATCH.schema) as writer:
        writer.write(BATCH)
    with pytest.raises(ZeroDivisionError), TableWriter(tmp_path / "b.parquet", BATCH.schema) as writer:
        raise ZeroDivisionError
    alone = TableWriter(tmp_path / "c.parquet", BATCH.schema)
    alone.write(BATCH)
    del writer, alone
    gc.collect()
    assert capfd.readouterr().err == ""
