"""Bytes of HTML, for every scan of it: which are blank, which are letters, where one next occurs."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import address, peek64, trailing_zeros
from corpusmill.machine_code.jit import inlined, kernel

_ONES, _HIGH_BITS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)


@inlined
def lower(byte: int) -> int:
    return byte + 32 if 65 <= byte <= 90 else byte


@inlined
def blank(byte: int) -> bool:
    return byte == 32 or 9 <= byte <= 13


@inlined
def is_letter(byte: int) -> bool:
    return 97 <= (byte | 32) <= 122


@inlined
def begins(data: np.ndarray, start: int, stop: int, word: np.ndarray) -> bool:
    """Whether `data[start:stop]` begins with `word`, which is in lower case."""
    at = 0
    while at < len(word) and start + at < stop and lower(data[start + at]) == word[at]:
        at += 1
    return at == len(word)


@kernel
def seek(data: np.ndarray, position: int, byte: int) -> Any:
    """Where `byte` next occurs from `position`; the length of `data` where it does not."""
    size = len(data)
    wanted = np.uint64(byte) * _ONES
    at = address(data)
    while position + 8 <= size:
        differs = peek64(at + position) ^ wanted
        equal = (differs - _ONES) & ~differs & _HIGH_BITS  # its lowest bit marks the first equal byte
        if equal:
            return position + (np.int64(trailing_zeros(equal)) >> 3)
        position += 8
    while position < size and data[np.uint64(position)] != byte:  # unsigned: no test for an index from the end
        position += 1
    return position
