"""Whether texts are UTF-8: 64 bytes at a time, by masks of what their bytes begin and of where that has to go on."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.bits import address, peek8, poke8
from corpusmill.machine_code.jit import cgutils, inlined, ir, kernel, primitive, types

_ONE, _TWO, _THREE = (np.uint64(n) for n in (1, 2, 3))
_LAST = np.uint64(63)
_BLOCK = 64
_COLUMNS = 12


@primitive
def _bytes64(typing: Any, at: Any) -> Any:
    """A bit for each of the 64 bytes from an address on: above ASCII; not the first of a character; the first of one of
    two bytes or more, of three or more, of four; never in UTF-8; those that forbid some second bytes: E0, ED, F0, F4;
    and second bytes from A0 and from 90 on.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        block = ir.VectorType(ir.IntType(8), _BLOCK)
        vector = builder.load(builder.inttoptr(arguments[0], block.as_pointer()), align=1)

        def compared(how: str, byte: int) -> Any:
            return builder.icmp_unsigned(how, vector, ir.Constant(block, [byte] * _BLOCK))

        high, head = compared(">=", 0x80), compared(">=", 0xC0)
        never = builder.or_(builder.and_(head, compared("<", 0xC2)), compared(">", 0xF4))
        trail = builder.and_(high, builder.not_(head))
        columns = [high, trail, head, compared(">=", 0xE0), compared(">=", 0xF0), never]
        columns += [compared("==", byte) for byte in (0xE0, 0xED, 0xF0, 0xF4)]
        columns += [compared(">=", 0xA0), compared(">=", 0x90)]
        masks = [builder.bitcast(column, ir.IntType(64)) for column in columns]
        return cgutils.pack_array(builder, masks)

    return types.UniTuple(types.uint64, _COLUMNS)(types.int64), generate


@inlined
def _wrong(at: Any, due: Any, forbid: Any) -> Any:
    """Bits of the bytes that are wrong, and what the next block is due: bits of its first bytes that must go on with a
    character, and which of the four bytes was the last one, as bits.
    """
    high, trails, heads, threes, fours, never, e0, ed, f0, f4, from_a0, from_90 = _bytes64(at)
    if not high:
        return due, np.uint64(0), np.uint64(0)
    due |= heads << _ONE | threes << _TWO | fours << _THREE
    wrong = (due ^ trails) | never
    wrong |= (e0 << _ONE | forbid & _ONE) & ~from_a0
    wrong |= (ed << _ONE | forbid >> _ONE & _ONE) & from_a0
    wrong |= (f0 << _ONE | forbid >> _TWO & _ONE) & ~from_90
    wrong |= (f4 << _ONE | forbid >> _THREE & _ONE) & from_90
    due = heads >> _LAST | threes >> np.uint64(62) | fours >> np.uint64(61)
    forbid = e0 >> _LAST | ed >> _LAST << _ONE | f0 >> _LAST << _TWO | f4 >> _LAST << _THREE
    return wrong, due, forbid


@kernel
def _are_utf8(data: Any, offsets: Any, rest: Any) -> Any:
    at, end = address(data) + np.int64(offsets[0]), address(data) + np.int64(offsets[-1])
    due = forbid = np.uint64(0)
    while end - at >= _BLOCK:
        wrong, due, forbid = _wrong(at, due, forbid)
        if wrong:
            return False
        at += _BLOCK
    for k in range(end - at):  # what is behind it may not be read
        poke8(address(rest) + k, peek8(at + k))
    wrong, _, _ = _wrong(address(rest), due, forbid)
    if wrong:
        return False
    divided = 0
    for place in offsets[1:-1]:
        divided += place < offsets[-1] and data[place] & 0xC0 == 0x80
    return divided == 0


def are_utf8(data: npt.NDArray[np.uint8], offsets: npt.NDArray[Any]) -> bool:
    """Whether each of the texts data[offsets[i]:offsets[i + 1]] is UTF-8, by Python's rule; `offsets` never decrease.

    >>> data = np.frombuffer("aé".encode(), np.uint8)
    >>> are_utf8(data, np.array([0, 1, 3])), are_utf8(data, np.array([0, 2, 3]))
    (True, False)
    """
    return bool(_are_utf8(data, offsets, np.zeros(_BLOCK, np.uint8)))
