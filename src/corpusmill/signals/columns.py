"""Helpers of the signal functions: measurements to rounded Arrow columns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusmill.batch import TextBatch

DOUBLES = pa.list_(pa.float64())
INTEGERS = pa.list_(pa.int32())


def rounded(values: npt.NDArray[np.float64], null: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """`values` to 8 decimals (RedPajama-V2 §3), null where `null` says so."""
    from corpusmill.kernels.rounding import round_decimals

    return pa.array(round_decimals(values), pa.float64(), mask=null)


def quotients(above: npt.NDArray[np.generic], below: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
    """above / below; 0.0 where `below` is 0."""
    out = np.zeros(len(below), np.float64)
    np.divide(above, below, out=out, where=below != 0)
    return out


def ratio(above: npt.NDArray[np.generic], below: npt.NDArray[np.generic]) -> pa.Array:
    """above / below to 8 decimals; null where `below` is 0."""
    return rounded(quotients(above, below), below == 0)


def ratio_or_zero(above: npt.NDArray[np.generic], below: npt.NDArray[np.generic]) -> pa.Array:
    """above / below to 8 decimals; 0.0 where `below` is 0."""
    return rounded(quotients(above, below))


def by_line(batch: TextBatch, values: npt.NDArray[np.generic], dtype: pa.DataType) -> pa.Array:
    """One list a document with the value of each of its lines."""
    offsets = pa.array(batch.lines.offsets, pa.int32())
    return pa.ListArray.from_arrays(offsets, pa.array(values, dtype.value_type))


def counted(count: Callable[..., None], rows: int, *arguments: object) -> npt.NDArray[np.int64]:
    """What a counting kernel writes to its last argument, an int64 array of `rows`."""
    counts = np.empty(rows, np.int64)
    count(*arguments, counts)
    return counts


def exact_ratio(above: npt.NDArray[np.generic], below: npt.NDArray[np.generic]) -> pa.Array:
    """above / below, not rounded; null where `below` is 0."""
    return pa.array(quotients(above, below), pa.float64(), mask=below == 0)
