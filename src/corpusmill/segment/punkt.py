"""Punkt's sentences over NLTK's parameters: NLTK's decisions, made faster where a place is plain.

A place is plain where the token before a full stop and the one behind it are words of letters, digits and single dots,
commas or hyphens, or one mark; `?` and `!` always end a sentence. What is not plain is decided by NLTK from the
context, the words before and behind, and kept by context.

Kiss and Strunk (2006): Unsupervised Multilingual Sentence Boundary Detection, Computational Linguistics 32.
"""

from __future__ import annotations

import functools
import re
import string
from typing import NamedTuple

from corpusmill.segment.libraries import punkt

CONTEXT_LIMIT = 1 << 16  # contexts kept, before it starts anew
CONTEXT_CHARS = 100  # of longer ones none is kept

Span = tuple[int, int]

_ALONE = ')";}]*:@({['  # always a token
_QUOTES = "\u2018\u2019\u201c\u201d\xab\xbb'"  # end the token before, and may start one
_NO_WORD = _ALONE + _QUOTES + "?!"
_NO_WORDS = re.compile(f"[{re.escape(_NO_WORD)}]")
_PLACE = re.compile(rf"[.?!](?=([{re.escape(_NO_WORD)}])|(\s+)(\S+))")
_PLAIN = re.compile(r"[^\W_]+(?:[.,-][^\W_]+)*")
_JOINTS = re.compile("[.,-]")
_END_MARKS = re.compile("[.?!]")
_NUMBER = re.compile(r"-?[.,]?[0-9][0-9,.-]*\.?")
_CLOSING = re.compile(r"[\"')\]}\u2018\u2019\u201c\u201d\xab\xbb]+?(?:\s+|(?=--)|$)", re.MULTILINE)
_CLOSERS = frozenset("\"')]}\u2018\u2019\u201c\u201d\xab\xbb")
_SPACES = string.whitespace.replace(" ", "")
_UNCOMMON_SPACE = re.compile("[\x1c-\x1f]")  # white space for Python, not for NLTK

# Bits of the parameters' orthographic contexts: a word was seen capitalised at the start of a sentence, within one, …
_UPPER_INSIDE = 1 << 2
_UPPER = 1 << 1 | 1 << 2 | 1 << 3
_LOWER_FIRST = 1 << 4
_LOWER = 1 << 4 | 1 << 5 | 1 << 6


class _Before(NamedTuple):
    """What is known of the token that a full stop ends."""

    type: str  # lower case, or ##number##
    abbreviated: bool
    initial: bool


class _Behind(NamedTuple):
    """What is known of the token behind it."""

    type: str
    starts: bool | None  # a sentence, by how it is written here and elsewhere
    starter: bool  # often seen at the start of sentences, and a capital here
    upper: bool
    lower_seen: bool


