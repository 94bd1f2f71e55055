"""Characters of n-grams that were spelled before, of any sizes, against plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.words.token_ngrams import copied_ngram_chars, first_chars
from tests.kernels.hashes.test_modular import hashes_and_powers

texts = st.lists(
    st.lists(st.sampled_from(["a", "b", "ab", "ba", "aab", "é", "éa"]), max_size=60), min_size=1, max_size=4
)


def scanned(words: list[str], n: int) -> int:
    seen: set[str] = set()
    chars = at = 0
    while at + n <= len(words):
        run = "".join(words[at : at + n])
        if run in seen:
            chars, at = chars + len(run), at + n
        else:
            seen.add(run)
            at += 1
    return chars


@pytest.mark.parametrize("sizes", [(2, 2), (2, 5), (4, 10)])
@given(given_=texts)
@settings(max_examples=150, derandomize=True, deadline=None)
def test_as_scanned(sizes: tuple[int, int], given_: list[list[str]]) -> None:
    words = [word for text in given_ for word in text]
    hashes, powers = hashes_and_powers(words)
    lengths = np.array([len(word) for word in words], np.int32)
    offsets = np.cumsum([0, *map(len, given_)])
    copied, firsts = (np.full((len(given_), sizes[1] - sizes[0] + 1), -1, np.int64) for _ in range(2))
    copied_ngram_chars(hashes, powers, lengths, offsets, sizes, copied)
    first_chars(lengths, offsets, sizes, firsts)
    every = range(sizes[0], sizes[1] + 1)
    assert copied.tolist() == [[scanned(text, n) for n in every] for text in given_]
    assert firsts.tolist() == [[len("".join(text[:n])) for n in every] for text in given_]


def test_cuts_between_tokens_do_not_count() -> None:
    hashes, powers = hashes_and_powers(["ab", "c", "x", "a", "bc"])
    copied = np.empty((1, 1), np.int64)
    copied_ngram_chars(hashes, powers, np.array([2, 1, 1, 1, 2], np.int32), np.array([0, 5]), (2, 2), copied)
    assert copied.tolist() == [[3]]
