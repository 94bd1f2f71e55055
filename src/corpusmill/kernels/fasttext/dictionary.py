"""Tokens and their entries in a dictionary, by FNV-1a of 32 bits over signed bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import peek8, peek32, peek64, poke64, trailing_zeros
from corpusmill.kernels.fasttext.model import Model
from corpusmill.kernels.hashes.hashing import mix
from corpusmill.machine_code.jit import inlined, kernel

HASH_BASIS, _PRIME, _32_BITS = 2166136261, 16777619, 0xFFFFFFFF
_SEPARATORS = sum(1 << byte for byte in b" \n\r\t\v\f\0")
_HIGH, _UP_TO_BLANK = np.uint64(0x8080808080808080), np.uint64(0x2121212121212121)
_END_OF_LINE = int.from_bytes(b"</s>", "little")
_LABEL, _LABEL_LAST, _LABEL_LENGTH = np.uint64(int.from_bytes(b"__label_", "little")), ord("_"), len("__label__")


@inlined
def is_separator(byte: Any) -> Any:
    return byte <= 32 and (_SEPARATORS >> byte) & 1 == 1


@inlined
def is_label(at: Any, length: Any) -> Any:
    if length < _LABEL_LENGTH:
        return False
    return peek64(at) == _LABEL and peek8(at + 8) == _LABEL_LAST


@inlined
def is_end_of_line(at: Any, length: Any) -> Any:
    return length == 4 and peek32(at) == _END_OF_LINE


@inlined
def token_end(at: Any, limit: Any) -> Any:
    """The separator behind the token at an address, or `limit`, behind which eight bytes may be read."""
    while at < limit:
        word = peek64(at)
        small = (word - _UP_TO_BLANK) & ~word & _HIGH  # its lowest bit is right: the first byte up to the blank
        at += trailing_zeros(small) >> 3
        if small:
            if at >= limit or is_separator(peek8(at)):
                break
            at += 1
    return min(at, limit)


@inlined
def hash_byte(state: Any, byte: Any) -> Any:
    """FNV-1a's next state; bytes from 128 on count as negative."""
    signed = byte if byte < 128 else byte | 0xFFFFFF00
    return ((state ^ signed) * _PRIME) & _32_BITS


@kernel
def hash_entry(at: Any, length: Any) -> Any:
    """Hash of the bytes at an address."""
    state = HASH_BASIS
    for i in range(length):
        state = hash_byte(state, peek8(at + i))
    return state


@inlined
def same_bytes(a: Any, b: Any, length: Any) -> Any:
    i = 0
    while i < length and peek8(a + i) == peek8(b + i):
        i += 1
    return i == length


@inlined
def find_slot(model: Any, at: Any, length: Any, state: Any) -> Any:
    """Slot of the entry with these bytes, or the free one where it belongs; any table with a model's names will do."""
    slot = np.int64(mix(np.uint64(state))) & model.slot_mask
    while True:
        found = np.int64(peek64(model.slots + 8 * slot))
        if found == 0:
            return slot
        if (found >> 32) & _32_BITS == state:
            entry = (found & _32_BITS) - 1
            start = model.entries + np.int64(peek64(model.starts + 8 * entry))
            if same_bytes(start, at, length) and peek8(start + length) == 0:
                return slot
        slot = (slot + 1) & model.slot_mask


@inlined
def find_entry(model: Model, at: Any, length: Any, state: Any) -> Any:
    """Number of the dictionary entry with these bytes and this hash; -1: there is none."""
    found = np.int64(peek64(model.slots + 8 * find_slot(model, at, length, state)))
    return (found & _32_BITS) - 1


@kernel
def fill_slots(model: Model, entries: Any) -> None:
    """Enter the first `entries` entries; of equal ones the last counts."""
    for entry in range(entries):
        start = model.entries + np.int64(peek64(model.starts + 8 * entry))
        length = 0
        while peek8(start + length) != 0:
            length += 1
        state = hash_entry(start, length)
        slot = find_slot(model, start, length, state)
        poke64(model.slots + 8 * slot, np.uint64(state) << np.uint64(32) | np.uint64(entry + 1))


@kernel
def entry_of(model: Model, at: Any, length: Any) -> Any:
    """Number of the dictionary entry with these bytes; -1: there is none."""
    return find_entry(model, at, length, hash_entry(at, length))
