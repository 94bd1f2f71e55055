"""What kinds of characters there are, as the words of the published filters are told apart by."""

from __future__ import annotations

import functools
from importlib import resources

import numpy as np
import numpy.typing as npt

from corpusmill.segment.tokens import ALPHABETIC, ALPHANUMERIC_FIRST, EARLY_SYMBOL, PUNCTUATION, SENTENCE_END, SYMBOL

_LETTERS = ("Lu", "Ll", "Lt", "Lm", "Lo")  # `str.isalpha`
_NUMBERS = ("Nd", "Nl", "No")  # with letters: `str.isalnum`
_PUNCTUATION = ("Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po")


@functools.cache
def symbols() -> frozenset[str]:
    """datatrove 0.10.1's set of punctuation (PUNCTUATION_SET of utils/text.py; Gopher specification §4).

    It has control characters and full-width forms, and lacks the bullet and most quotes.

    >>> sorted({".", "»", "•", "a"} & symbols())
    ['.', '»']
    """
    return _listed("symbols.txt")


@functools.cache
def early_symbols() -> frozenset[str]:
    """datatrove 0.2.0's set of punctuation: without the sentence ends of most scripts.

    >>> sorted({".", "»", "؟"} & early_symbols())
    ['.', '»']
    """
    return _listed("early_symbols.txt")


@functools.cache
def sentence_ends() -> frozenset[str]:
    """The marks that end a sentence, in all scripts: those of spaCy 3.8's rule-based sentencizer."""
    return _listed("sentence_ends.txt")


def _listed(name: str) -> frozenset[str]:
    """The characters of a file with a code point or a span of them a line."""
    lines = (resources.files("corpusmill.segment") / "data" / name).read_text("ascii").split()
    spans = [[int(point, 16) for point in line.split("..")] for line in lines]
    return frozenset(chr(point) for span in spans for point in range(span[0], span[-1] + 1))


@functools.cache
def character_kinds() -> npt.NDArray[np.uint8]:
    """[0x110000]: the bits of kernels/words/tokens.py that each code point has (Unicode 14.0)."""
    from corpusmill.kernels.characters.categories import of_category

    kinds = np.zeros(0x110000, np.uint8)
    for names, bits in (
        (_LETTERS, ALPHABETIC | ALPHANUMERIC_FIRST),
        (_NUMBERS, ALPHANUMERIC_FIRST),
        (_PUNCTUATION, PUNCTUATION),
    ):
        for name in names:
            kinds[of_category(name)] |= np.uint8(bits)
    for characters, bit in ((symbols(), SYMBOL), (early_symbols(), EARLY_SYMBOL), (sentence_ends(), SENTENCE_END)):
        kinds[[ord(character) for character in characters]] |= np.uint8(bit)
    return kinds


# Bits of sentence_marks
END_MARK, CLOSING, SPACE, ENDS_ALONE = 1, 2, 4, 8


@functools.cache
def sentence_marks() -> npt.NDArray[np.uint8]:
    """[0x110000]: what each code point is at the end of a sentence; quotes and closing brackets are CLOSING."""
    from corpusmill.kernels.characters.categories import of_category
    from corpusmill.kernels.characters.tables import IS_SPACE, unicode_classes

    marks = np.zeros(0x110000, np.uint8)
    for name in ("Pe", "Pi", "Pf"):
        marks[of_category(name)] |= np.uint8(CLOSING)
    marks[[ord("'"), ord('"')]] |= np.uint8(CLOSING)
    marks[[ord(mark) for mark in sentence_ends()]] = END_MARK
    marks[ord("…")] = END_MARK
    marks[[ord(mark) for mark in "。！？｡．"]] = END_MARK | ENDS_ALONE
    marks[unicode_classes() & np.uint8(IS_SPACE) != 0] = SPACE
    return marks


@functools.cache
def word_marks(*, hyphens_part: bool) -> npt.NDArray[np.uint8]:
    """[0x110000]: the bits of kernels/words/chunk_words.py that each code point has (Unicode 14.0).

    `hyphens_part`: a hyphen between letters parts a word in two.
    """
    from corpusmill.kernels.characters.categories import of_category
    from corpusmill.kernels.words import chunk_words as bits

    marks = np.zeros(0x110000, np.uint8)
    for name in (*_PUNCTUATION, "Sc", "So"):
        marks[of_category(name)] |= np.uint8(bits.BEFORE | bits.BEHIND)
    marks[[ord(sign) for sign in "<>`´"]] |= np.uint8(bits.BEFORE | bits.BEHIND)
    marks[[ord(sign) for sign in "+="]] |= np.uint8(bits.BEFORE)
    marks[[ord(sign) for sign in "-‐‑/\\@."]] = 0
    for name in _LETTERS:
        marks[of_category(name)] |= np.uint8(bits.LETTER)
    for name, bit in (("Nd", bits.DIGIT), ("Ll", bits.LOWER), ("Lu", bits.UPPER)):
        marks[of_category(name)] |= np.uint8(bit)
    marks[[ord(dash) for dash in ("-–—~," if hyphens_part else "–—~,")]] |= np.uint8(bits.DASH)
    marks[[ord(sign) for sign in "'’"]] |= np.uint8(bits.APOSTROPHE)
    return marks
