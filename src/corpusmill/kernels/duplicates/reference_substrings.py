"""Tokens, repeated windows and suffix arrays in plain Python: oracle of token_windows.py, suffixes.py."""

from __future__ import annotations

from collections.abc import Sequence

from corpusmill.kernels.characters import word_break as wb
from corpusmill.kernels.words.reference_word_bounds import words


def tokens(text: str) -> list[tuple[int, int]]:
    """Spans, in code points, of the words of UAX #29 that are not white space alone; equal ones that touch are one.

    >>> tokens("It's 3.5 m...")
    [(0, 4), (5, 8), (9, 10), (10, 13)]
    """
    found: list[tuple[int, int]] = []
    start, last = 0, ""
    for word in words(text):
        end = start + len(word)
        if word == last:
            found[-1] = (found[-1][0], end)
        elif not _is_blank(word):
            found.append((start, end))
        start, last = end, "" if _is_blank(word) else word
    return found


def _is_blank(word: str) -> bool:
    return all(wb.kind_of(ord(c)) & wb.WHITE_SPACE for c in word)


def copies(texts: Sequence[Sequence[str]], size: int, every: bool) -> list[list[bool]]:
    """Of each token of each text: whether it lies in a window of `size` tokens that is a copy.

    A copy is a window that stands elsewhere too; without `every` one that stands before, in tokens that are others.

    >>> copies([["a", "b", "a", "b"], ["b", "a"]], 2, every=False)
    [[False, False, True, True], [True, True]]
    """
    first: dict[tuple[str, ...], tuple[int, int]] = {}
    counts: dict[tuple[str, ...], int] = {}
    windows = []
    for number, text in enumerate(texts):
        for at in range(len(text) - size + 1):
            window = tuple(text[at : at + size])
            first.setdefault(window, (number, at))
            counts[window] = counts.get(window, 0) + 1
            windows.append((number, at, window))
    covered = [[False] * len(text) for text in texts]
    for number, at, window in windows:
        elsewhere, there = first[window]
        copy = counts[window] > 1 if every else elsewhere < number or there + size <= at
        if copy:
            covered[number][at : at + size] = [True] * size
    return covered


def suffix_array(ids: Sequence[int]) -> list[int]:
    """Where the suffixes begin, in their order; the end of the sequence is less than any number.

    >>> suffix_array([2, 1, 2, 1])
    [3, 1, 2, 0]
    """
    return sorted(range(len(ids)), key=lambda at: list(ids[at:]))


def common_prefixes(ids: Sequence[int], order: Sequence[int]) -> list[int]:
    """Of each suffix in `order` the numbers it shares with the one before, from its start on; 0 for the first.

    >>> common_prefixes([2, 1, 2, 1], [3, 1, 2, 0])
    [0, 1, 0, 2]
    """
    found = [0] * len(order)
    for i in range(1, len(order)):
        left, right = ids[order[i - 1] :], ids[order[i] :]
        while found[i] < min(len(left), len(right)) and left[found[i]] == right[found[i]]:
            found[i] += 1
    return found
