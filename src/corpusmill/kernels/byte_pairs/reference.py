"""Byte-level BPE in plain Python: the published regular expressions, and merging as it is defined. Oracle of
cuts.py, merges.py, scan.py and encoder.py.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Mapping, Sequence

from corpusmill.kernels.byte_pairs.cuts import CL100K, GPT2, WHITE_SPACE, Cut

Spot = tuple[int, int, int]  # start, end, id

# Python has no \p{...}: each character is replaced by one of its category that stands for all of them.
_STANDS_FOR = {
    "Lu": "À", "Ll": "à", "Lt": "ǅ", "Lm": "ʰ", "Lo": "ª",
    "Mn": "\u0300", "Mc": "\u0300", "Me": "\u0300", "Nd": "²", "Nl": "²", "No": "²",
}  # fmt: skip
_CLASSES = {
    "{L}": "A-Za-zÀàſǅʰª", "{N}": "0-9²", "{Lu}": "A-ZÀ", "{Ll}": "a-zàſ", "{Lt}": "ǅ", "{Lm}": "ʰ", "{Lo}": "ª",
    "{M}": "\u0300", "\\s": "\t-\r \u2003",
}  # fmt: skip
_SUFFIX = "'(?:[sStTmMdDſ]|[lL]{2}|[vVrR][eE])"
_NEITHER = r"[^\r\n{L}{N}]?"
_GPT2 = r"'(?:[sdmt]|ll|ve|re)| ?[{L}]+| ?[{N}]+| ?[^\s{L}{N}]+|[\s]+(?![^\s])|[\s]+"
_CL100K = (
    _SUFFIX + "|" + _NEITHER + r"[{L}]+|[{N}]{1,MOST}| ?[^\s{L}{N}]+[\r\n]*|WHOLE[\s]*[\r\n]+|[\s]+(?![^\s])|[\s]+"
)
_FIRST, _SECOND = "[{Lu}{Lt}{Lm}{Lo}{M}]", "[{Ll}{Lm}{Lo}{M}]"
_O200K = (
    rf"{_NEITHER}{_FIRST}*{_SECOND}+(?:{_SUFFIX})?|{_NEITHER}{_FIRST}+{_SECOND}*(?:{_SUFFIX})?"
    r"|[{N}]{1,MOST}| ?[^\s{L}{N}]+[\r\n/]*|WHOLE[\s]*[\r\n]+|[\s]+(?![^\s])|[\s]+"
)


def cut(text: str, how: Cut) -> list[str]:
    """The pieces of a text.

    >>> cut("It's 12345  words", Cut(GPT2)), cut("It's 12345  words", Cut(CL100K))
    (['It', "'s", ' 12345', ' ', ' words'], ['It', "'s", ' ', '123', '45', ' ', ' words'])
    """
    pattern = {GPT2: _GPT2, CL100K: _CL100K}.get(how.family, _O200K)
    pattern = pattern.replace("MOST", str(how.most_digits)).replace("WHOLE", r"[\s]+\Z|" * how.blanks_end_whole)
    for name, members in _CLASSES.items():
        pattern = pattern.replace(name, members)
    stand_ins = "".join(map(_stand_in, text))
    return [text[found.start() : found.end()] for found in re.finditer(pattern, stand_ins)]


def _stand_in(character: str) -> str:
    if character < "\x80" or character == "ſ":
        return character
    if ord(character) in WHITE_SPACE:
        return "\u2003"
    return _STANDS_FOR.get(unicodedata.category(character), "«")


def merged(piece: bytes, byte_ids: Sequence[int], merges: Mapping[tuple[int, int], tuple[int, int]]) -> list[int]:
    """The ids of a piece. `merges`: of two neighbours the rank and the id they make.

    >>> merged(b"aab", range(256), {(97, 97): (1, 256), (97, 98): (0, 257)})
    [97, 257]
    """
    ids = [byte_ids[byte] for byte in piece]
    while True:
        found = [(merges[pair][0], k) for k, pair in enumerate(itertools.pairwise(ids)) if pair in merges]
        if not found:
            return ids
        _, k = min(found)
        ids[k : k + 2] = [merges[ids[k], ids[k + 1]][1]]


def words_in(text: bytes, words: Mapping[bytes, int], start: int = 0, end: int | None = None) -> list[Spot]:
    """The leftmost, longest of `words` in text[start:end], without overlap.

    >>> words_in(b"aab", {b"a": 1, b"aa": 2, b"ab": 3})
    [(0, 2, 2)]
    """
    spots = []
    end = len(text) if end is None else end
    longest_first = sorted(filter(None, words), key=len, reverse=True)
    while start < end:
        word = next((w for w in longest_first if text.startswith(w, start, end)), None)
        if word is not None:
            spots.append((start, start + len(word), words[word]))
        start += len(word or b"x")
    return spots


def spots_in(text: bytes, outer: Mapping[bytes, int], inner: Mapping[bytes, int]) -> list[Spot]:
    """`outer` words of the text, and `inner` ones of what is between them.

    >>> spots_in(b"<a>a", {b"<a>": 1}, {b"a": 2})
    [(0, 3, 1), (3, 4, 2)]
    """
    spots, start = [], 0
    for found in [*words_in(text, outer), (len(text), len(text), -1)]:
        spots += [*words_in(text, inner, start, found[0]), found]
        start = found[1]
    return spots[:-1]
