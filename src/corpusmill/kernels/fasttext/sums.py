"""Rows of a matrix added up one after the other in float32, as fastText adds them."""

from __future__ import annotations

from typing import Any

from corpusmill.machine_code.jit import cgutils, inlined, ir, primitive, types

_NARROW, _WIDE, _WIDEST = 16, 64, 128  # floats that are read at a time
BEHIND = _WIDEST  # floats behind the last row that may be read


def _adder(lanes: int) -> Any:
    """Code that adds `count` rows to the `lanes` floats at `total`, one after the other."""
    vector, number = ir.VectorType(ir.FloatType(), lanes), ir.IntType(64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        total, rows, count, matrix, stride = arguments
        target = builder.inttoptr(total, vector.as_pointer())
        sums = cgutils.alloca_once_value(builder, builder.load(target, align=4))
        with cgutils.for_range(builder, count) as loop:
            at = builder.add(rows, builder.mul(loop.index, ir.Constant(number, 8)))
            row = builder.load(builder.inttoptr(at, number.as_pointer()))
            at = builder.add(matrix, builder.mul(row, stride))
            values = builder.load(builder.inttoptr(at, vector.as_pointer()), align=4)
            builder.store(builder.fadd(builder.load(sums), values), sums)
        builder.store(builder.load(sums), target, align=4)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64, types.int64, types.int64), generate


@primitive
def add_narrow(typing: Any, total: Any, rows: Any, count: Any, matrix: Any, stride: Any) -> Any:
    """Add rows to _NARROW sums."""
    return _adder(_NARROW)


@primitive
def add_wide(typing: Any, total: Any, rows: Any, count: Any, matrix: Any, stride: Any) -> Any:
    """Add rows to _WIDE sums."""
    return _adder(_WIDE)


@primitive
def add_widest(typing: Any, total: Any, rows: Any, count: Any, matrix: Any, stride: Any) -> Any:
    """Add rows to _WIDEST sums."""
    return _adder(_WIDEST)


@inlined
def add_matrix_rows(rows: Any, count: Any, matrix: Any, dimensions: Any, sums: Any) -> None:
    """Add the `count` rows at the address `rows` to the float32 at `sums`; sums behind the dimensions are undefined.

    BEHIND floats behind the last row of the matrix are read.
    """
    stride = 4 * dimensions
    at = 0
    while at < dimensions:
        left = dimensions - at
        if left <= _NARROW:
            add_narrow(sums + 4 * at, rows, count, matrix + 4 * at, stride)
            at += _NARROW
        elif left <= _WIDE:
            add_wide(sums + 4 * at, rows, count, matrix + 4 * at, stride)
            at += _WIDE
        else:
            add_widest(sums + 4 * at, rows, count, matrix + 4 * at, stride)
            at += _WIDEST
