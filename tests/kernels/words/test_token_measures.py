"""Measures of tokens: the same alone, where nothing is remembered, and among many others."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpusmill.segment.measure import measured_words

WORDS = ["a", "the", "The", "é", "日本", "...", "!", "7", "x" * 15, "x" * 16, "x" * 15 + "y", "ж" * 7, "ж" * 8, "don't"]


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(WORDS), st.text(min_size=1, max_size=20)), min_size=1, max_size=60))
@example([f"w{number}" for number in range(40_000)])  # more than there are slots
def test_alone_and_among_others(words: list[str]):
    words = [word for word in words if word.isprintable()] or ["a"]
    together = measured_words([words + words])
    for place, word in enumerate(words[:200]):
        alone = measured_words([[word]])
        for found in (place, len(words) + place):
            for name in ("hashes", "powers", "lengths", "kinds"):
                assert getattr(together, name)[found] == getattr(alone, name)[0], (name, word)


def test_the_same_token_has_the_same_measures():
    found = measured_words([["word", "other", "word"]])
    assert found.hashes[0] == found.hashes[2] != found.hashes[1]
    assert np.array_equal(found.lengths, [4, 5, 4])
