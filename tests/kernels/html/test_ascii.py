"""Text 64 bytes at a time and byte by byte: the same text, counts and runs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.extract.blocks.invariants import of_bytes

BEHIND = b"<!--" + b"x" * 80 + b"-->"  # with so much of the page behind it, text is read in whole vectors
MARKS = [*"aZ09 .,!?\"')]}|>/@;-\n\t\r\x0c\x01", "  ", "\n ", "&amp;", "& ", "é", "漢", "\N{NO-BREAK SPACE}", "</b>"]


def measured(page: bytes) -> tuple:
    found = of_bytes([page])
    spans = found.spans
    places = [column.tolist() for column in (spans.starts, spans.ends, spans.source_starts, spans.source_ends)]
    return bytes(found.text), found.blocks.counts.tolist(), places


@settings(derandomize=True, max_examples=1500, deadline=None)
@given(st.text(st.sampled_from('ab .,!"')) | st.lists(st.sampled_from(MARKS), max_size=40).map("".join))
def test_a_page_with_room_behind_it(text):
    page = text.encode()[:57].decode("utf-8", "ignore").encode()  # alone, it is read byte by byte
    assert measured(page) == measured(page + BEHIND)


@settings(derandomize=True, max_examples=500, deadline=None)
@given(st.lists(st.sampled_from([*MARKS, "word ", "end.) "]), max_size=200).map("".join), st.integers(1, 63))
def test_long_runs(text, ahead):
    """Where vectors begin changes nothing: a run read after other text, and the same by runs too short for vectors."""
    page = text.replace("</b>", "").encode()
    alone, behind = measured(page + BEHIND), measured(b"<p>" + b"x" * ahead + b"</p>" + page + BEHIND)
    assert behind[1][1:] == alone[1]
    assert behind[0][ahead:] == alone[0]


@pytest.mark.parametrize("length", [7, 8, 62, 63, 64, 65, 127, 128, 129, 300])
def test_words_longer_than_a_vector(length):
    found = of_bytes([b"<p>ab " + b"x" * length + b". Y" + b"z" * length + b"</p>" + BEHIND])
    counts = {name: int(found.blocks.count(name)[0]) for name in ("words", "longest_word_chars", "sentence_ends")}
    assert counts == {"words": 3, "longest_word_chars": length + 1, "sentence_ends": 1}
    assert np.diff([found.blocks.starts[0], found.blocks.ends[0]]) == 2 * length + 6
