"""The blocked Bloom filter in plain Python: oracle of the kernels. A block is an int of 512 bits."""

from __future__ import annotations

from collections.abc import Sequence

_MASK = 0xFFFFFFFFFFFFFFFF
_STEP = 0x9E3779B97F4A7C15


def splitmix(state: int) -> int:
    """SplitMix64 of a state."""
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB & _MASK
    return state ^ (state >> 31)


def bits_of(lower: int, probes: int) -> int:
    """The bits that a key sets in its block.

    >>> bin(bits_of(3 << 9 | 1, 3))  # bits 1, 3 and 0
    '0b1011'
    """
    found = 0
    for probe in range(probes):
        drawn, place = divmod(probe, 7)
        value = splitmix((lower + drawn * _STEP) & _MASK) if drawn else lower
        found |= 1 << (value >> 9 * place & 511)
    return found


def add(blocks: list[int], probes: int, keys: Sequence[tuple[int, int]]) -> list[bool]:
    """Add the keys in their order; whether each was there already.

    >>> add([0, 0], 3, [(0, 5), (2**63, 5), (0, 5)])
    [False, False, True]
    """
    seen = []
    for upper, lower in keys:
        block, bits = upper * len(blocks) >> 64, bits_of(lower, probes)
        seen.append(blocks[block] & bits == bits)
        blocks[block] |= bits
    return seen


def add_groups(
    blocks: list[int], probes: int, groups: Sequence[Sequence[tuple[int, int]]], limit: float
) -> list[tuple[int, bool]]:
    """Of each group how many keys were there before it, and whether these were more than the part `limit`.

    The keys of such a group are not added.
    """
    found = []
    for group in groups:
        held = sum(add(list(blocks), probes, [key])[0] for key in group)
        repeated = bool(group) and held / len(group) > limit
        if not repeated:
            add(blocks, probes, group)
        found.append((held, repeated))
    return found
