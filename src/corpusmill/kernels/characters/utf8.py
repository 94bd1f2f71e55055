"""Decode and encode one code point of UTF-8 that is known to be valid."""

from __future__ import annotations

from typing import Any

from corpusmill.kernels.bits import peek8, peek16, poke8
from corpusmill.kernels.characters.tables import Unicode
from corpusmill.machine_code.jit import inlined


@inlined
def width(lead: Any) -> Any:
    """Bytes of the code point whose first byte is `lead`."""
    return 1 + (lead >= 0xC0) + (lead >= 0xE0) + (lead >= 0xF0)


@inlined
def decode(at: Any) -> Any:
    """The code point at an address."""
    lead = peek8(at)
    if lead < 0x80:
        return lead
    if lead < 0xE0:
        return (lead & 0x1F) << 6 | (peek8(at + 1) & 0x3F)
    if lead < 0xF0:
        return (lead & 0x0F) << 12 | (peek8(at + 1) & 0x3F) << 6 | (peek8(at + 2) & 0x3F)
    return (lead & 0x07) << 18 | (peek8(at + 1) & 0x3F) << 12 | (peek8(at + 2) & 0x3F) << 6 | (peek8(at + 3) & 0x3F)


@inlined
def encode(point: Any, at: Any) -> Any:
    """Write `point` at an address; returns the address behind it."""
    if point < 0x80:
        poke8(at, point)
        return at + 1
    if point < 0x800:
        poke8(at, 0xC0 | point >> 6)
        poke8(at + 1, 0x80 | point & 0x3F)
        return at + 2
    if point < 0x10000:
        poke8(at, 0xE0 | point >> 12)
        poke8(at + 1, 0x80 | point >> 6 & 0x3F)
        poke8(at + 2, 0x80 | point & 0x3F)
        return at + 3
    poke8(at, 0xF0 | point >> 18)
    poke8(at + 1, 0x80 | point >> 12 & 0x3F)
    poke8(at + 2, 0x80 | point >> 6 & 0x3F)
    poke8(at + 3, 0x80 | point & 0x3F)
    return at + 4


@inlined
def class_of(point: Any, tables: Unicode) -> Any:
    """The class bits of a code point."""
    return peek8(tables.classes + (peek16(tables.stage1 + 2 * (point >> 8)) << 8) + (point & 0xFF))
