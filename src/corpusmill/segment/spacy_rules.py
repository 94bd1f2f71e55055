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
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from corpusmill.batch import Int64s, TextBatch
from corpusmill.segment.by_chunks import tokens_by_chunks
from corpusmill.segment.libraries import blank, spacy_words
from corpusmill.segment.measure import measured_words
from corpusmill.segment.memo import Bytes, Found, Memo
from corpusmill.segment.tokens import Tokens

NEWLINE = 0x0A

Hashes = npt.NDArray[np.uint64]


class SpacyRules:
    """The rules of a language's blank tokenizer, see `libraries.blank`."""

    def __init__(self, code: str) -> None:
        from spacy.strings import get_string_id
        from spacy.vocab import Vocab

        given = blank(code).tokenizer
        self._name_of = get_string_id
        self._special = frozenset(given.rules)
        self._words_are_whole = code == "en"
        self._vocabulary = Vocab()  # computes no attributes of words, which took half of the time
        self._tokenizer = _like(given, self._vocabulary, given.rules)
        self._plain = _without_retokenisation(given, self._vocabulary)
        rows = _special_rows(given, self._vocabulary)
        self.links_always = any(" " in rule.strip() for rule in given.rules)
        firsts = sorted({left.orth for row in rows.values() for left in row[:-1]})
        seconds = sorted({right.orth for row in rows.values() for right in row[1:]})
        self._tails, self._heads = np.array(firsts, np.uint64), np.array(seconds, np.uint64)
        tails, heads = ({token: i + 1 for i, token in enumerate(tokens)} for tokens in (firsts, seconds))
        pairs = {tails[a.orth] << 32 | heads[b.orth] for row in rows.values() for a, b in pairwise(row)}
        self.pairs = np.array(sorted(pairs), np.int64)
        changing = [rule for rule, row in rows.items() if [token.text for token in row] != _spelled(given.rules[rule])]
        self._signs = np.array(sorted({_sign_of(rule) for rule in changing}), np.int64)

    def of_chunks(self, joined: Bytes, ends: Int64s, variants: Bytes) -> Found:
        text = joined.tobytes().decode()
        places = np.append(np.flatnonzero((joined & 0xC0) != 0x80), len(joined))  # where each code point starts
        newlines = np.flatnonzero(joined[places[:-1]] == NEWLINE)  # one behind each chunk
        with self._vocabulary.memory_zone():
            found = self._rows(text, newlines)
            heads = _numbers(found.names[found.firsts[:-1]], self._heads)
            tails = _numbers(found.names[found.firsts[1:] - 1], self._tails)
            fragile = np.zeros(len(ends), np.uint8)
            suspects = self._suspects(text, newlines)
            if len(suspects):
                chunks = text[:-1].split("\n")
                some = "\n".join([chunks[i] for i in suspects.tolist()]) + "\n"
                some_newlines = np.cumsum([len(chunks[i]) + 1 for i in suspects.tolist()]) - 1
                plain = _rows_of(self._plain(some), some_newlines)
                heads[suspects] = _numbers(plain.names[plain.firsts[:-1]], self._heads)
                tails[suspects] = _numbers(plain.names[plain.firsts[1:] - 1], self._tails)
                for i, suspect in enumerate(suspects.tolist()):
                    ours = slice(found.firsts[suspect], found.firsts[suspect + 1])
                    theirs = slice(plain.firsts[i], plain.firsts[i + 1])
                    fragile[suspect] = not np.array_equal(found.lengths[ours], plain.lengths[theirs])
        starts = places[found.starts]
        return Found(
            joined,
            starts,
            places[found.starts + found.lengths],
            np.diff(found.firsts),
            (starts - np.repeat(np.append(0, ends[:-1]), np.diff(found.firsts))).astype(np.int32),
            heads,
            tails,
            fragile,
        )

    def _rows(self, text: str, newlines: Int64s) -> _Rows:
        """Tokens of the chunks of a text; those that are a word by themselves are not given to spaCy."""
        begins = np.append(0, newlines[:-1] + 1)
        chunks = text[:-1].split("\n")
        words = np.fromiter(map(self._is_word, chunks), np.bool_, len(chunks))
        whole = np.flatnonzero(words)
        if not len(whole):
            return _rows_of(self._tokenizer(text), newlines)
        others = np.flatnonzero(~words)
        rest = "".join(f"{chunks[i]}\n" for i in others.tolist())
        rest_newlines = np.cumsum((newlines - begins)[others] + 1) - 1
        found = _rows_of(self._tokenizer(rest), rest_newlines)
        counts = np.ones(len(chunks), np.int64)
        counts[others] = np.diff(found.firsts)
        firsts = np.append(0, np.cumsum(counts))
        own = np.repeat(words, counts)
        starts, lengths, names = (np.empty(firsts[-1], kind) for kind in (np.int64, np.int64, np.uint64))
        moved = begins[others] - np.append(0, rest_newlines[:-1] + 1)[: len(others)]
        starts[~own] = found.starts + np.repeat(moved, counts[others])
        lengths[~own], names[~own] = found.lengths, found.names
        starts[own], lengths[own] = begins[whole], (newlines - begins)[whole]
        names[own] = np.fromiter((self._name_of(chunks[i]) for i in whole.tolist()), np.uint64, len(whole))
        return _Rows(starts, lengths, names, firsts)

    def _is_word(self, chunk: str) -> bool:
        """Whether it is one token for sure: the English affixes have no letters alone, but some special cases have."""
        return self._words_are_whole and chunk.isascii() and chunk.isalpha() and chunk not in self._special

    def _suspects(self, text: str, newlines: Int64s) -> Int64s:
        """Chunks that may hold a special case which retokenisation changes: all others it leaves alone."""
        codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.int64)
        signs = codes[:-1] << 32 | codes[1:]
        hits = np.flatnonzero(np.isin(signs, self._signs))
        return np.unique(np.searchsorted(newlines, hits))


