"""Protocol Buffers' wire format, as far as model files need it: fields by their numbers."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of every field: unsigned for varints, bytes for all others.

    Raises ValueError for what is no message.

    >>> [*fields(bytes([0x08, 0x96, 0x01, 0x12, 0x02, 0x68, 0x69]))]
    [(1, 150), (2, b'hi')]
    """
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            size = 8 if kind == _EIGHT_BYTES else 4
        else:
            raise ValueError(f"byte {at}: fields of wire type {kind} are not known")
        if at + size > len(message):
            raise ValueError(f"byte {at}: a field of {size} bytes reaches behind the message")
        yield number, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(10):
        if at + place >= len(message):
            raise ValueError(f"byte {at}: the message ends within a number")
        byte = message[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at + place + 1
    raise ValueError(f"byte {at}: a number of more than ten bytes")


def float_of(value: int | bytes) -> float:
    """A field of the type `float`."""
    if isinstance(value, int) or len(value) != 4:
        raise ValueError("something else where a float was wanted")
    (number,) = struct.unpack("<f", value)
    return float(number)


def bytes_of(value: int | bytes) -> bytes:
    """A field of the type `bytes`, `string`, or a message."""
    if isinstance(value, int):
        raise ValueError("a number where bytes were wanted")
    return value
