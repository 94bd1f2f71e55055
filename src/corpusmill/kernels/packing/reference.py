"""Plain oracle of best-fit packing."""

from __future__ import annotations

from collections.abc import Sequence


def best_fit(lengths: Sequence[int], capacity: int) -> list[int]:
    """The pack of each length: the one with the least sufficient room, of several the last that came to it.

    >>> best_fit([6, 5, 4, 3, 2], 8)
    [0, 1, 2, 1, 0]
    """
    rooms: list[tuple[int, int]] = []  # of each pack its room, and minus the turn at which it came to it
    packs = []
    for turn, length in enumerate(lengths):
        room, _, pack = min(
            ((*place, pack) for pack, place in enumerate(rooms) if place[0] >= length), default=(0, 0, -1)
        )
        if pack < 0:
            pack, room = len(rooms), capacity
            rooms.append((room, 0))
        rooms[pack] = (room - length, -turn)
        packs.append(pack)
    return packs
