"""Runs of newlines."""

from __future__ import annotations

from typing import Any

from corpusmill.machine_code.jit import kernel


@kernel
def find_long_runs(data: Any, documents: Any, most: Any, spans: Any, offsets: Any) -> Any:
    """Spans of what is more than `most` U+000A in a row, at each run's end; returns how many there are.

    spans int64[count, 2] may have no rows: then they are only counted. offsets int64[n+1] = first of each document.
    """
    count = 0
    fill = len(spans) > 0
    offsets[0] = 0
    for document in range(len(documents) - 1):
        run = 0
        end = documents[document + 1]
        for at in range(documents[document], end):
            if data[at] != 0x0A:
                run = 0
                continue
            run += 1
            if run > most and (at + 1 == end or data[at + 1] != 0x0A):
                if fill:
                    spans[count, 0], spans[count, 1] = at + 1 - (run - most), at + 1
                count += 1
        offsets[document + 1] = count
    return count
