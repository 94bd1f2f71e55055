"""Texts without their spans."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc


def without_spans(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """What is left of `text`; spans (start, end) of code points are ascending and do not overlap.

    >>> without_spans("It was a dark and stormy night.", [(7, 14), (24, 30)])
    'It was and stormy.'
    """
    pieces, at = [], 0
    for start, end in spans:
        pieces.append(text[at:start])
        at = end
    return "".join([*pieces, text[at:]])


def cut_texts(texts: pa.Array, spans: pa.Array) -> pa.Array:
    """`texts` without their spans, list<struct<start, end>>; null texts and null spans stay as they are."""
    counts = pc.fill_null(pc.list_value_length(spans), 0).to_numpy(zero_copy_only=False)
    if not counts.any():
        return texts
    cut = texts.to_pylist()
    for row in counts.nonzero()[0].tolist():
        if cut[row] is not None:
            cut[row] = without_spans(cut[row], [(span["start"], span["end"]) for span in spans[row].as_py()])
    return pa.array(cut, texts.type)
