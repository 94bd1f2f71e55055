"""Sixteen runs of 64 bytes read as big-endian words and transposed: what one SHA-1 block of sixteen lanes needs.

A gather loads one word of one lane at a time; sixteen whole-vector loads, a byte swap and four rounds of two-way
shuffles do the same work many times faster. It is written as vector code, which LLVM lowers to what the machine has.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from corpusmill.kernels.jit import primitive

WIDTH = 16


@primitive
def load_transposed(typing_context: Any, data: Any, base: Any, out: Any, stride: Any) -> Any:
    """Write word t of the 64 bytes at address `data` + base[lane] to out[t * stride + lane], for 16 lanes and 16 words.

    `data`, `base` and `out` are addresses (uintp): of bytes, of 16 int64 and of uint32; nothing is bounds-checked.
    """
    signature = types.void(types.uintp, types.uintp, types.uintp, types.uintp)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data, base, out, stride = arguments
        word, vector = ir.IntType(32), ir.VectorType(ir.IntType(32), WIDTH)
        swap = cgutils.get_or_insert_function(builder.module, ir.FunctionType(vector, [vector]), "llvm.bswap.v16i32")

        def address(start: Any, offset: Any, kind: Any) -> Any:
            return builder.inttoptr(builder.add(start, offset), kind.as_pointer())

        rows = []
        for lane in range(WIDTH):
            offset = builder.load(address(base, base.type(8 * lane), base.type))
            rows.append(builder.call(swap, [builder.load(address(data, offset, vector), align=1)]))
        distance = WIDTH // 2
        while distance:
            for i in (i for i in range(WIDTH) if not i & distance):
                low, high = rows[i], rows[i + distance]
                first = [j + WIDTH - distance if j & distance else j for j in range(WIDTH)]
                second = [j + WIDTH if j & distance else j + distance for j in range(WIDTH)]
                for target, mask in ((i, first), (i + distance, second)):
                    rows[target] = builder.shuffle_vector(low, high, ir.Constant(ir.VectorType(word, WIDTH), mask))
            distance //= 2
        for t, row in enumerate(rows):
            builder.store(row, address(out, builder.mul(stride, stride.type(4 * t)), vector), align=4)
        return context.get_dummy_value()

    return signature, generate
