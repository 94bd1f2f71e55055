"""Tokens of a page's bytes that have bytes above ASCII: what tells how its characters are encoded."""

from __future__ import annotations

from typing import Any

import numpy as np

from corpusmill.kernels.bits import borrowed
from corpusmill.machine_code.jit import inlined, kernel

_BLANKS = sum(1 << byte for byte in b" \t\n\r\v\f")


@inlined
def _tag_end(data: Any, start: Any) -> Any:
    """Behind the `>` of the tag whose `<` is at `start`; 0 where another `<` or the end comes before it."""
    at = start + 1
    while at < data.size and data[at] != 0x3C and data[at] != 0x3E:
        at += 1
    return at + 1 if at < data.size and data[at] == 0x3E else 0


@kernel
def high_tokens(data: Any, tags: Any) -> Any:
    """int64[n, 2]: start and end of the tokens of `data` (uint8) with a byte from 0x80 on, in their order.

    Tokens lie between ASCII white space; with `tags` what stands in `<` and `>` counts as white space, too.
    """
    data = borrowed(data)
    spans = np.empty((data.size // 2 + 1, 2), np.int64)
    count, start, at = 0, 0, 0
    high = False
    while at <= data.size:
        after = at + 1
        if at < data.size:
            byte = data[at]
            if byte > 0x20:
                if byte != 0x3C or not tags:
                    high |= byte >= 0x80
                    at = after
                    continue
                after = _tag_end(data, at)
                if not after:
                    at += 1
                    continue
            elif not _BLANKS >> byte & 1:
                at = after
                continue
        if high:
            spans[count, 0], spans[count, 1] = start, at
            count += 1
        high = False
        start = at = after
    return spans[:count].copy()
