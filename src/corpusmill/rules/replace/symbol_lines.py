"""Lines of nothing but signs."""

from __future__ import annotations

import numpy as np

from corpusmill.batch import TextBatch
from corpusmill.rules.replace.joined import joined
from corpusmill.rules.replace.registry import replacement
from corpusmill.rules.replace.spans import Replaced
from corpusmill.segment.pieces import Cuts, Pieces, unstripped_lines

SYMBOLS = b"|"


@replacement(
    "fineweb2_symbol_lines", source="FineWeb specification §6; datatrove 0.10.1, SymbolLinesFormatter", version=1
)
def fineweb2_symbol_lines(batch: TextBatch) -> Replaced:
    """Lines of `|` and spaces, one after another, become an empty line and one more newline; blank lines stay.

    Lines are those of `str.splitlines`: what ends them becomes a newline, and one at the end of the text goes.
    """
    from corpusmill.kernels.lines.pieces import find_made_of

    lines = unstripped_lines(batch)
    table = np.zeros(256, np.uint8)
    table[list(SYMBOLS)], table[ord(" ")] = 1, 2
    symbols = np.empty(len(lines.starts), np.bool_)
    find_made_of(batch.data, lines.starts, lines.ends, table, symbols)
    first = symbols.copy()
    first[1:] &= ~symbols[:-1]
    heads = lines.offsets[:-1][np.diff(lines.offsets) > 0]  # the first lines of documents
    first[heads] = symbols[heads]
    # a run's first line stays as two empty pieces: newlines before, between and behind them
    twice = np.flatnonzero(first)
    starts, ends = (
        np.insert(lines.starts, twice, lines.starts[twice]),
        np.insert(lines.ends, twice, lines.starts[twice]),
    )
    cut = np.insert(first, twice, False)
    kept = np.insert(~symbols | first, twice, True)
    offsets = lines.offsets + np.concatenate([[0], np.cumsum(first)])[lines.offsets]
    spans = np.stack([starts[cut], ends[cut]], axis=1)
    cuts = Cuts(spans, np.concatenate([[0], np.cumsum(cut)]))
    return joined(batch, Pieces(starts, ends, offsets), cuts, kept, "\n", strip=False)
