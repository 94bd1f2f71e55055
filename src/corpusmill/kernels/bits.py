"""Few-instruction primitives: loads and stores at addresses, bit counts, and the classes of 64 bytes at a time.

Nothing is checked here: callers stay within their arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.machine_code.jit import cgutils, inlined, ir, primitive, types

# The last two, added to eight bytes without their high bits, set it from `a` on and behind `z`.
_HIGH_BITS, _CASES, _FROM_SMALL_A, _BEHIND_SMALL_Z = (
    np.uint64(byte * 0x0101010101010101) for byte in (0x80, 0x20, 0x80 - 0x61, 0x80 - 0x7B)
)

# Columns of the masks that `classify64` makes (ASCII only) and `classify` completes for every code point.
WORD, SPACE, HIGH, PUNCTUATION, UPPER, LOWER, NEWLINE, LETTER, NUMERIC, LEAD, TERMINAL, DOT, NUMBER_SIGN, BRACE = range(
    14
)
MASKS = 14


def _bytes() -> Any:
    return ir.VectorType(ir.IntType(8), 64)


@primitive
def address(typing: Any, array: Any) -> Any:
    """Where the elements of a contiguous array begin.

    Only for arrays that the caller of the kernel keeps alive. Helpers that take addresses instead of arrays are inlined
    without counting references, which would cost more than their work.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.ptrtoint(data, ir.IntType(64))

    return types.int64(array), generate


@primitive
def borrowed(typing: Any, array: Any) -> Any:
    """The array without its owner, so that handing it to functions counts no references.

    Counting is an atomic write for every array of every call, most of the time of kernels whose work is small. Only for
    arrays that the caller of the kernel keeps alive.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        view.meminfo = cgutils.get_null_value(view.meminfo.type)
        view.parent = cgutils.get_null_value(view.parent.type)
        return view._getvalue()

    return array(array), generate


def _reader(bits: int) -> Any:
    kind = ir.IntType(bits)
    result = types.uint64 if bits == 64 else types.int64

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = builder.load(builder.inttoptr(arguments[0], kind.as_pointer()), align=1)
        return value if bits == 64 else builder.zext(value, ir.IntType(64))

    return result(types.int64), generate


def _writer(bits: int) -> Any:
    kind = ir.IntType(bits)
    given = types.uint64 if bits == 64 else types.int64

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = arguments[1] if bits == 64 else builder.trunc(arguments[1], kind)
        builder.store(value, builder.inttoptr(arguments[0], kind.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(types.int64, given), generate


@primitive
def peek8(typing: Any, at: Any) -> Any:
    """The byte at an address, as int64."""
    return _reader(8)


@primitive
def peek16(typing: Any, at: Any) -> Any:
    """The uint16 at an address, as int64."""
    return _reader(16)


@primitive
def peek32(typing: Any, at: Any) -> Any:
    """The uint32 at an address, as int64."""
    return _reader(32)


@primitive
def peek64(typing: Any, at: Any) -> Any:
    """The uint64 at an address, aligned or not."""
    return _reader(64)


@primitive
def poke8(typing: Any, at: Any, value: Any) -> Any:
    """Write the low byte of an int64."""
    return _writer(8)


@primitive
def poke16(typing: Any, at: Any, value: Any) -> Any:
    """Write the low 16 bits of an int64."""
    return _writer(16)


@primitive
def poke32(typing: Any, at: Any, value: Any) -> Any:
    """Write the low 32 bits of an int64."""
    return _writer(32)


@primitive
def poke64(typing: Any, at: Any, value: Any) -> Any:
    """Write a uint64."""
    return _writer(64)


def _float_reader(kind: Any, result: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(builder.inttoptr(arguments[0], kind.as_pointer()), align=1)

    return result(types.int64), generate


def _float_writer(kind: Any, given: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store(arguments[1], builder.inttoptr(arguments[0], kind.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(types.int64, given), generate


@primitive
def peek_single(typing: Any, at: Any) -> Any:
    """The float32 at an address."""
    return _float_reader(ir.FloatType(), types.float32)


@primitive
def peek_double(typing: Any, at: Any) -> Any:
    """The float64 at an address."""
    return _float_reader(ir.DoubleType(), types.float64)


@primitive
def poke_single(typing: Any, at: Any, value: Any) -> Any:
    """Write a float32."""
    return _float_writer(ir.FloatType(), types.float32)


@primitive
def poke_double(typing: Any, at: Any, value: Any) -> Any:
    """Write a float64."""
    return _float_writer(ir.DoubleType(), types.float64)


@primitive
def prefetch(typing: Any, at: Any) -> Any:
    """Ask for the cache line at an address, which need not be an array's: it is going to be read and written."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        flag = ir.IntType(32)
        pointer = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, flag, flag, flag])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        write, keep, data = ir.Constant(flag, 1), ir.Constant(flag, 3), ir.Constant(flag, 1)
        builder.call(function, [builder.inttoptr(arguments[0], pointer), write, keep, data])
        return context.get_dummy_value()

    return types.void(types.int64), generate


