"""The table of pieces and their ids: open addressing, slots of half a cache line, and an arena for what is too long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.bits import (
    address,
    bit_at,
    low_bits,
    mask16,
    peek32,
    peek64,
    poke16,
    poke32,
    poke64,
    prefetch,
    set_bit_at,
)
from corpusmill.kernels.words.word_keys import MOST_BYTES, SIZE_SHIFT, word_key
from corpusmill.machine_code.jit import inlined, kernel

SLACK_BYTES = 16  # behind the texts, that may be read
_FIRST, _SECOND, _LAST = (np.uint64(n) for n in (0x9FB21C651E98DF25, 0xD6E8FEB86659FD93, 0xA24BAED4963EE407))
_HALF, _ONE = np.uint64(32), np.uint64(1)

# A slot is four words: the two of a piece's key, and up to four ids with their number in the highest bits. ELSEWHERE
# there: their number, and the place in the arena of a long piece's bytes, and then of all ids.
SLOT_BYTES = 32
INLINE_BYTES = MOST_BYTES  # of a piece that is its key: its bytes, and their number in the last
LONG = np.uint64(16) << SIZE_SHIFT  # keys of others are a hash and, with this, their number of bytes
MOST_INLINE = 4  # ids
COUNT_SHIFT, ID_BITS = np.uint64(60), 28
ELSEWHERE = np.uint64(15) << COUNT_SHIFT
IDS = (_ONE << COUNT_SHIFT) - _ONE


class Table(NamedTuple):
    """Addresses of slots and of the bytes that they refer to; `last` is the number of slots less one."""

    slots: int
    last: int
    arena: int


class Whole(NamedTuple):
    """A table of tokens, and the address of a filter that is small enough to stay near: a bit for each hash that one of
    them may have, whose number less one is `last_bit`.
    """

    table: Table
    filter: int
    last_bit: int


class Pieces(NamedTuple):
    """Byte strings end to end, each once, none empty, and their ids."""

    content: npt.NDArray[np.uint8]
    sizes: npt.NDArray[np.int64]
    ids: npt.NDArray[np.int64]

    @classmethod
    def of(cls, ids: Mapping[bytes, int]) -> Self:
        return cls(
            np.frombuffer(b"".join(ids), np.uint8),
            np.fromiter(map(len, ids), np.int64, len(ids)),
            np.fromiter(ids.values(), np.int64, len(ids)),
        )

    def by_content(self) -> dict[bytes, int]:
        """The same as a mapping.

        >>> Pieces.of({b"ab": 3, b"c": -1}).by_content()
        {b'ab': 3, b'c': -1}
        """
        content, ends = self.content.tobytes(), np.cumsum(self.sizes).tolist()
        parts = map(slice, [0, *ends[:-1]], ends)
        return dict(zip((content[part] for part in parts), self.ids.tolist(), strict=True))


@inlined
def _hash(at: Any, size: Any) -> Any:
    state = np.uint64(size) * _FIRST
    while size > 8:
        state = (state ^ peek64(at)) * _SECOND
        state ^= state >> _HALF
        at += 8
        size -= 8
    state = (state ^ (peek64(at) & low_bits(8 * size))) * _LAST
    return state ^ (state >> _HALF)


@inlined
def key_of(at: Any, size: Any) -> Any:
    """The two words of the key of `size` > 0 bytes at an address, behind which SLACK_BYTES may be read."""
    if size > INLINE_BYTES:
        return _hash(at, size), LONG | np.uint64(size)
    return word_key(at, size)


def key_masks() -> npt.NDArray[np.uint64]:
    """[INLINE_BYTES + 1, 4]: of each size what a key keeps of sixteen bytes, and what it has besides, for `mask16`."""
    words = np.zeros((INLINE_BYTES + 1, 4), np.uint64)
    for size in range(INLINE_BYTES + 1):
        kept = (1 << 8 * size) - 1
        words[size] = kept & 0xFFFFFFFFFFFFFFFF, kept >> 64, 0, size << int(SIZE_SHIFT)
    return words


@inlined
def _mixed(first: Any, second: Any) -> Any:
    mixed = first ^ second * _SECOND
    return (mixed ^ (mixed >> _HALF)) * _LAST


@inlined
def first_slot(first: Any, second: Any, table: Any) -> Any:
    return table.slots + SLOT_BYTES * np.int64((_mixed(first, second) >> _HALF) & np.uint64(table.last))


@inlined
def _bit(first: Any, second: Any, whole: Any) -> Any:
    """Of the filter: not of those bits that tell the slots."""
    return np.int64(_mixed(first, second) & np.uint64(whole.last_bit))


@inlined
def may_be_whole(first: Any, second: Any, whole: Any) -> Any:
    """Whether a piece with that key may be in the table."""
    return whole.last_bit and bit_at(whole.filter, _bit(first, second, whole))


@inlined
def next_slot(slot: Any, table: Any) -> Any:
    slot += SLOT_BYTES
    return table.slots if slot > table.slots + SLOT_BYTES * table.last else slot


@inlined
def queue_piece(at: Any, size: Any, queued: Any, masks: Any, table: Any) -> Any:
    """Write the key of `size` > 0 bytes at an address, its first slot and the address behind the end `queued` of a
    queue, and ask for the slot from memory; returns the end of the queue. `masks`: where `key_masks` lie.
    """
    if size <= INLINE_BYTES:
        first, second = mask16(at, masks + 32 * size, queued)
    else:
        first, second = key_of(at, size)
        poke64(queued, first)
        poke64(queued + 8, second)
    slot = first_slot(first, second, table)
    prefetch(slot)
    poke64(queued + 16, np.uint64(slot))
    poke64(queued + 24, np.uint64(at))
    return queued + 32


@inlined
def hole(first: Any, second: Any, table: Any) -> Any:
    """The empty slot for a key that is not there."""
    slot = first_slot(first, second, table)
    while peek64(slot + 8):
        slot = next_slot(slot, table)
    return slot


@inlined
def clear(table: Any) -> None:
    """Empty all slots."""
    for k in range((table.last + 1) * (SLOT_BYTES // 8)):
        poke64(table.slots + 8 * k, np.uint64(0))


@inlined
def poke_id(to: Any, number: Any, is_narrow: Any) -> Any:
    """Write an id, in 16 or 32 bits; returns the address behind it."""
    if is_narrow:
        poke16(to, number)
        return to + 2
    poke32(to, number)
    return to + 4


@inlined
def is_piece(slot: Any, first: Any, second: Any, at: Any, table: Any) -> Any:
    """Whether the piece at an address, whose key is at hand, is the one of a slot."""
    if (peek64(slot) ^ first) | (peek64(slot + 8) ^ second):
        return False
    if second < LONG:
        return True
    place = table.arena + np.int64(peek64(slot + 24) & IDS)
    size = np.int64(second ^ LONG)
    k = 0
    while k + 8 < size and peek64(place + k) == peek64(at + k):
        k += 8
    return k + 8 >= size and not (peek64(place + k) ^ peek64(at + k)) & low_bits(8 * (size - k))


@inlined
def copy_ids(slot: Any, second: Any, table: Any, out: Any) -> Any:
    """Write the ids of a slot; returns their number. Room for MOST_INLINE is written in any case."""
    word = peek64(slot + 24)
    if word < ELSEWHERE:
        poke64(out, peek64(slot + 16))
        poke64(out + 8, word & IDS)
        return np.int64(word >> COUNT_SHIFT)
    count = np.int64(peek64(slot + 16))
    place = table.arena + np.int64(word & IDS) + (np.int64(second ^ LONG) if second >= LONG else 0)
    for k in range(count):
        poke32(out + 4 * k, peek32(place + 4 * k))
    return count


@inlined
def keep(slot: Any, first: Any, second: Any, at: Any, count: Any, out: Any, table: Any, place: Any) -> Any:
    """Fill an empty slot, and the arena from `place` on; returns where that goes on."""
    poke64(slot, first)
    poke64(slot + 8, second)
    if second < LONG and count <= MOST_INLINE:
        poke64(slot + 16, peek64(out))
        poke64(slot + 24, (peek64(out + 8) & IDS) | np.uint64(count) << COUNT_SHIFT)
        return place
    poke64(slot + 16, np.uint64(count))
    poke64(slot + 24, ELSEWHERE | np.uint64(place))
    if second >= LONG:
        size = np.int64(second ^ LONG)
        for k in range(0, size, 8):
            poke64(table.arena + place + k, peek64(at + k))
        place += size
    for k in range(count):
        poke32(table.arena + place + 4 * k, peek32(out + 4 * k))
    return place + 4 * count


def whole_of(pieces: Pieces) -> tuple[Whole, tuple[npt.NDArray[Any], ...]]:
    """These alone, and what has to be kept as long as they are used."""
    count, size = pieces.ids.size, pieces.content.size
    if not count:
        return Whole(Table(0, 0, 0), 0, 0), ()
    slots = empty_slots(1 << (count * 3 // 2).bit_length())
    arena = np.empty(size + 4 * count + SLACK_BYTES, np.uint8)
    known = np.zeros(1 << count.bit_length(), np.uint8)  # eight bits and more for each
    table = Table(slots.ctypes.data, len(slots) - 1, arena.ctypes.data)
    whole = Whole(table, known.ctypes.data, 8 * len(known) - 1)
    content, starts = np.zeros(size + SLACK_BYTES, np.uint8), np.zeros(count + 1, np.int64)
    content[:size] = pieces.content
    np.cumsum(pieces.sizes, out=starts[1:])
    ids = np.append(pieces.ids, 0).astype(np.uint64)  # two are read for each
    _fill(content, starts, ids, whole)
    return whole, (slots, arena, known)


@kernel
def _fill(content: Any, starts: Any, ids: Any, whole: Whole) -> None:
    """Slots of tokens, whose bytes are all in the arena, and their bits."""
    table = whole.table
    base = address(content)
    place = 0
    for token in range(starts.size - 1):
        at, size = base + starts[token], starts[token + 1] - starts[token]
        first, second = key_of(at, size)
        set_bit_at(whole.filter, _bit(first, second, whole))
        place = keep(hole(first, second, table), first, second, at, 1, address(ids) + 8 * token, table, place)


def empty_slots(slots: int) -> npt.NDArray[np.uint64]:
    """Empty slots of which none lies in two cache lines: only one of these would be asked for."""
    words = np.zeros(4 * slots + 8, np.uint64)
    begin = -(words.ctypes.data // 8) % 8
    return words[begin : begin + 4 * slots].reshape(slots, 4)
