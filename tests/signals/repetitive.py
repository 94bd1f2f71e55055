"""Texts full of copies, bullets, ellipses and line boundaries, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.kernels.texts import texts

PIECES = [
    *(
        "a",
        "ab",
        "b",
        "c",
        "bc",
        "a bc",
        "ab c",
        "the",
        "The",
        "of",
        "é",
        "١٢",
        "x" * 30,
        "y" * 31,
        "K",
        "&",
        "&&",
        "؟",
    ),
    *(" ", "  ", "\t", "\u00a0", "\u3000", "\x00", "\x1f"),
    *("\n", "\n", "\n", "\n\n", "\n\n\n", "\r\n", "\r", "\x0b", "\x1c", "\x85", "\u2028"),
    *("- ", "• ", "* ", "● ", "-", "#", ".", "...", "…", ". . .", "!", '"', "»", "。", "؟"),
    *("one two three\n", "one two three four five six seven eight nine ten eleven\n"),
]

repetitive = st.lists(st.sampled_from(PIECES), max_size=120).map("".join)
hostile = st.one_of(repetitive, texts)
batches = st.lists(hostile, max_size=4).map(lambda found: [*found, "", *found[:1]])
