"""NLTK's `word_tokenize`: Punkt's sentences, and the words of each by Penn Treebank rules.

The rules are substitutions over a sentence. Each looks at most one character past a chunk's ends, and white space is
white space to all but a few: a straight quote that starts a chunk asks for what stands before it, U+0027 at its end
whether a U+0020 follows, and only the sentence's last full stop is taken off a word. Closing marks may stand between
this full stop and the end, with spaces. So words are those of chunks, in the variants that `sentence_chunks.py`
numbers. U+001C to U+001F are white space to some of the rules and not to others: texts with them go to NLTK.
"""

from __future__ import annotations

import functools
import re

import numpy as np

from corpusmill.batch import Int64s, TextBatch, empty
from corpusmill.segment.by_chunks import inserted
from corpusmill.segment.libraries import nltk_words, treebank
from corpusmill.segment.measure import measured_words
from corpusmill.segment.memo import Bytes, Found, Memo, chunks_of
from corpusmill.segment.punkt import punkt_of
from corpusmill.segment.tokens import Tokens

_BETWEEN = "\ue000"  # between chunks that are looked at together
_TOGETHER = 2000
_LEFTS = ("\n", " ", "")  # what stands before a chunk, see kernels/words/sentence_chunks.py
_RIGHTS = ("\n", " ", "")
_SPACE, _EDGE = 1, 2
_QUOTES = ('"', "'", "`")
# All before the last full stop, colon or comma; that; and closing marks, which only a full stop has.
_FINAL = re.compile(r"(\S*[^\s.])(\.)([\])}>\"'»”’]*)|(\S*[^\s,:])([,:])()")
_UNCOMMON_SPACE = re.compile("[\x1c-\x1f]")


class TreebankRules:
    """NLTK's word tokenizer for one sentence."""

    pairs: Int64s = np.zeros(0, np.int64)
    links_always = False

    def of_chunks(self, joined: Bytes, ends: Int64s, variants: Bytes) -> Found:
        data = joined.tobytes()
        starts = [0, *ends[:-1].tolist()]
        chunks = [data[start : end - 1].decode() for start, end in zip(starts, ends.tolist(), strict=True)]
        words: list[list[str]] = [[] for _ in chunks]
        together: list[tuple[int, str]] = []
        for i, (chunk, variant) in enumerate(zip(chunks, variants.tolist(), strict=True)):
            left, right = divmod(variant, 3)
            within = _within_a_sentence(chunk, left, right)
            if within is None:
                words[i] = _words_of(chunk, left, right)
            else:
                together.append((i, within))
        for first in range(0, len(together), _TOGETHER):
            some = together[first : first + _TOGETHER]
            for (i, _), found in zip(some, _words_together([within for _, within in some]), strict=True):
                words[i] = found
        encoded = [word.encode() for found in words for word in found]
        word_ends = np.cumsum([0, *map(len, encoded)])
        none = np.zeros(len(chunks), np.int32)
        return Found(
            np.frombuffer(b"".join(encoded), np.uint8),
            word_ends[:-1],
            word_ends[1:],
            np.array([len(found) for found in words], np.int64),
            np.zeros(len(encoded), np.int32),
            none,
            none,
            none.astype(np.uint8),
        )


def _words_of(chunk: str, left: int, right: int) -> list[str]:
    """The words of one chunk: a word before and one behind stand for the rest of the sentence."""
    before = "" if left == _EDGE else "x" + _LEFTS[left]
    behind = "" if right == _EDGE else _RIGHTS[right] + "x"
    words: list[str] = treebank().tokenize(before + chunk + behind)
    return words[bool(before) : len(words) - bool(behind)]


def _within_a_sentence(chunk: str, left: int, right: int) -> str | None:
    """What to write within a sentence to get the words of a chunk, with white space around; None: there is nothing.

    A straight double quote opens at the start as behind a U+0020, if no other quote follows. The full stop at the end
    and closing marks behind it stand alone, the marks behind white space that makes no quote an opening one.
    """
    if _BETWEEN in chunk:
        return None
    if left == _EDGE:
        if chunk[0] != '"' or chunk[1:2] in _QUOTES:
            return None
        left = _SPACE
    if right != _EDGE:
        return _LEFTS[left] + chunk + _RIGHTS[right]
    final = _FINAL.fullmatch(chunk)
    if final is None:
        return None
    before, mark, closing = final.groups()[:3] if final[1] else final.groups()[3:]
    return f"{_LEFTS[left]}{before} {mark}\n{closing} \n"


def _words_together(pieces: list[str]) -> list[list[str]]:
    """The words of each of many pieces with white space around them."""
    found: list[list[str]] = []
    for word in treebank().tokenize(_BETWEEN + _BETWEEN.join(pieces) + _BETWEEN):
        if word == _BETWEEN:
            found.append([])
        else:
            found[-1].append(word)
    return found[:-1]


@functools.cache
def _memo() -> Memo:
    return Memo(TreebankRules())


def nltk_tokens(batch: TextBatch, language: str) -> Tokens:
    """Words of each text with the Punkt of a language as NLTK names it."""
    from corpusmill.kernels.words.sentence_chunks import find_sentence_chunks

    punkt, memo = punkt_of(language), _memo()
    odd, sentences, counts = [], [], []
    for i, text in enumerate(batch.texts.to_pylist()):
        if _UNCOMMON_SPACE.search(text):
            odd.append(i)
            counts.append(0)
            continue
        starts = np.array([start for start, _ in punkt.spans(text)], np.int64)
        first, end = batch.offsets[i], batch.offsets[i + 1]
        if end - first != len(text):
            starts = np.flatnonzero((batch.data[first:end] & 0xC0) != 0x80)[starts]
        sentences.append(first + starts)
        counts.append(len(starts))
    flat = np.concatenate([*sentences, np.zeros(0, np.int64)])
    chunks = chunks_of(batch)
    room = len(chunks.starts) + len(flat)
    starts, ends, variants = empty(room, np.int64), empty(room, np.int64), empty(room, np.uint8)
    offsets = empty(len(batch) + 1, np.int64)
    count = find_sentence_chunks(
        batch.data,
        chunks.starts,
        chunks.ends,
        chunks.offsets,
        flat,
        np.cumsum([0, *counts]),
        starts,
        ends,
        variants,
        offsets,
    )
    with memo.lock:
        entries = memo.entries_of(batch.data, starts[:count], ends[:count], variants[:count])
        for i in odd:
            entries[offsets[i] : offsets[i + 1]] = -1
        tokens = memo.gathered(offsets, entries)
    if not odd:
        return tokens
    return inserted(tokens, np.array(odd), measured_words([nltk_words(batch.texts[i].as_py(), language) for i in odd]))