@dataclass(frozen=True)
class _Rows:
    """Tokens of chunks between newlines, without the newlines."""

    starts: Int64s  # code points
    lengths: Int64s
    names: Hashes  # spaCy's number for the spelling
    firsts: Int64s  # [chunks + 1] first token of each chunk


def _rows_of(tokens: Any, newlines: Int64s) -> _Rows:
    columns: Hashes = tokens.to_array(["IDX", "LENGTH", "ORTH"]).reshape(-1, 3)
    starts = columns[:, 0].astype(np.int64)
    owners = np.searchsorted(newlines, starts)
    real = newlines[owners] != starts
    counts = np.bincount(owners[real], minlength=len(newlines))
    return _Rows(starts[real], columns[real, 1].astype(np.int64), columns[real, 2], np.append(0, np.cumsum(counts)))


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


def _numbers(names: Hashes, known: Hashes) -> npt.NDArray[np.int32]:
    """Places in `known`, from 1; 0 for a name that is not there."""
    if not len(known):
        return np.zeros(len(names), np.int32)
    places = np.minimum(np.searchsorted(known, names), len(known) - 1)
    return np.where(known[places] == names, places + 1, 0).astype(np.int32)


def _special_rows(tokenizer: Any, vocabulary: Any) -> dict[str, list[Any]]:
    """The tokens that retokenisation looks for, of each special case that it may put in their place."""
    bare = _like(tokenizer, vocabulary, None)
    return {
        rule: list(bare(rule))
        for rule in tokenizer.rules
        if tokenizer.find_prefix(rule) or tokenizer.find_infix(rule) or tokenizer.find_suffix(rule) or " " in rule
    }


def _spelled(special: list[dict[int, str]]) -> list[str]:
    from spacy.attrs import ORTH

    return [token[ORTH] for token in special]


def _sign_of(rule: str) -> int:
    """Two characters in a row of a special case, those that words have least."""
    if len(rule) < 2:
        raise ValueError(f"the special case {rule!r} is changed by retokenisation and has no two characters")
    pairs = list(pairwise(rule))
    left, right = min(reversed(pairs), key=lambda pair: sum(character.isalpha() for character in pair))
    return ord(left) << 32 | ord(right)


def _without_retokenisation(tokenizer: Any, vocabulary: Any) -> Any:
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
        vocabulary,
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


def _like(tokenizer: Any, vocabulary: Any, rules: Any) -> Any:
    return type(tokenizer)(
        vocabulary,
        rules=rules,
        prefix_search=tokenizer.prefix_search,
        suffix_search=tokenizer.suffix_search,
        infix_finditer=tokenizer.infix_finditer,
        token_match=tokenizer.token_match,
        url_match=tokenizer.url_match,
        faster_heuristics=tokenizer.faster_heuristics,
    )
