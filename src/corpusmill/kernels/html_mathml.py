"""MathML as TeX."""

from __future__ import annotations

import numpy as np

from corpusmill.kernels.html_elements import IN_MATH_SOURCE
from corpusmill.kernels.html_formulas import Parsed
from corpusmill.kernels.jit import kernel


@kernel
def mathml_room(p: Parsed, math: int, run: int) -> int:
    """Bytes that suffice for the TeX of the element `math`; `run`: a run of text before or in it."""
    room = 64
    while run < len(p.span_block) and p.span_element[run] < p.stop[math]:
        room += p.span_ends[run] - p.span_starts[run]
        run += 1
    return room


@kernel
def write_mathml(p: Parsed, math: int, run: int, out: np.ndarray, at: int) -> int:
    """The TeX of `math`."""
    while run < len(p.span_block) and p.span_element[run] < p.stop[math]:
        if p.span_element[run] >= math and not p.block_flags[p.span_block[run]] & IN_MATH_SOURCE:
            for i in range(p.span_starts[run], p.span_ends[run]):
                out[at] = p.text[i]
                at += 1
        run += 1
    return at
