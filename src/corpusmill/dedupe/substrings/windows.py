"""Tokens of texts, and the keys of all windows of as many tokens as a repeated passage has at least.

A token is a word between the boundaries of UAX #29 that is not white space alone: a word with its marks, a number, a
punctuation mark, and in scripts without spaces a letter (Han, hiragana, Thai). Equal ones that touch, as in a line
drawn with hyphens, are one token, since fifty hyphens are no passage. Lee and others (2022) counted the tokens
of a language model's tokenizer; those would tie the result to one model and cut words apart. An English word with its
punctuation is about 1.2 of theirs, so the same number of tokens is a slightly longer passage here. Tokens are compared
as they stand, in case and accents; the white space between them is not compared.

Why windows suffice. Let the texts be one sequence of tokens with a different separator after each. A position lies in
a passage of m or more tokens that occurs twice, if and only if it lies in a window of exactly m tokens that occurs
twice:
- a window that occurs twice is such a passage;
- if a passage [i, i + n), n >= m, occurs at j too, and p is in it, then some window [w, w + m) with i <= w <= p,
  p < w + m <= i + n, lies in it, and the window at w - i + j, another place, equals it.
No such passage or window holds a separator, each of which occurs once. So joining all windows by their keys finds what
a suffix array over the whole corpus finds (repeats.py), without the corpus having to fit into memory.

Keys have 122 bits: the values of two polynomials of degree m - 1 at fixed points modulo 2^61 - 1, each over another
mixing of the tokens' 64-bit hashes. Different windows share one by a chance of about 2^-122, once tokens have different
hashes; 10^12 windows hold an accidental pair by 10^-13.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corpusmill.batch import TextBatch, empty
from corpusmill.dedupe.shuffle import Rows

MIN_TOKENS = 50  # Lee and others 2022, RefinedWeb §1
ROW_VALUES = 3  # both halves of a key, position of the window
SEED = 3

Numbers = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]


class Tokens(NamedTuple):
    """Of n texts: text t has the tokens firsts[t] to firsts[t + 1]."""

    starts: Numbers  # byte spans in TextBatch.data
    ends: Numbers
    hashes: Hashes
    firsts: Numbers


def tokens_of(batch: TextBatch) -> Tokens:
    """
    >>> import pyarrow as pa
    >>> found = tokens_of(TextBatch(pa.array(["It's 3.5 m...", "", "中文 é"])))
    >>> found.starts.tolist(), found.ends.tolist(), found.firsts.tolist()
    ([0, 5, 9, 10, 13, 16, 20], [4, 8, 10, 13, 16, 19, 22], [0, 4, 4, 7])
    """
    from corpusmill.kernels.characters.word_break import word_break_tables
    from corpusmill.kernels.duplicates.token_windows import find_tokens

    size = len(batch.data)
    starts, ends, hashes = empty(size, np.int64), empty(size, np.int64), empty(size, np.uint64)
    firsts = np.empty(len(batch) + 1, np.int64)
    find_tokens(batch.data, batch.offsets, word_break_tables(), starts, ends, hashes, firsts)
    count = firsts[-1]
    return Tokens(starts[:count], ends[:count], hashes[:count], firsts)


def window_rows(tokens: Tokens, min_tokens: int, position: int) -> Rows:
    """A row (key, key, position) for each window; the first of all tokens has `position`. Short texts have none."""
    from corpusmill.kernels.duplicates import token_windows

    if min_tokens < 1:
        raise ValueError(f"wanted windows of at least one token, found {min_tokens}")
    out = empty(ROW_VALUES * len(tokens.hashes), np.uint64).reshape(-1, ROW_VALUES)
    count = token_windows.window_rows(tokens.hashes, tokens.firsts, min_tokens, _bases(), np.uint64(position), out)
    return out[:count]


@cache
def _bases() -> Hashes:
    """Where the polynomials are evaluated."""
    return np.frombuffer(np.random.RandomState(SEED).bytes(16), "<u8") >> np.uint64(3)
