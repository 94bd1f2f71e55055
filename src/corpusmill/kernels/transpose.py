"""Sixteen runs of 64 bytes read as words and transposed: what one SHA-1 block of sixteen lanes needs, and rows of
features that become columns.

A gather loads one word of one lane at a time; sixteen whole-vector loads and four rounds of two-way shuffles do the
same work many times faster. It is written as vector code, which LLVM lowers to what the machine has.
"""

from __future__ import annotations

from typing import Any

from corpusmill.machine_code.jit import cgutils, ir, primitive, types

WIDTH = 16


def _vector() -> Any:
    return ir.VectorType(ir.IntType(32), WIDTH)


@primitive
def load_transposed(typing_context: Any, data: Any, base: Any, out: Any, stride: Any) -> Any:
    """Write word t of the 64 bytes at address `data` + base[lane] to out[t * stride + lane], for 16 lanes and 16 words.

    Words are big-endian. `data`, `base` and `out` are addresses (uintp): of bytes, of 16 int64 and of uint32; nothing
    is bounds-checked.
    """
    signature = types.void(types.uintp, types.uintp, types.uintp, types.uintp)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data, base, out, stride = arguments
        swap = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(_vector(), [_vector()]), "llvm.bswap.v16i32"
        )
        rows = []
        for lane in range(WIDTH):
            offset = builder.load(_address(builder, base, base.type(8 * lane), base.type))
            rows.append(builder.call(swap, [builder.load(_address(builder, data, offset, _vector()), align=1)]))
        _store_transposed(builder, rows, out, stride)
        return context.get_dummy_value()

    return signature, generate


@primitive
def turn_rows(typing_context: Any, rows: Any, row_bytes: Any, out: Any, stride: Any) -> Any:
    """Write word t of the 64 bytes at `rows` + lane * row_bytes to out[t * stride + lane], for 16 lanes and 16 words.

    Words are as they are in memory. `rows` and `out` are addresses (int64); nothing is bounds-checked.
    """
    signature = types.void(types.int64, types.int64, types.int64, types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        start, row_bytes, out, stride = arguments
        offsets = (builder.mul(row_bytes, row_bytes.type(lane)) for lane in range(WIDTH))
        rows = [builder.load(_address(builder, start, offset, _vector()), align=4) for offset in offsets]
        _store_transposed(builder, rows, out, stride)
        return context.get_dummy_value()

    return signature, generate


def _address(builder: Any, start: Any, offset: Any, kind: Any) -> Any:
    return builder.inttoptr(builder.add(start, offset), kind.as_pointer())


def _store_transposed(builder: Any, rows: list[Any], out: Any, stride: Any) -> None:
    distance = WIDTH // 2
    while distance:
        for i in (i for i in range(WIDTH) if not i & distance):
            low, high = rows[i], rows[i + distance]
            first = [j + WIDTH - distance if j & distance else j for j in range(WIDTH)]
            second = [j + WIDTH if j & distance else j + distance for j in range(WIDTH)]
            for target, mask in ((i, first), (i + distance, second)):
                rows[target] = builder.shuffle_vector(low, high, ir.Constant(_vector(), mask))
        distance //= 2
    for t, row in enumerate(rows):
        builder.store(row, _address(builder, out, builder.mul(stride, stride.type(4 * t)), _vector()), align=4)
