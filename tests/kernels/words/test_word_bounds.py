"""Words between UAX #29's boundaries: a table, the rules in plain Python, and uniseg's words."""

from __future__ import annotations

import gzip
import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.kernels.characters import word_break as wb
from corpusmill.kernels.characters.word_break import kind_of, word_break_tables
from corpusmill.kernels.words import reference_word_bounds
from corpusmill.kernels.words.word_bounds import find_word_ends, hash_pieces, ngram_keys
from tests.kernels.texts import characters, texts
from tests.rpv2_vectors import VENDORED

# One or two of each class, so that hypothesis meets every pair and triple of them.
CLASSES = "\r\n\x0b\u0308\u0345\xad\u200f\u200daZאש1٣アカ_‿🇩🇪 \u3000'\".’·:,;\u2044!(中😀ⓂℹⒶ\t\xa0\x1c\ufeff"
dense = st.lists(st.sampled_from(CLASSES) | characters, max_size=30).map("".join)


def words(text: str) -> list[str]:
    data = np.frombuffer(text.encode(), np.uint8)
    ends = np.empty(len(data), np.int64)
    found = find_word_ends(data, 0, len(data), word_break_tables(), ends)
    places = [0, *ends[:found].tolist()]
    return [bytes(data[i:j]).decode() for i, j in itertools.pairwise(places)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (
            "The quick fox can’t jump 32.3 feet.",
            ["The", " ", "quick", " ", "fox", " ", "can’t", " ", "jump", " ", "32.3", " ", "feet", "."],
        ),
        (
            "a.b a. .b 1,2 1, ,2 3.a",
            ["a.b", " ", "a", ".", " ", ".", "b", " ", "1,2", " ", "1", ",", " ", ",", "2", " ", "3", ".", "a"],
        ),
        ("don't 'quoted' rock'n'roll", ["don't", " ", "'", "quoted", "'", " ", "rock'n'roll"]),
        ("e.g. U.S.A. x:y", ["e.g", ".", " ", "U.S.A", ".", " ", "x:y"]),  # the colon joins, in Unicode 14
        ("a  b\t\tc\r\nd\n\n", ["a", "  ", "b", "\t", "\t", "c", "\r\n", "d", "\n", "\n"]),
        ("e\u0301a a\u200db \u0301x", ["e\u0301a", " ", "a\u200db", " \u0301", "x"]),
        ("\u0301\u0301a\n\u0301b", ["\u0301\u0301", "a", "\n", "\u0301", "b"]),
        ("a'\u0308b a'\u0308 b", ["a'\u0308b", " ", "a", "'\u0308", " ", "b"]),
        ("🇩🇪🇫🇷🇺", ["🇩🇪", "🇫🇷", "🇺"]),
        ("👩\u200d👧👧", ["👩\u200d👧", "👧"]),
        ("ש'ש ש' ש\"ש ש\"a", ["ש'ש", " ", "ש'", " ", 'ש"ש', " ", "ש", '"', "a"]),
        ("アカ漢字ひ", ["アカ", "漢", "字", "ひ"]),
        ("a_b_1_ア_", ["a_b_1_ア_"]),
        ("…?!", ["…", "?", "!"]),
    ],
)
def test_words(text: str, expected: list[str]):
    assert words(text) == expected
    assert reference_word_bounds.words(text) == expected


@settings(derandomize=True, max_examples=1000, deadline=None)
@given(dense)
def test_words_are_those_of_the_rules(text: str):
    assert words(text) == reference_word_bounds.words(text)


def uniseg_words(text: str) -> list[str]:
    """By our classes: uniseg has those of Unicode 16.0, which differ in 16 of the code points that 14.0 assigns."""
    wordbreak = pytest.importorskip("uniseg.wordbreak")
    names = {getattr(wb, name): value for name, value in NAMES.items()}

    def property_(c: str, /) -> object:
        return wordbreak.WordBreak(names[kind_of(ord(c)) & wb.CLASS])

    return list(wordbreak.words(text, property=property_))


@settings(derandomize=True, max_examples=500, deadline=None)
@given(dense | texts)
def test_words_are_uniseg_s(text: str):
    assert words(text) == uniseg_words(text)


def test_words_of_handmade_documents_are_uniseg_s():
    checked = 0
    for path in sorted((VENDORED / "documents").rglob("*.json.gz")):
        with gzip.open(path, "rb") as file:
            for line in file:
                try:
                    text = json.loads(line)["raw_content"][:3000].encode("utf-8", "replace").decode()
                except (ValueError, KeyError, TypeError):
                    continue  # one of the malformed lines
                assert words(text) == uniseg_words(text)
                checked += len(text)
    assert checked > 20_000