class Punkt:
    """Sentences of one language."""

    def __init__(self, language: str) -> None:
        self._library = punkt(language)
        parameters = self._library._params
        self._abbreviations = frozenset(parameters.abbrev_types)
        self._collocations = frozenset(parameters.collocations)
        self._starters = frozenset(parameters.sent_starters)
        self._contexts = dict(parameters.ortho_context)
        self._decisions: dict[str, bool] = {}
        self._before = functools.lru_cache(CONTEXT_LIMIT)(self._before_of)
        self._behind = functools.lru_cache(CONTEXT_LIMIT)(self._behind_of)

    def count(self, text: str) -> int:
        """Number of sentences that are not white space alone."""
        if not _PLACE.search(text):
            return int(bool(text.strip()))
        return sum(1 for start, end in self.spans(text) if not text[start:end].isspace())

    def spans(self, text: str) -> list[Span]:
        """Start and end of each sentence, in code points; those that are white space alone are not left out."""
        if _UNCOMMON_SPACE.search(text):
            return list(self._library.span_tokenize(text))
        return _realigned(text, self._slices(text))

    def _slices(self, text: str) -> list[Span]:
        """Spans before closing quotes and brackets are given to the sentence before."""
        spaced = text
        for character in _SPACES:
            spaced = spaced.replace(character, " ")
        slices: list[Span] = []
        begin = 0  # of the sentence at hand
        word_start = word_end = 0  # of the word before the last place
        last: re.Match[str] | None = None
        for place in _PLACE.finditer(text):
            at = place.start()
            space = spaced.rfind(" ", word_end, at)
            start = space + 1 if space > word_end else word_start  # a space right behind the last word is overlooked
            if last is not None and word_end <= start and self._ends(text, word_start, last):
                slices.append((begin, last.end()))
                begin = last.start(3) if last[3] else last.end()
            last, word_start, word_end = place, start, at
        if last is not None and self._ends(text, word_start, last):
            slices.append((begin, last.end()))
            begin = last.start(3) if last[3] else last.end()
        slices.append((begin, len(text.rstrip())))
        return slices

    def _ends(self, text: str, word_start: int, place: re.Match[str]) -> bool:
        """Whether a sentence ends at a place."""
        at = place.start()
        if text[at] != ".":
            return True
        mark, following = place[1], place[3]
        word = text[word_start:at]
        behind = mark or following
        context = word + "." + (mark or place[2] + following)
        if len(context) > CONTEXT_CHARS:
            return bool(self._library.text_contains_sentbreak(context))
        first, second = self._before(word), self._behind(behind)
        if first is not None and second is not None:
            return self._breaks(first, second)
        if context not in self._decisions:
            if len(self._decisions) >= CONTEXT_LIMIT:
                self._decisions.clear()
            self._decisions[context] = self._library.text_contains_sentbreak(context)
        return self._decisions[context]

    def _breaks(self, before: _Before, behind: _Behind) -> bool:
        """Whether a sentence ends between two tokens, the first of which has a full stop."""
        if (before.type, behind.type) in self._collocations:
            return False
        if before.abbreviated and not before.initial:
            return behind.starts is True or behind.starter
        if before.initial or before.type == "##number##":
            if behind.starts is False:
                return False
            if behind.starts is None and before.initial and behind.upper and not behind.lower_seen:
                return False
        return not before.abbreviated

    def _before_of(self, word: str) -> _Before | None:
        token = _last_token(word)
        if token is None:
            return None
        type_ = _type_of(token + ".").removesuffix(".") if token else "."
        return _Before(type_, self._is_abbreviation(token), len(token) == 1 and token.isalpha())

    def _behind_of(self, following: str) -> _Behind | None:
        token = _first_token(following)
        if token is None:
            return None
        type_ = _type_of(token)
        if len(token) > 1 and not self._is_abbreviation(token[:-1]):
            type_ = type_.removesuffix(".")
        upper = token[0].isupper()
        lower_seen = bool(self._contexts.get(type_, 0) & _LOWER)
        return _Behind(type_, self._starts(token, type_), upper and type_ in self._starters, upper, lower_seen)

    def _is_abbreviation(self, word: str) -> bool:
        lower = word.lower()
        return lower in self._abbreviations or lower.rpartition("-")[2] in self._abbreviations

    def _starts(self, word: str, type_: str) -> bool | None:
        """Whether a word starts a sentence, by how it is written here and elsewhere; None: not known."""
        if word in ";:,.!?":
            return False
        context = self._contexts.get(type_, 0)
        if word[0].isupper() and context & _LOWER and not context & _UPPER_INSIDE:
            return True
        if word[0].islower() and (context & _UPPER or not context & _LOWER_FIRST):
            return False
        return None


@functools.cache
def punkt_of(language: str) -> Punkt:
    """Punkt of a language as NLTK names it; raises ModelRefused where NLTK or its parameters are not found."""
    return Punkt(language)


def _last_token(word: str) -> str | None:
    """What Punkt takes for the word before a full stop behind `word`; None where that is not plain."""
    start = 0
    if not _PLAIN.fullmatch(word):
        if "." in word or "?" in word or "!" in word:
            return None  # there may be an end before the last token
        marks = [match.start() for match in _NO_WORDS.finditer(word)]
        if marks:
            start = marks[-1] + (word[marks[-1]] in _ALONE)
    return word[start:] if start == len(word) or _is_plain(word, start + (word[start] in _QUOTES)) else None


def _first_token(following: str) -> str | None:
    """What Punkt takes for the word at the start of `following`; None where it is not plain or more is to be seen."""
    if len(following) == 1:
        return following
    if _PLAIN.fullmatch(following):
        return following if _is_plain(following, 0) else None
    if following[-1] == "." and _PLAIN.fullmatch(following, 0, len(following) - 1):
        return following if _is_plain(following[:-1], 0) else None
    if _END_MARKS.search(following, 0, len(following) - (following[-1] in "?!")):
        return None  # there may be an end behind the first token
    if following[0] in _ALONE:
        return following[0]
    start = int(following[0] in _QUOTES)
    found = _PLAIN.match(following, start)
    if not found or not (found[0].isascii() or _is_plain(found[0], 0)):
        return None
    end = found.end()
    return following[:end] if end == len(following) or following[end] in _NO_WORD or following[end:] == "," else None


def _is_plain(word: str, start: int) -> bool:
    """Whether word[start:] is letters, ASCII digits and single dots, commas or hyphens between them."""
    found = _PLAIN.fullmatch(word, start)
    return found is not None and (word.isascii() or _JOINTS.sub("", found[0]).isalpha())


def _type_of(word: str) -> str:
    return "##number##" if _NUMBER.fullmatch(word) else word.lower()


def _realigned(text: str, slices: list[Span]) -> list[Span]:
    """Sentences with the closing quotes and brackets that stand behind them."""
    sentences = []
    moved = 0
    for i, (start, stop) in enumerate(slices):
        start += moved
        moved = 0
        if i + 1 == len(slices):
            if start < stop:
                sentences.append((start, stop))
            break
        begin, end = slices[i + 1]
        closing = _CLOSING.match(text[begin:end]) if begin < end and text[begin] in _CLOSERS else None
        if closing:
            sentences.append((start, begin + len(closing[0].rstrip())))
            moved = closing.end()
        elif start < stop:
            sentences.append((start, stop))
    return sentences
