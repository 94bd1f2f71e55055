"""spaCy's rules for the tokens of a chunk.

spaCy splits a text at white space and each chunk by its affixes, then merges or splits again where the tokens of a
special case, as its affixes split it, stand in a row ("retokenisation"). Only this last step sees over white space: a
row of tokens across one U+0020 may be a special case that has a space, or hide another that overlaps with it. It takes
a token at a chunk's end and one at the next chunk's start that stand side by side in some special case; texts in which
that may matter (two such chunks of which one is retokenised, or any two where special cases have spaces) are left to
spaCy as a whole. To see what retokenisation changed, a second tokenizer has the same rules without it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.batch import Int64s, TextBatch
from corpusmill.segment.by_chunks import tokens_by_chunks
from corpusmill.segment.libraries import blank, spacy_words
from corpusmill.segment.measure import measured_words
from corpusmill.segment.memo import Bytes, Found, Memo
from corpusmill.segment.tokens import Tokens

Hashes = npt.NDArray[np.uint64]


class SpacyRules:
    """The rules of a language's blank tokenizer, see `libraries.blank`."""

    def __init__(self, code: str) -> None:
        self.pipeline = blank(code)
        tokenizer = self.pipeline.tokenizer
        self._plain = _without_retokenisation(tokenizer)
        rows = _special_rows(tokenizer)
        self.links_always = any(" " in rule.strip() for rule in tokenizer.rules)
        firsts = sorted({left for row in rows for left in row[:-1]})
        seconds = sorted({right for row in rows for right in row[1:]})
        self._tails, self._heads = np.array(firsts, np.uint64), np.array(seconds, np.uint64)
        tails, heads = ({token: i + 1 for i, token in enumerate(tokens)} for tokens in (firsts, seconds))
        pairs = {tails[row[i]] << 32 | heads[row[i + 1]] for row in rows for i in range(len(row) - 1)}
        self.pairs = np.array(sorted(pairs), np.int64)

    def of_chunks(self, joined: Bytes, ends: Int64s, variants: Bytes) -> Found:
        with self.pipeline.memory_zone():
            text = joined.tobytes().decode()
            starts, lengths, _ = _columns(self.pipeline.tokenizer(text))
            plain_starts, plain_lengths, plain_names = _columns(self._plain(text))
        char_bytes = np.flatnonzero((joined & 0xC0) != 0x80)  # where each code point starts
        char_bytes = np.append(char_bytes, len(joined))
        newlines = np.flatnonzero(joined[char_bytes[:-1]] == 0x0A)  # one behind each chunk
        owners, plain_owners = np.searchsorted(newlines, starts), np.searchsorted(newlines, plain_starts)
        real, plain_real = newlines[owners] != starts, newlines[plain_owners] != plain_starts
        fragile = np.zeros(len(ends), np.uint8)
        ours, theirs = starts[real] << 32 | lengths[real], plain_starts[plain_real] << 32 | plain_lengths[plain_real]
        fragile[owners[real][np.isin(ours, theirs, invert=True)]] = 1
        fragile[plain_owners[plain_real][np.isin(theirs, ours, invert=True)]] = 1
        names, owned = plain_names[plain_real], np.searchsorted(plain_owners[plain_real], np.arange(len(ends) + 1))
        byte_starts = char_bytes[starts[real]]
        return Found(
            joined,
            byte_starts,
            char_bytes[(starts + lengths)[real]],
            np.bincount(owners[real], minlength=len(ends)),
            (byte_starts - np.append(0, ends)[owners[real]]).astype(np.int32),
            _numbers(names[owned[:-1]], self._heads),
            _numbers(names[owned[1:] - 1], self._tails),
            fragile,
        )


def spacy_tokens(batch: TextBatch, code: str) -> Tokens:
    """Tokens of each text by a blank tokenizer of spaCy, stripped, without empty ones."""

    def words(text: str) -> list[str]:
        return spacy_words(text, code)

    memo = memo_of(code)
    if memo is None:
        return measured_words([words(text) for text in batch.texts.to_pylist()])
    return tokens_by_chunks(batch, memo, words)


@functools.lru_cache(maxsize=8)
def memo_of(code: str) -> Memo | None:
    """The memo of this process for a blank tokenizer; None if a special case has white space other than one space."""
    special = blank(code).tokenizer.rules
    if any(" ".join(rule.split()) != rule for rule in special if rule.strip()):
        return None
    return Memo(SpacyRules(code))


def _columns(tokens: Any) -> tuple[Int64s, Int64s, Hashes]:
    """Start, length and spaCy's number for the spelling of each token."""
    columns: Hashes = tokens.to_array(["IDX", "LENGTH", "ORTH"])
    columns = columns.reshape(-1, 3)
    return columns[:, 0].astype(np.int64), columns[:, 1].astype(np.int64), columns[:, 2]


def _numbers(names: Hashes, known: Hashes) -> npt.NDArray[np.int32]:
    """Places in `known`, from 1; 0 for a name that is not there."""
    if not len(known):
        return np.zeros(len(names), np.int32)
    places = np.minimum(np.searchsorted(known, names), len(known) - 1)
    return np.where(known[places] == names, places + 1, 0).astype(np.int32)


def _special_rows(tokenizer: Any) -> list[list[int]]:
    """The tokens, by spaCy's numbers, that retokenisation looks for."""
    bare = _like(tokenizer, None)
    rows = []
    for rule in tokenizer.rules:
        if tokenizer.find_prefix(rule) or tokenizer.find_infix(rule) or tokenizer.find_suffix(rule) or " " in rule:
            rows.append([token.orth for token in bare(rule)])
    return rows


def _without_retokenisation(tokenizer: Any) -> Any:
    """The same tokenizer but for its last step: it was told its special cases while it knew no affixes.

    What it keeps for that step are special cases in which it finds affixes, or a space.
    """
    loading = True

    def later(function: Callable[[str], Any] | None) -> Callable[[str], Any] | None:
        return None if function is None else lambda string: None if loading else function(string)

    def later_all(function: Callable[[str], Any] | None) -> Callable[[str], Any] | None:
        return None if function is None else lambda string: () if loading else function(string)

    rules = {rule: tokens for rule, tokens in tokenizer.rules.items() if " " not in rule}
    plain = type(tokenizer)(
        tokenizer.vocab,
        rules=rules,
        prefix_search=later(tokenizer.prefix_search),
        suffix_search=later(tokenizer.suffix_search),
        infix_finditer=later_all(tokenizer.infix_finditer),
        token_match=tokenizer.token_match,
        url_match=tokenizer.url_match,
        faster_heuristics=tokenizer.faster_heuristics,
    )
    loading = False
    return plain


def _like(tokenizer: Any, rules: Any) -> Any:
    return type(tokenizer)(
        tokenizer.vocab,
        rules=rules,
        prefix_search=tokenizer.prefix_search,
        suffix_search=tokenizer.suffix_search,
        infix_finditer=tokenizer.infix_finditer,
        token_match=tokenizer.token_match,
        url_match=tokenizer.url_match,
        faster_heuristics=tokenizer.faster_heuristics,
    )
