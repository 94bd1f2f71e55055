"""What one text has and another has not, in time linear in both: by runs of words, wherever they stand."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

RUN = 3  # words: a word is shared where a run of so many around it is in the other text
# Letters that are written without spaces between words count as one word each.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
_WORD = re.compile(f"[{_UNSPACED}]|[^\\W{_UNSPACED}]+")


class Words(NamedTuple):
    """The words of a text, in lower case, and where they stand."""

    words: list[str]
    spans: list[tuple[int, int]]


def words_of(text: str) -> Words:
    """
    >>> words_of("Don't, 日本").words
    ['don', 't', '日', '本']
    """
    found = list(_WORD.finditer(text))
    return Words([match[0].lower() for match in found], [match.span() for match in found])


def overlap(a: Words, b: Words) -> float:
    """F1 of the words of two texts as multisets; two texts without words are the same.

    >>> overlap(words_of("a b c d"), words_of("d c x"))
    0.5714285714285714
    """
    total = len(a.words) + len(b.words)
    return 2 * (Counter(a.words) & Counter(b.words)).total() / total if total else 1.0


def shared(text: Words, other: Words) -> list[bool]:
    """Of each word of `text`, whether it stands in a run of RUN words that `other` has too.

    >>> shared(words_of("menu one two three"), words_of("x one two three y"))
    [False, True, True, True]
    """
    length = min(RUN, len(text.words), len(other.words))
    marks = [False] * len(text.words)
    if not length:
        return marks
    runs = {tuple(other.words[at : at + length]) for at in range(len(other.words) - length + 1)}
    for at in range(len(text.words) - length + 1):
        if tuple(text.words[at : at + length]) in runs:
            marks[at : at + length] = [True] * length
    return marks


def lines_of(text: str, words: Words, marks: list[bool]) -> list[list[str]]:
    """The lines that are not blank, each as pieces of text that are shared, alone here, shared … in turn.

    What stands between two words belongs to both where they are alike, to the first where they are not.

    >>> words = words_of("menu one two\\nalone")
    >>> lines_of("menu one two\\nalone", words, [False, True, True, False])
    [['', 'menu ', 'one two'], ['', 'alone']]
    """
    lines: list[list[str]] = []
    at, number = 0, 0
    for line in text.split("\n"):
        end = at + len(line)
        pieces = [""]
        start = at
        while number < len(words.spans) and words.spans[number][0] < end:
            if marks[number] != (len(pieces) % 2 == 1):
                pieces[-1] += text[start : words.spans[number][0]]
                pieces.append("")
                start = words.spans[number][0]
            number += 1
        pieces[-1] += text[start:end]
        if line.strip():
            lines.append(pieces)
        at = end + 1
    return lines
