"""Best-fit packing: each length goes where it leaves the least room.

Packs wait on stacks, one for each room that they may have left. A binary tree over the rooms says which stacks hold
any, so the least sufficient room is found in O(log capacity).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.machine_code.jit import inlined, kernel


@inlined
def _least_sufficient(tree: Any, leaves: Any, wanted: Any) -> Any:
    """The least room from `wanted` on that some pack has; `leaves` where none has."""
    node = leaves + wanted
    if tree[node]:
        return wanted
    while node > 1 and (node % 2 == 1 or not tree[node + 1]):
        node //= 2
    if node <= 1:
        return leaves
    node += 1
    while node < leaves:
        node *= 2
        if not tree[node]:
            node += 1
    return node - leaves


@inlined
def _mark(tree: Any, leaves: Any, room: Any, held: Any) -> None:
    node = leaves + room
    tree[node] = held
    while node > 1:
        node //= 2
        either = tree[2 * node] | tree[2 * node + 1]
        if tree[node] == either:
            break
        tree[node] = either


@kernel
def best_fit(lengths: Any, capacity: Any, packs: Any) -> int:
    """packs[i] = the pack of lengths[i] (int64, 1 to capacity), taken in turn; returns the number of packs.

    Of packs with the same room the one that came to it last is taken, and a new one only where none has enough.
    """
    leaves = 1
    while leaves < capacity + 1:
        leaves *= 2
    tree = np.zeros(2 * leaves, np.uint8)
    top = np.full(capacity + 1, -1, np.int64)  # of the stack of each room
    below = np.empty(lengths.size, np.int64)  # the pack under each one on its stack
    made = 0
    for i in range(lengths.size):
        room = _least_sufficient(tree, leaves, lengths[i])
        if room == leaves:
            pack, room = made, capacity
            made += 1
        else:
            pack = top[room]
            top[room] = below[pack]
            if top[room] < 0:
                _mark(tree, leaves, room, 0)
        packs[i] = pack
        room -= lengths[i]
        if room:
            if top[room] < 0:
                _mark(tree, leaves, room, 1)
            below[pack] = top[room]
            top[room] = pack
    return made