@primitive
def mask16(typing: Any, at: Any, masks: Any, to: Any) -> Any:
    """Write sixteen bytes from `at`, with only the bits of the first sixteen at `masks` and those of the next sixteen
    set, to `to`; returns them as two uint64.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        words = ir.VectorType(ir.IntType(64), 2)
        pointer = words.as_pointer()
        text, kept, target = (builder.inttoptr(each, pointer) for each in arguments)
        added = builder.gep(kept, [ir.Constant(ir.IntType(32), 1)])
        value = builder.and_(builder.load(text, align=1), builder.load(kept, align=8))
        value = builder.or_(value, builder.load(added, align=8))
        builder.store(value, target, align=8)
        parts = [builder.extract_element(value, ir.Constant(ir.IntType(32), k)) for k in range(2)]
        return cgutils.pack_array(builder, parts)

    return types.UniTuple(types.uint64, 2)(types.int64, types.int64, types.int64), generate


@primitive
def same16(typing: Any, one: Any, other: Any) -> Any:
    """Whether the sixteen bytes at two addresses are the same."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = ir.IntType(128).as_pointer()
        one, other = (builder.load(builder.inttoptr(each, pointer), align=8) for each in arguments)
        return builder.icmp_unsigned("==", one, other)

    return types.boolean(types.int64, types.int64), generate


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
def leading_zeros(typing: Any, value: Any) -> Any:
    """Number of zero bits above the highest one bit; 64 for 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), generate


@primitive
def least8(typing: Any, at: Any) -> Any:
    """The least of eight uint64."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        words = ir.VectorType(ir.IntType(64), 8)
        kind = ir.FunctionType(ir.IntType(64), [words])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.vector.reduce.umin.v8i64")
        return builder.call(function, [builder.load(builder.inttoptr(arguments[0], words.as_pointer()), align=8)])

    return types.uint64(types.int64), generate


@primitive
def equal64(typing: Any, at: Any, byte: Any) -> Any:
    """A bit for each of the 64 bytes from an address on that equals `byte` (uint8)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = builder.load(builder.inttoptr(arguments[0], _bytes().as_pointer()), align=1)
        index = ir.Constant(ir.IntType(32), 0)
        one = builder.insert_element(ir.Constant(_bytes(), ir.Undefined), arguments[1], index)
        order = ir.Constant(ir.VectorType(ir.IntType(32), 64), [0] * 64)
        all_ = builder.shuffle_vector(one, ir.Constant(_bytes(), ir.Undefined), order)
        return builder.bitcast(builder.icmp_unsigned("==", vector, all_), ir.IntType(64))

    return types.uint64(types.int64, types.uint8), generate


@primitive
def classify64(typing: Any, at: Any) -> Any:
    """A bit for each of the 64 bytes from an address on, by column; non-ASCII bytes have HIGH (and LEAD) alone."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = builder.load(builder.inttoptr(arguments[0], _bytes().as_pointer()), align=1)

        def splat(byte: int) -> Any:
            return ir.Constant(_bytes(), [byte] * 64)

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
        dot = within(0x2E, 0x2E)
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
            either(dot, within(0x21, 0x21), within(0x3F, 0x3F)),
            dot,
            within(0x23, 0x23),
            either(within(0x7B, 0x7B), within(0x7D, 0x7D)),
        ]
        masks = [builder.bitcast(column, ir.IntType(64)) for column in columns]
        return cgutils.pack_array(builder, masks)

    return types.UniTuple(types.uint64, MASKS)(types.int64), generate


@primitive
def text64(typing: Any, at: Any) -> Any:
    """A bit for each of the 64 bytes from an address on, of what texts are cut by: ASCII letters, capitals among them,
    digits, white space, newlines (\\r too) and blanks (U+0020) among it; bytes above ASCII, and those that go on with
    a character.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = builder.load(builder.inttoptr(arguments[0], _bytes().as_pointer()), align=1)

        def splat(byte: int) -> Any:
            return ir.Constant(_bytes(), [byte] * 64)

        def within(low: int, high: int, values: Any = vector) -> Any:
            if low == high:
                return builder.icmp_unsigned("==", values, splat(low))
            return builder.icmp_unsigned("<=", builder.sub(values, splat(low)), splat(high - low))

        blank = within(0x20, 0x20)
        columns = [
            within(0x61, 0x7A, builder.or_(vector, splat(0x20))),
            within(0x41, 0x5A),
            within(0x30, 0x39),
            builder.or_(within(0x09, 0x0D), blank),
            builder.or_(within(0x0A, 0x0A), within(0x0D, 0x0D)),
            blank,
            builder.icmp_signed("<", vector, splat(0)),
            builder.icmp_signed("<", vector, splat(0xC0)),
        ]
        return cgutils.pack_array(builder, [builder.bitcast(column, ir.IntType(64)) for column in columns])

    return types.UniTuple(types.uint64, 8)(types.int64), generate


@primitive
def poke_halves(typing: Any, at: Any, source: Any) -> Any:
    """Write the low 16 bits of each of the four uint32 at `source`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide, narrow = (ir.VectorType(ir.IntType(bits), 4) for bits in (32, 16))
        values = builder.load(builder.inttoptr(arguments[1], wide.as_pointer()), align=4)
        builder.store(builder.trunc(values, narrow), builder.inttoptr(arguments[0], narrow.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@inlined
def low_bits(count: Any) -> Any:
    """`count` one bits, 1 ≤ count ≤ 64."""
    return np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(64 - count)


@inlined
def bit_at(start: Any, place: Any) -> Any:
    """Bit `place` of the bytes from an address on, the lowest of each byte first."""
    return peek8(start + (place >> 3)) >> (place & 7) & 1


@inlined
def set_bit_at(start: Any, place: Any) -> None:
    """The same bit becomes 1."""
    at = start + (place >> 3)
    poke8(at, peek8(at) | 1 << (place & 7))


@inlined
def leading_letters(eight: Any) -> Any:
    """How many of the first of eight bytes are letters of ASCII."""
    low = (eight & ~_HIGH_BITS) | _CASES
    letters = (low + _FROM_SMALL_A) & ~(low + _BEHIND_SMALL_Z) & ~eight & _HIGH_BITS
    return trailing_zeros(letters ^ _HIGH_BITS) >> 3
