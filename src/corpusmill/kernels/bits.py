"""Few-instruction primitives: unaligned loads and stores, bit counts, and byte classes of 64 bytes at a time.

Indexes are taken as they are: no wrap-around, no bounds check.
"""

from __future__ import annotations

from typing import Any

import numba as nb
from llvmlite import ir
from numba import types
from numba.core import cgutils

from corpusmill.kernels.jit import inlined, primitive

_I64 = ir.IntType(64)
_BYTES = ir.VectorType(ir.IntType(8), 64)

# Columns of the masks that `classify64` makes (ASCII only) and `classify` completes for every code point.
WORD, SPACE, HIGH, PUNCTUATION, UPPER, LOWER, NEWLINE, LETTER, NUMERIC, LEAD = range(10)
MASKS = 10


def _pointer(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.gep(data, [index])


@primitive
def load64(typing: Any, data: Any, index: Any) -> Any:
    """The 8 bytes at `data[index]`, little-endian."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], *arguments)
        return builder.load(builder.bitcast(pointer, _I64.as_pointer()), align=1)

    return types.uint64(data, types.int64), generate


@primitive
def store64(typing: Any, data: Any, index: Any, value: Any) -> Any:
    """Write `value` to the 8 bytes at `data[index]`, little-endian."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], arguments[0], arguments[1])
        builder.store(arguments[2], builder.bitcast(pointer, _I64.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(data, types.int64, types.uint64), generate


@primitive
def popcount(typing: Any, value: Any) -> Any:
    """Number of one bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), generate


@primitive
def trailing_zeros(typing: Any, value: Any) -> Any:
    """Number of zero bits below the lowest one bit; 64 for 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), generate


@primitive
def classify64(typing: Any, data: Any, index: Any) -> Any:
    """A bit for each of the 64 bytes at `data[index]`, by column; non-ASCII bytes have HIGH (and LEAD) alone."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], *arguments)
        vector = builder.load(builder.bitcast(pointer, _BYTES.as_pointer()), align=1)

        def splat(byte: int) -> Any:
            return ir.Constant(_BYTES, [byte] * 64)

        def within(low: int, high: int, values: Any = vector) -> Any:
            return builder.icmp_unsigned("<=", builder.sub(values, splat(low)), splat(high - low))

        def either(*parts: Any) -> Any:
            result = parts[0]
            for part in parts[1:]:
                result = builder.or_(result, part)
            return result

        letter = within(0x61, 0x7A, builder.or_(vector, splat(0x20)))
        digit = within(0x30, 0x39)
        underscore = within(0x5F, 0x5F)
        space = either(within(0x09, 0x0D), within(0x1C, 0x20))
        high = within(0x80, 0xFF)
        punctuation = either(within(0x21, 0x2F), within(0x3A, 0x40), within(0x5B, 0x60), within(0x7B, 0x7E))
        lead = builder.not_(within(0x80, 0xBF))
        columns = [
            either(letter, digit, underscore),
            space,
            high,
            punctuation,
            within(0x41, 0x5A),
            within(0x61, 0x7A),
            within(0x0A, 0x0A),
            letter,
            digit,
            lead,
        ]
        masks = [builder.bitcast(column, _I64) for column in columns]
        return cgutils.pack_array(builder, masks)

    return types.UniTuple(types.uint64, MASKS)(data, types.int64), generate


@inlined
def low_bits(count: Any) -> Any:
    """`count` one bits, 0 ≤ count ≤ 64."""
    if count >= 64:
        return nb.uint64(0xFFFFFFFFFFFFFFFF)
    return (nb.uint64(1) << nb.uint64(count)) - nb.uint64(1)
