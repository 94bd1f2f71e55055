"""Arithmetic modulo the prime 2⁶¹ - 1, and hashes of bytes by it that can be joined."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from corpusmill.kernels.bits import peek8
from corpusmill.kernels.jit import inlined, kernel, primitive

PRIME = np.uint64((1 << 61) - 1)
BASE = np.uint64(0x0B6C4E9D2F51A837)  # of the numbers that `hash_of` makes; any number above 256 that has no pattern
_PRIME_BITS = np.uint64(61)


@primitive
def product(typing: Any, a: Any, b: Any) -> Any:
    """A number below 2^62 that equals a · b modulo PRIME, of two below PRIME."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide, narrow = ir.IntType(128), ir.IntType(64)
        whole = builder.mul(*(builder.zext(argument, wide) for argument in arguments))
        lower = builder.trunc(builder.and_(whole, ir.Constant(wide, int(PRIME))), narrow)
        return builder.add(lower, builder.trunc(builder.lshr(whole, ir.Constant(wide, 61)), narrow))

    return types.uint64(types.uint64, types.uint64), generate


@inlined
def reduced(value: Any) -> Any:
    """`value` modulo PRIME, of any 64 bits."""
    value = (value & PRIME) + (value >> _PRIME_BITS)
    return value - PRIME if value >= PRIME else value


@inlined
def joined(left: Any, right: Any, right_power: Any) -> Any:
    """The hash of two byte strings one after the other: left · right_power + right modulo PRIME."""
    return reduced(product(left, right_power) + right)


@inlined
def hash_of(at: Any, end: Any) -> Any:
    """The bytes from address `at` to `end` as a number of base BASE, whose digits are one more than the bytes."""
    state = np.uint64(0)
    while at < end:
        state = reduced(product(state, BASE) + np.uint64(peek8(at) + 1))
        at += 1
    return state


@inlined
def power_of(length: Any) -> Any:
    """BASE to the power `length` modulo PRIME."""
    result, factor = np.uint64(1), BASE
    while length > 0:
        if length & 1:
            result = reduced(product(result, factor))
        factor = reduced(product(factor, factor))
        length >>= 1
    return result


@kernel
def join_hashes(left: Any, right: Any, right_powers: Any, out: Any) -> None:
    """out[i] = hash of two byte strings one after the other, of their hashes and the right one's power."""
    for i in range(len(left)):
        out[i] = joined(left[i], right[i], right_powers[i])
