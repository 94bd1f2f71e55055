"""The columns of `features.py`, and the signs that it tells apart."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

# Kinds of signs that are counted in a line; 0 is none of them
COMMA, COLON, BAR, SLASH, BRACKET, AT, ARROW, MARK, MONEY, CODE, NUMBER_SIGN, QUOTE, DASH, RIGHTS, STAR = range(1, 16)
KINDS = 16
_SIGNS = {
    COMMA: ",;、，；،",
    COLON: ":：",
    BAR: "|¦",
    SLASH: "/\\",
    BRACKET: "()[]（）【】",
    AT: "@",
    ARROW: "<>«»‹›→←↑↓►▶▸",
    MARK: "!?！？؟",
    MONEY: "$€£¥₽",
    CODE: "{}=_~^",
    NUMBER_SIGN: "#",
    QUOTE: "\"'„“”‘’`",
    DASH: "-–—",
    RIGHTS: "©®™",
    STAR: "*•·●○■▪+&%",
}
# What a line begins or ends with, as bits
ENDS_SENTENCE, CLOSES, OPENS_ITEM = 1, 2, 4
_EDGES = {
    ENDS_SENTENCE: ".!?…。！？؟।",
    CLOSES: "\"'”’“»›)]）」』",  # behind the mark that ends a sentence
    OPENS_ITEM: "-*•·●○■▪+>»›–—|#→►▶▸◦✓",
}
SIGNED_POINTS = 0x10000  # code points that the tables know; those above are no sign

OWN = (
    "chars", "words", "mean_word_chars", "longest_word_chars", "upper_fraction", "numeric_fraction", "sign_fraction",
    "cased_fraction", "capitalised_fraction", "short_word_fraction", "distinct_word_fraction",
    "ends_sentence", "ends_sentence_closed", "ends_colon", "ends_comma", "ends_letter", "ends_dots",
    "starts_upper", "starts_lower", "starts_number", "starts_item", "starts_sign",
    "inner_sentences", "addresses", "years", "times", "dates", "prices", "number_runs",
    "commas", "colons", "bars", "slashes", "brackets", "arrows", "marks", "code_signs", "quotes", "dashes", "stars",
    "rights", "number_signs",
    "word_frequency", "frequent_word_fraction", "single_word_fraction",
    "line_count", "first_word_count", "first_word_as_before", "first_word_as_after",
)  # fmt: skip
COUNTED = (
    COMMA,
    COLON,
    BAR,
    SLASH,
    BRACKET,
    ARROW,
    MARK,
    CODE,
    QUOTE,
    DASH,
    STAR,
    RIGHTS,
    NUMBER_SIGN,
)  # from "commas"
NEIGHBOURS = (
    "chars",
    "ends_sentence",
    "capitalised_fraction",
    "frequent_word_fraction",
    "sign_fraction",
    "starts_item",
)
DISTANCES = (-3, -2, -1, 1, 2, 3)  # in lines
AROUND = (
    "chars",
    "ends_sentence",
    "capitalised_fraction",
    "frequent_word_fraction",
    "sign_fraction",
    "numeric_fraction",
)
REACH = 5  # lines on either side whose means are taken
PLACE = (
    "lines_before", "lines_after", "place", "bytes_before_fraction", "fraction_of_longest",
    "lines_since_prose", "lines_until_prose",
)  # fmt: skip
PROSE_BYTES = 80  # a line of so many or more that ends a sentence is prose

NAMES = (
    *OWN,
    *(f"{name}_{distance:+d}" for name in NEIGHBOURS for distance in DISTANCES),
    *(f"{name}_around" for name in AROUND),
    *PLACE,
)
COLUMNS = len(NAMES)
COLUMN = {name: number for number, name in enumerate(NAMES)}


@functools.cache
def sign_tables() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Of each code point below SIGNED_POINTS the kind of sign that it is, and what it makes of a line's edge."""
    kinds, edges = np.zeros(SIGNED_POINTS, np.uint8), np.zeros(SIGNED_POINTS, np.uint8)
    for kind, signs in _SIGNS.items():
        kinds[[ord(sign) for sign in signs]] = kind
    for bit, signs in _EDGES.items():
        edges[[ord(sign) for sign in signs]] |= bit
    return kinds, edges
