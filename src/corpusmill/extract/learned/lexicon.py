"""Which classes, ids and words speak for main content, and which against: learned from labelled pages."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cached_property
from importlib import resources

import numpy as np
import numpy.typing as npt

from corpusmill.kernels.blocks import features as block_features
from corpusmill.kernels.blocks.words import fill_table
from corpusmill.kernels.html.elements import name_hash

Hashes = npt.NDArray[np.uint64]
Scores = npt.NDArray[np.float32]

_MARKED: dict[str, str] = tomllib.loads(resources.files(__package__).joinpath("marks.toml").read_text())
MARKS = tuple(_MARKED)
_MARKED_HASHES = {
    name_hash(word): sum(1 << bit for bit, mark in enumerate(MARKS) if word in _MARKED[mark].split())
    for words in _MARKED.values()
    for word in words.split()
}


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Sorted hashes of tokens (`Tokens.hashes`) and of words (`kernels.block_words`), with a score each.

    A score is the logarithm of how much more often main content has it than other text, 0: as often.
    """

    tokens: Hashes
    token_scores: Scores
    words: Hashes
    word_scores: Scores

    @cached_property
    def tables(self) -> block_features.Lexicon:
        """For the kernels; they hold the marks too."""
        marked = np.array(list(_MARKED_HASHES), np.uint64)
        tokens = np.union1d(self.tokens, marked)
        token_keys = _empty(len(tokens))
        slots = fill_table(tokens, token_keys)
        scores, marks = np.full(len(token_keys), np.nan, np.float32), np.zeros(len(token_keys), np.int64)
        scores[slots[np.searchsorted(tokens, self.tokens)]] = self.token_scores
        marks[slots[np.searchsorted(tokens, marked)]] = list(_MARKED_HASHES.values())
        word_keys = _empty(len(self.words))
        word_scores = np.full(len(word_keys), np.nan, np.float32)
        word_scores[fill_table(self.words, word_keys)] = self.word_scores
        return block_features.Lexicon(token_keys, scores, marks, word_keys, word_scores)


def _empty(entries: int) -> Hashes:
    """Room for a table with at most half of its slots taken."""
    return np.zeros(max(4, 1 << (2 * entries).bit_length()), np.uint64)


NO_LEXICON = Lexicon(np.zeros(0, np.uint64), np.zeros(0, np.float32), np.zeros(0, np.uint64), np.zeros(0, np.float32))
