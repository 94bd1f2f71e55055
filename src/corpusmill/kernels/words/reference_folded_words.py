"""Folded words in plain Python: oracle of kernels/words/folded_words.py (on CPython 3.11, whose Unicode is 14.0)."""

from __future__ import annotations

import string
import unicodedata

Word = tuple[str, int, int]  # folded, and the code points of the text that it spans

_UNSPACED = (range(0xE00, 0xF00), range(0x3040, 0x3100), range(0x3130, 0x3190), range(0x3400, 0x4DC0),
             range(0x4E00, 0xA000), range(0x20000, 0x40000))  # fmt: skip


def letters_and_digits(text: str) -> list[Word]:
    """Words of letters and digits without case, marks and compatibility forms.

    >>> letters_and_digits("Don't SHOUT: naïve ﬁsh")
    [('don', 0, 3), ('t', 4, 5), ('shout', 6, 11), ('naive', 13, 18), ('fish', 19, 22)]
    """
    words: list[Word] = []
    folded, begin, behind = "", 0, 0
    for place, character in enumerate([*text, " "]):
        category = unicodedata.category(character)
        letters = _folded(character) if category[0] in "LN" and character != "ـ" else ""
        if letters and not any(ord(letters[0]) in span for span in _UNSPACED):
            begin = begin if folded else place
            folded, behind = folded + letters, place + 1
        elif letters or not (category[0] in "MLN" or category == "Cf"):
            if folded:
                words.append((folded, begin, behind))
            if letters:
                words.append((letters, place, place + 1))
            folded = ""
    return words


def without_punctuation(text: str) -> list[Word]:
    """Words between white space in lower case, character by character, without punctuation.

    >>> without_punctuation("Don't (ever) - SHOUT!")
    [('dont', 0, 5), ('ever', 7, 11), ('shout', 15, 20)]
    """
    words: list[Word] = []
    folded, begin, behind = "", 0, 0
    for place, character in enumerate([*text, " "]):
        if character.isspace():
            if folded:
                words.append((folded, begin, behind))
            folded = ""
        elif character not in string.punctuation and unicodedata.category(character)[0] != "P":
            begin = begin if folded else place
            folded, behind = folded + character.lower(), place + 1
    return words


def _folded(letter: str) -> str:
    if letter == "ı":
        return "i"
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter).casefold()).casefold()
    return "".join(each for each in text if unicodedata.category(each)[0] in "LN")
