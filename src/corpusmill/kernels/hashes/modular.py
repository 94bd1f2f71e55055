"""Arithmetic modulo the prime 2⁶¹ - 1, and hashes of bytes by it that can be joined."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import peek8
from corpusmill.machine_code.jit import inlined, ir, kernel, primitive, types

PRIME = np.uint64((1 << 61) - 1)
BASE = np.uint64(0x0B6C4E9D2F51A837)  # of the numbers that `hash_of` makes; any number above 256 that has no pattern
_PRIME_BITS = np.uint64(61)
_BLOCK = 64  # bytes that `hash_of` reduces at once
_POWERS = [pow(int(BASE), k, int(PRIME)) for k in range(_BLOCK + 1)]
_POWER = np.array(_POWERS, np.uint64)
_HALF = np.uint64(1 << 31)  # halves of a power times the digits of a block sum up to less than 2^46
_LOW = np.array([power & (1 << 31) - 1 for power in _POWERS], np.uint64)
_HIGH = np.array([power >> 31 for power in _POWERS], np.uint64)


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
    while end - at > _BLOCK:
        state = joined(state, _hash_of_block(at, at + _BLOCK), _POWER[_BLOCK])
        at += _BLOCK
    block = _hash_of_block(at, end)
    return joined(state, block, _POWER[end - at]) if state else block


@inlined
def _hash_of_block(at: Any, end: Any) -> Any:
    """`hash_of` of at most _BLOCK bytes: no product waits for another."""
    low = high = np.uint64(0)
    power = end - at
    while at < end:
        power -= 1
        digit = np.uint64(peek8(at) + 1)
        low += digit * _LOW[power]
        high += digit * _HIGH[power]
        at += 1
    return joined(high, reduced(low), _HALF)


@inlined
def power_of(length: Any) -> Any:
    """BASE to the power `length` modulo PRIME."""
    if length <= _BLOCK:
        return _POWER[length]
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
