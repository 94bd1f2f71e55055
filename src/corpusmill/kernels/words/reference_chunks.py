"""Chunks, their variants within sentences, and sentences by marks, in plain Python: oracle of three kernels.

That is chunks.py, sentence_chunks.py and sentence_ends.py.
"""

from __future__ import annotations

import itertools
import re

Span = tuple[int, int]
Piece = tuple[str, int, int]  # a chunk, what stands before it and what stands behind it

_CLOSERS = "])}>\"'»”’"


def chunks(text: str) -> list[str]:
    """What stands between white space.

    >>> chunks(" a b\\u3000c")
    ['a', 'b', 'c']
    """
    return re.findall(r"\S+", text)


def is_linked(texts: list[str], chunk_pairs: set[tuple[str, str]], fragile: set[str], always: bool) -> list[bool]:
    """Texts in which two chunks of `chunk_pairs`, one of them fragile (or `always`), are a U+0020 apart."""
    found = []
    for text in texts:
        spans = [match.span() for match in re.finditer(r"\S+", text)]
        pairs = [
            (text[a:b], text[c:d])
            for (a, b), (c, d) in itertools.pairwise(spans)
            if text[b:c] == " " and (always or {text[a:b], text[c:d]} & fragile)
        ]
        found.append(any(pair in chunk_pairs for pair in pairs))
    return found


def sentence_chunks(text: str, sentences: list[Span]) -> list[Piece]:
    """The chunks of each sentence; the last takes with it what of closing marks alone follows it.

    Before a chunk that starts with a quote may stand 2: the start of its sentence, 1: a U+0020; behind one that ends in
    U+0027 a U+0020 (1); 2: the end, where the last one ends in a full stop and closing marks, a colon or a comma.

    >>> sentence_chunks('"A b." Mr.', [(0, 6), (7, 10)])
    [('"A', 2, 0), ('b."', 0, 2), ('Mr.', 0, 2)]
    """
    found = []
    for sentence_start, sentence_end in sentences:
        spans = [match.span() for match in re.finditer(r"\S+", text[sentence_start:sentence_end])]
        spans = [(sentence_start + start, sentence_start + end) for start, end in spans]
        last = len(spans) - 1
        while last > 0 and not text[slice(*spans[last])].strip(_CLOSERS):
            last -= 1
        for start, end in spans[:last]:
            found.append((text[start:end], _before(text, start, sentence_start), _behind(text, start, end)))
        if spans:
            start, end = spans[last][0], spans[-1][1]
            piece = text[start:end]
            at_end = last < len(spans) - 1 or piece.rstrip(_CLOSERS).endswith(".") or piece[-1] in ",:"
            found.append((piece, _before(text, start, sentence_start), 2 if at_end else 0))
    return found


def _before(text: str, start: int, sentence_start: int) -> int:
    if text[start] not in "\"'":
        return 0
    return 2 if start == sentence_start else int(text[start - 1] == " ")


def _behind(text: str, start: int, end: int) -> int:
    return int(text[end - 1] == "'" and text[end : end + 1] == " ")


def marked_sentences(text: str, ends: str, closing: str, ends_alone: str) -> list[str]:
    """Sentences that end behind a run of `ends` and the run of `closing` after it.

    White space has to follow, or the end; nothing has to where one of `ends_alone` is in the run.

    >>> marked_sentences("One. (Two!) 3.5", ".!", ")", "")
    ['One.', '(Two!)', '3.5']
    """
    mark, close, alone = (f"[{re.escape(characters)}]" for characters in (ends, closing, ends_alone))
    end = rf"(?<!{mark}){mark}*{alone}{mark}*{close}*(?!{mark}|{close})" if ends_alone else r"(?!)"
    pattern = re.compile(rf"{end}|(?<!{mark}){mark}+{close}*(?=\s|\Z)")
    found, start = [], 0
    for match in pattern.finditer(text):
        found.append(text[start : match.end()])
        start = match.end()
    return [stripped for piece in [*found, text[start:]] if (stripped := piece.strip())]
