"""What Tokens says of a token, in plain Python: the oracle of the measuring kernel."""

from __future__ import annotations

import unicodedata

from corpusmill.segment.characters import early_symbols, sentence_ends, symbols
from corpusmill.segment.tokens import (
    ALPHABETIC,
    ALPHANUMERIC_FIRST,
    EARLY_SYMBOL,
    PUNCTUATION,
    SENTENCE_END,
    SYMBOL,
    Tokens,
)

PRIME, BASE = 2**61 - 1, 0x0B6C4E9D2F51A837

Row = tuple[int, int, int, int]


def row(word: str) -> Row:
    """Hash, power, length and kinds of a token."""
    hash_ = 0
    for byte in word.encode():
        hash_ = (hash_ * BASE + byte + 1) % PRIME
    kinds = SYMBOL * all(c in symbols() for c in word) | EARLY_SYMBOL * all(c in early_symbols() for c in word)
    kinds |= ALPHABETIC * any(c.isalpha() for c in word) | ALPHANUMERIC_FIRST * word[0].isalnum()
    kinds |= PUNCTUATION * all(unicodedata.category(c)[0] == "P" for c in word)
    kinds |= SENTENCE_END * (word in sentence_ends())
    return hash_, pow(BASE, len(word.encode()), PRIME), len(word), kinds


def words_rows(texts: list[list[str]]) -> list[list[Row]]:
    """The words of each text."""
    return [[row(word) for word in words] for words in texts]


def rows(tokens: Tokens) -> list[list[Row]]:
    """The tokens of each text."""
    columns = (tokens.hashes, tokens.powers, tokens.lengths, tokens.kinds)
    flat = list(zip(*(column.tolist() for column in columns), strict=True))
    assert all(len(column) == tokens.offsets[-1] for column in columns)
    return [flat[start:end] for start, end in zip(tokens.offsets, tokens.offsets[1:], strict=False)]