NAMES = {
    "OTHER": "Other",
    "CR": "CR",
    "LF": "LF",
    "NEWLINE": "Newline",
    "EXTEND": "Extend",
    "FORMAT": "Format",
    "ZWJ": "ZWJ",
    "LETTER": "ALetter",
    "HEBREW": "Hebrew_Letter",
    "NUMERIC": "Numeric",
    "KATAKANA": "Katakana",
    "EXTEND_NUM_LET": "ExtendNumLet",
    "REGIONAL": "Regional_Indicator",
    "SPACE": "WSegSpace",
    "SINGLE_QUOTE": "Single_Quote",
    "DOUBLE_QUOTE": "Double_Quote",
    "MID_NUM_LET": "MidNumLet",
    "MID_LETTER": "MidLetter",
    "MID_NUM": "MidNum",
}


def test_classes_are_uniseg_s_but_for_what_unicode_changed_since():
    wordbreak = pytest.importorskip("uniseg.wordbreak")
    names = {getattr(wb, name): value for name, value in NAMES.items()}
    changed = [
        point
        for point in range(0x10000)
        if (ours := names[kind_of(point) & wb.CLASS]) != wordbreak.word_break(chr(point)).value
        and not (ours == "Other" and not chr(point).isprintable())  # assigned since
    ]
    assert [hex(point) for point in changed] == CHANGED


CHANGED = [
    "0x600", "0x601", "0x602", "0x603", "0x604", "0x605", "0x6dd", "0x70f", "0x890", "0x891", "0x8e2", "0x19da",
    "0xfe10", "0xfe14",
]  # fmt: skip


def hashed(pieces: list[str]) -> list[list[int]]:
    """The hashes of the words of each piece, which stand in one buffer with bytes between them."""
    data, starts, ends = bytearray(), [], []
    for piece in pieces:
        starts.append(len(data))
        data += piece.encode()
        ends.append(len(data))
        data += b"|"
    hashes, offsets = np.empty(len(data), np.uint64), np.empty(len(pieces) + 1, np.int64)
    spans = np.array(starts, np.int64), np.array(ends, np.int64)
    hash_pieces(np.frombuffer(bytes(data), np.uint8), *spans, word_break_tables(), hashes, offsets)
    return [hashes[i:j].tolist() for i, j in itertools.pairwise(offsets)]


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(dense, max_size=5))
def test_hashes_of_words_that_are_not_white_space(pieces: list[str]):
    expected = [reference_word_bounds.tokens(piece) for piece in pieces]
    found = hashed(pieces)
    assert [len(piece) for piece in found] == [len(piece) for piece in expected]
    by_word: dict[str, int] = {}
    for piece, numbers in zip(expected, found, strict=True):
        for word, number in zip(piece, numbers, strict=True):
            assert by_word.setdefault(word, number) == number
    assert len(set(by_word.values())) == len(by_word)


def test_the_same_words_anywhere_have_the_same_ngrams():
    pieces = ["one two three four five", "zero one two three", "three two one", "one\ttwo  three\n", "one two", ""]
    hashes = [hashed([piece])[0] for piece in pieces]
    offsets = np.cumsum([0, *map(len, hashes)])
    factors = np.random.default_rng(3).integers(0, 2**63, (3, 2), np.uint64) * 2 + 1
    keys, key_offsets = np.empty((offsets[-1], 2), np.uint64), np.empty(len(pieces) + 1, np.int64)
    ngram_keys(
        np.array(list(itertools.chain(*hashes)), np.uint64), offsets, factors.astype(np.uint64), keys, key_offsets
    )
    found = [list(map(tuple, keys[i:j].tolist())) for i, j in itertools.pairwise(key_offsets)]
    assert [len(piece) for piece in found] == [3, 2, 1, 1, 0, 0]
    assert found[0][0] == found[1][1] == found[3][0]
    assert found[2][0] != found[0][0], "the order of words counts"
    assert len({key for piece in found for key in piece}) == 5


def test_hostile_texts_take_time_by_their_length():
    """Marks after what could join are looked at twice at most: minutes otherwise."""
    quotes, numbers, flags = ("a'" + "\u0308" * 500) * 4000, "1." * 500_000, "🇩" * 500_000
    found = words(quotes + numbers + flags)
    last = len(quotes) - 501
    assert found[:4] == [quotes[:last], quotes[last:], numbers[:-1], "."]
    assert found[4:] == ["🇩🇩"] * 250_000
